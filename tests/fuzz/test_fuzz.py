"""Schemathesis finds no failure and no warning in the real service, with every check and on both engines."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.contract.contract_operations import OPERATIONS
from tests.contract.scenario import Stage
from tests.fuzz import features, parts, settings
from tests.fuzz.parts import STATEFUL, Part
from tests.fuzz.seeding import seed, write_identities
from tests.harness.databases import ROOT, Databases, Engine
from tests.harness.launching import run
from tests.harness.service import Service, run_service


class _Profile(NamedTuple):
    """Profile of a run: how many of each thing that works once are made, and the options of the program."""

    size: int
    options: list[str]
    phases: Sequence[str] = ("examples", "coverage", "fuzzing", STATEFUL)
    fewest: int = 7
    """Number of things that few operations need: a few for each phase."""
    share: float = 0.4
    """Part of what works once that one phase may use."""


# The long profile draws other requests each time; what it finds is printed with the command that repeats it.
_PROFILES = {
    "short": _Profile(12, ["--max-examples=10", "--generation-deterministic"]),
    "long": _Profile(120, ["--max-examples=300"]),
}
# What a schema refuses, the parsers refuse before a database is asked: the short profile sends it to one engine. It is
# half of the work, and grows with each operation. Of what may reach a database, both are sent the bounds and what is
# left out, by which an engine bears it or not; the examples, which `tests/contract/test_examples.py` sends to both,
# drawn values between the bounds, and requests that follow links are for one. What works once is there for one phase
# instead of three.
_SECOND = {
    ("short", "sqlite"): _Profile(
        6, ["--mode=positive", "--generation-deterministic"], phases=("coverage",), fewest=5, share=0.75
    )
}
_LONGEST = 60  # minutes, the most that the settings allow; the long profile is divided into parts that take less


async def test_schemathesis_finds_nothing(databases: Databases, engine: Engine, worker_id: str, tmp_path: Path) -> None:
    """Run each part on a database of its own: what the fuzzer leaves behind is nobody's to meet."""
    profile = os.environ.get("FUZZ") or "short"
    chosen = _SECOND.get((profile, engine), _PROFILES[profile])
    divide = parts.divided if profile == "long" else parts.whole
    found = []
    todo = divide(features.chosen(), chosen.phases)
    for part in todo:
        begun = time.monotonic()
        async with run_service(databases, engine, f"fuzz_{worker_id}", access_token_minutes=_LONGEST) as target:
            done = await _run(target, chosen, part, tmp_path, thorough=profile == "long", of=len(todo))
        tags = ", ".join(dict.fromkeys(operation.tag for operation in part.operations))
        sent = ", ".join(re.findall("([0-9]+) generated", done.stdout))
        took = time.monotonic() - begun
        sys.stdout.write(f"{engine}: {len(part.operations)} operations ({tags}), {sent} requests in {took:.0f} s\n")
        if done.returncode != 0:
            found.append(f"{done.stdout}\n{done.stderr}")
    assert not found, "schemathesis found something:\n" + "\n".join(found)


async def _run(
    target: Service, profile: _Profile, part: Part, folder: Path, *, thorough: bool, of: int
) -> subprocess.CompletedProcess[str]:
    pools, identities, configuration = (folder / name for name in ("pools.json", "identities.json", "settings.toml"))
    stage = Stage(target)
    try:
        seeded = [] if part.phases == [STATEFUL] else part.operations
        filled, people = await seed(stage, seeded, size=profile.size, fewest=profile.fewest)
    finally:
        await stage.close()
    filled.share = profile.share
    filled.write(pools)
    write_identities(people, identities)
    settings.write(configuration, part.operations, thorough=thorough)
    options = [*profile.options, f"--phases={','.join(part.phases)}"]
    if minutes := os.environ.get("FUZZ_MINUTES"):
        options.append(f"--max-time={max(1, round(60 * float(minutes) / of))}")
    ids = [operation.id for operation in part.operations]
    if len(ids) < len(OPERATIONS):
        options += [f"--include-operation-id={name}" for name in ids]
    environment = {
        **os.environ,
        "FUZZ_POOLS": str(pools),
        "FUZZ_IDENTITIES": str(identities),
        features.ONLY: "|".join(ids),
    }
    arguments = [
        *("--config-file", str(configuration)),
        *("run", str(ROOT / "openapi" / "hestami.yaml"), "--url", f"{target.url}/api/v1", "--no-color"),
        *options,
    ]
    done = await asyncio.to_thread(run, "schemathesis.cli", *arguments, environment=environment)
    async with target.client() as client:
        for person in people:
            alive = await client.get("/users/me", headers=person.headers)
            assert alive.status_code == 200, "a request has ended the run's own session: what came after it was refused"
    return done
