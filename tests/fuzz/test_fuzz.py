"""Schemathesis finds no failure and no warning in the real service, on both engines, with every check and phase."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.contract.scenario import Stage
from tests.fuzz import features, settings
from tests.fuzz.seeding import seed, write_identities
from tests.harness.databases import ROOT, Databases, Engine
from tests.harness.service import Service, run_service


class _Profile(NamedTuple):
    """Profile of a run: how many of each thing that works once are made, and the options of the program."""

    size: int
    options: list[str]
    phases: Sequence[str] = ("examples", "coverage", "fuzzing", "stateful")
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
# more than half of the work, and grows with each operation. Of what may reach a database, both are sent the bounds and
# what is left out, by which an engine bears it or not; the examples, which `tests/contract/test_examples.py` sends to
# both, and drawn values between the bounds are for one. What works once is there for one phase instead of three.
_SECOND = {
    ("short", "sqlite"): _Profile(
        6, ["--mode=positive", "--generation-deterministic"], phases=("coverage", "stateful"), fewest=5, share=0.75
    )
}
_LONGEST = 60  # minutes, the most that the settings allow


def _options(profile: _Profile) -> list[str]:
    """Return the options of a run: those of its profile, and those by which the environment narrows or lengthens it."""
    phases = [phase for phase in profile.phases if phase != "stateful" or features.are_linked()]
    options = [*profile.options, f"--phases={','.join(phases)}"]
    if os.environ.get(features.ONLY):
        options += [f"--include-operation-id={operation.id}" for operation in features.chosen()]
    if minutes := os.environ.get("FUZZ_MINUTES"):
        options.append(f"--max-time={max(1, round(60 * float(minutes)))}")
    return options


@pytest.fixture
async def target(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Serve on a database of its own: what the fuzzer leaves behind is no test's to meet."""
    async with run_service(databases, engine, f"fuzz_{worker_id}", access_token_minutes=_LONGEST) as live:
        yield live


async def test_schemathesis_finds_nothing(target: Service, tmp_path: Path) -> None:
    profile = os.environ.get("FUZZ") or "short"
    chosen = _SECOND.get((profile, target.engine), _PROFILES[profile])
    pools, identities, configuration = (tmp_path / name for name in ("pools.json", "identities.json", "settings.toml"))
    stage = Stage(target)
    try:
        filled, people = await seed(stage, size=chosen.size, fewest=chosen.fewest)
    finally:
        await stage.close()
    filled.share = chosen.share
    filled.write(pools)
    write_identities(people, identities)
    settings.write(configuration, thorough=profile == "long")
    done = await asyncio.to_thread(_fuzz, target.url, _options(chosen), pools, identities, configuration)
    assert done.returncode == 0, f"schemathesis found something:\n{done.stdout}\n{done.stderr}"
    async with target.client() as client:
        for person in people:
            alive = await client.get("/users/me", headers=person.headers)
            assert alive.status_code == 200, "a request has ended the run's own session: what came after it was refused"


def _fuzz(
    url: str, options: list[str], pools: Path, identities: Path, configuration: Path
) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "FUZZ_POOLS": str(pools),
        "FUZZ_IDENTITIES": str(identities),
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
    }
    command = [
        *(sys.executable, "-m", "schemathesis.cli"),
        *("--config-file", str(configuration)),
        *("run", str(ROOT / "openapi" / "hestami.yaml"), "--url", f"{url}/api/v1", "--no-color"),
        *options,
    ]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
