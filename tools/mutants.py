"""Mutation testing of the code and the contract: `make mutants` reports the share that tests and rules catch.

Mutants of the modules are drawn at random (MUTANTS_SEED), made in a copy of the repository with cosmic-ray, and tried
against the tests that mirror the module, then against wider ones, until MUTANTS_MINUTES are over. Each weakening of
the contract's policies is held against the generator's rules; these take no time and are all tried.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tools.contract_mutants import weaker_contracts
from tools.mutant_tests import Tests

ROOT = Path(__file__).resolve().parents[1]
_LOCK = ROOT / "requirements" / "mutants.txt"
_MODULES = ("impl/edge/*.py", "impl/kernel/*.py", "impl/*/service.py")
_CONTRACT = "openapi/hestami.yaml"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of one mutant: its place, its change, and whether a test or rule failed."""

    where: str
    change: str
    caught: bool


def main() -> int:
    """Try mutants until the time is over, print the share that was caught and the survivors; 1 if below the goal."""
    minutes = float(os.environ.get("MUTANTS_MINUTES", "30"))
    goal = float(os.environ.get("MUTANTS_GOAL", "95"))
    only = os.environ.get("MUTANTS_ONLY", "*")
    share = 100.0
    if fnmatchcase(_CONTRACT, only):
        share = _report("the contract's policies", [Outcome(*one) for one in weaker_contracts()])
    with tempfile.TemporaryDirectory(prefix="hestami-mutants-") as folder:
        outcomes = list(_mutants(_copied(Path(folder)), only, time.monotonic() + minutes * 60))
    return 0 if min(share, _report("the code", outcomes)) >= goal else 1


def _report(name: str, outcomes: list[Outcome]) -> float:
    survivors = [one for one in outcomes if not one.caught]
    share = 100 * (1 - len(survivors) / len(outcomes)) if outcomes else 100.0
    print(f"{name}: {len(outcomes) - len(survivors)} of {len(outcomes)} mutants were caught ({share:.1f} %)")
    for one in survivors:
        print(f"  survived: {one.where}\n{one.change}")
    return share


def _mutants(tree: Path, only: str, until: float) -> Iterator[Outcome]:
    python = _cosmic_ray()
    listed = subprocess.run(["git", "ls-files", *_MODULES], cwd=ROOT, check=True, capture_output=True, text=True)
    modules = [one for one in listed.stdout.split() if fnmatchcase(one, only)]
    sites: list[dict[str, Any]] = json.loads(_sites(python, tree, "list", *modules))
    random.Random(os.environ.get("MUTANTS_SEED", "1")).shuffle(sites)  # noqa: S311 - a draw that can be repeated
    print(f"{len(sites)} mutants of {len(modules)} modules", file=sys.stderr)
    tests = Tests(tree, most=int(os.environ.get("MUTANTS_STAGES", "9")))
    for site in sites:
        if time.monotonic() >= until:
            return
        source = (tree / site["path"]).read_text(encoding="utf-8")
        mutated = _sites(python, tree, "apply", json.dumps(site))
        if not mutated or mutated == source:
            continue
        where = f"{site['path']}:{site['line']} in {site['definition']}"
        change = "".join(f"    {line}\n" for line in _difference(source, mutated)).rstrip()
        outcome = Outcome(where, change, tests.notice(site["path"], mutated))
        print(f"{'caught' if outcome.caught else 'survived'}: {where}\n{change}", file=sys.stderr, flush=True)
        yield outcome


def _difference(source: str, mutated: str) -> list[str]:
    before, after = source.splitlines(), mutated.splitlines()
    changed = [f"- {one.strip()}" for one in before if one not in after]
    return [*changed[:2], *[f"+ {one.strip()}" for one in after if one not in before][:2]]


def _sites(python: Path, tree: Path, *arguments: str) -> str:
    program = ROOT / "tools" / "mutant_sites.py"
    run = subprocess.run([python, program, *arguments], cwd=tree, check=True, capture_output=True, text=True)
    return run.stdout


def _copied(folder: Path) -> Path:
    """Return a copy of what git knows, so that nobody's working tree is ever broken."""
    tree = folder / "tree"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    (tree / ".venv").symlink_to(ROOT / ".venv")
    subprocess.run(["git", "init", "--quiet"], cwd=tree, check=True)
    subprocess.run(["git", "add", "--all"], cwd=tree, check=True)
    return tree


def _cosmic_ray() -> Path:
    """Return the Python of an environment with cosmic-ray, made once for each state of the lock."""
    environment = ROOT / ".cache" / "mutants" / hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:16]
    python = environment / "bin" / "python"
    if not python.exists():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, environment], check=True)
        subprocess.run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, _LOCK], check=True)
    return python


if __name__ == "__main__":
    sys.exit(main())
