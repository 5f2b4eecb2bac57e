"""Mutation testing of the code and the contract: `make mutants` reports the share that tests and rules catch.

Places of the modules are drawn at random (MUTANTS_SEED), as many of the edge as of the kernel and the services. One
change is made at each with cosmic-ray, and tried against the tests that run its line, which one run of all tests has
recorded. Each weakening of the contract's policies is held against the generator's rules.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, override

from tests.harness.run import shared_run
from tools.mutants.contract import weaker_contracts
from tools.mutants.lines import Recording
from tools.mutants.reach import is_done_at_import, lines_of
from tools.mutants.recorded import record
from tools.mutants.trials import (
    LIBRARIES,
    NEEDS_IMPORT,
    NOT_TRIED,
    Engines,
    Lane,
    Mutant,
    Place,
    import_all,
    queue_of,
    try_cold,
    try_warm,
)

ROOT = Path(__file__).resolve().parents[2]
_CACHE = ROOT / ".cache" / "mutants"
_LOCK = ROOT / "requirements" / "mutants.txt"
_AREAS = ("impl/edge/*.py", "impl/kernel/*.py", "impl/*/service.py")
_CONTRACT = "openapi/hestami.yaml"
_SITES = ("-m", "tools.mutants.sites")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of one mutant: its place, its change, and which test or rule failed."""

    where: str
    change: str
    caught_by: str
    tests: int = 0

    @override
    def __str__(self) -> str:
        """Return the lines of the report."""
        verdict = f"caught by {self.caught_by}" if self.caught_by else f"survived {self.tests} tests"
        return f"{verdict}: {self.where}\n{self.change}"


def main() -> int:
    """Try the mutants drawn, print the share that was caught and the survivors; 1 if below the goal."""
    goal = float(os.environ.get("MUTANTS_GOAL", "95"))
    only = os.environ.get("MUTANTS_ONLY", "*")
    share = 100.0
    if fnmatchcase(_CONTRACT, only):
        policies = [
            Outcome(weaker.where, f"    {weaker.change}", "a rule" if caught else "")
            for weaker, caught in weaker_contracts()
        ]
        share = _report("the contract's policies", policies)
    if only == _CONTRACT:
        return 0 if share >= goal else 1
    return 0 if min(share, _report("the code", list(_tried(only)))) >= goal else 1


def _report(name: str, outcomes: list[Outcome]) -> float:
    survivors = [one for one in outcomes if not one.caught_by]
    share = 100 * (1 - len(survivors) / len(outcomes)) if outcomes else 100.0
    print(f"{name}: {len(outcomes) - len(survivors)} of {len(outcomes)} mutants were caught ({share:.1f} %)")
    for one in survivors:
        print(f"  {one}")
    return share


def _tried(only: str) -> Iterator[Outcome]:
    until = time.monotonic() + 60 * float(os.environ.get("MUTANTS_MINUTES", "60"))
    drawn = list(_drawn(only))
    recording = Recording(_CACHE / "lines", record(_CACHE / "lines"))
    seconds = float(os.environ.get("MUTANTS_SECONDS", "15"))
    sources = {one: (ROOT / one).read_text(encoding="utf-8") for one in _tracked("impl/*.py")}
    mutants = [
        Mutant(
            module=site["path"],
            line=site["line"],
            definition=site["definition"],
            source=sources[site["path"]],
            mutated=mutated,
            in_function=site["in_function"] and not is_done_at_import(sources[site["path"]], site["line"]),
            tests=tuple(
                recording.tests(
                    site["path"],
                    lines_of(site["path"], site["line"], sources),
                    sources,
                    seconds=seconds,
                    is_imported=is_done_at_import(sources[site["path"]], site["line"]),
                )
            ),
        )
        for site, mutated in drawn
    ]
    untried = [one for one in mutants if not one.tests]
    print(f"not tried, since no recorded test runs the line: {len(untried)} of {len(mutants)} drawn")
    for one in untried:
        print(f"  {one.module}:{one.line}")
    mutants = [one for one in mutants if one.tests]
    import_all(LIBRARIES)
    with tempfile.TemporaryDirectory(prefix="hestami-mutants-", dir=_memory()) as folder, shared_run() as databases:
        databases.drop(databases.migrated("postgresql", "first"))
        engines = Engines(_migrated(), databases.server.port, databases.server.password)
        yield from _outcomes(Path(folder), engines, mutants, until)


def _outcomes(folder: Path, engines: Engines, mutants: list[Mutant], until: float) -> Iterator[Outcome]:
    warm_tree, cold_tree = _copied(folder / "tree"), _copied(folder / "changed-tree")
    number = int(os.environ.get("MUTANTS_LANES", "2"))
    warm = [one for one in mutants if one.in_function]

    def lane(name: str, tree: Path, part: list[Mutant], queue: int | None = None) -> Lane:
        report = _Reporter(folder / f"{name}.results")
        return Lane(Place(tree, folder / name, engines), part, queue_of(len(part)) if queue is None else queue, report)

    queue = queue_of(len(warm))
    lanes = [lane(f"warm-{one}", warm_tree, warm, queue) for one in range(number)]
    cold = lane("cold", cold_tree, [one for one in mutants if not one.in_function])
    children = [_forked(partial(try_warm, lanes, until)), _forked(partial(try_cold, cold, until))]
    for child in children:
        os.waitpid(child, 0)
    results = [one for done in (*lanes, cold) for one in _verdicts(folder, done)]
    again = lane("again", cold_tree, [mutant for mutant, caught_by in results if caught_by == NEEDS_IMPORT])
    os.waitpid(_forked(partial(try_cold, again, until)), 0)
    for mutant, caught_by in [*results, *_verdicts(folder, again)]:
        if caught_by not in {NEEDS_IMPORT, NOT_TRIED}:
            yield _outcome(mutant, caught_by)


def _forked(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - whatever it is must not unwind what is the parent's
            traceback.print_exc()
        os._exit(0)
    return child


def _verdicts(folder: Path, lane: Lane) -> Iterator[tuple[Mutant, str]]:
    results = folder / f"{lane.place.folder.name}.results"
    for line in results.read_text(encoding="utf-8").splitlines() if results.exists() else []:
        result = json.loads(line)
        yield lane.mutants[result["number"]], result["caught_by"]


class _Reporter:
    """Records the outcomes of a lane's mutants, and prints each at once."""

    def __init__(self, results: Path) -> None:
        self._results = results
        self._errors = os.dup(sys.stderr.fileno())

    def __call__(self, number: int, mutant: Mutant, caught_by: str) -> None:
        with self._results.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"number": number, "caught_by": caught_by}) + "\n")
        if caught_by != NEEDS_IMPORT:
            os.write(self._errors, f"{_outcome(mutant, caught_by)}\n".encode())


def _outcome(mutant: Mutant, caught_by: str) -> Outcome:
    before, after = mutant.source.splitlines(), mutant.mutated.splitlines()
    known, unknown = set(before), set(after)
    changed = [f"    - {one.strip()}" for one in before if one not in unknown][:3]
    changed += [f"    + {one.strip()}" for one in after if one not in known][:3]
    where = f"{mutant.module}:{mutant.line}" + (f" in {mutant.definition}" if mutant.definition else "")
    return Outcome(where, "\n".join(changed), caught_by, len(mutant.tests))


def _drawn(only: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the sites drawn, with the mutated sources: one change at each place, each area in turn."""
    python = _cosmic_ray()
    chance = random.Random(os.environ.get("MUTANTS_SEED", "1"))  # noqa: S311 - a draw that can be repeated
    named, _, line = only.partition(":")
    known = [_tracked(area) for area in _AREAS]
    # The kernel has settings called service.py, too.
    areas = [
        [one for one in known[at] if fnmatchcase(one, named) and one not in chain(*known[:at])] for at in (0, 1, 2)
    ]
    shuffled: list[list[dict[str, Any]]] = []
    for area in areas:
        places: dict[tuple[str, int, int, str], list[dict[str, Any]]] = {}
        for site in _sites(python, area):
            if line and site["line"] != int(line):
                continue
            kind = site["operator"].partition("_")[0]
            places.setdefault((site["path"], site["line"], site["column"], kind), []).append(site)
        ordered = list(places.values())
        chance.shuffle(ordered)
        shuffled.append([chance.choice(one) for one in ordered])
    number = int(os.environ.get("MUTANTS_NUMBER", "150"))
    chosen = [one for one in chain.from_iterable(zip_longest(*shuffled)) if one is not None][:number]
    for site, mutated in zip(chosen, _mutated(python, chosen), strict=True):
        if _is_other_code(site["path"], mutated):
            yield site, mutated


def _is_other_code(module: str, mutated: str) -> bool:
    """Return whether a mutant compiles, and differs from the code: cosmic-ray takes `**` in a call for an operator."""
    try:
        changed = ast.dump(ast.parse(mutated))
    except SyntaxError:
        return False
    return bool(mutated) and changed != ast.dump(ast.parse((ROOT / module).read_text(encoding="utf-8")))


def _sites(python: Path, modules: list[str]) -> list[dict[str, Any]]:
    """Return all sites of modules, each listed once for each state of it."""
    programs = b"".join((ROOT / f"tools/mutants/{name}.py").read_bytes() for name in ("sites", "tuning"))
    state = hashlib.sha256(programs + _LOCK.read_bytes()).hexdigest()[:16]
    kept = {one: _CACHE / f"sites-{state}" / f"{_state_of(one)}.json" for one in modules}
    if missing := [one for one, path in kept.items() if not path.exists()]:
        run = subprocess.run([python, *_SITES, "list", *missing], cwd=ROOT, check=True, capture_output=True)
        listed: dict[str, list[dict[str, Any]]] = {one: [] for one in missing}
        for site in json.loads(run.stdout):
            listed[site["path"]].append(site)
        for one, sites in listed.items():
            kept[one].parent.mkdir(exist_ok=True)
            kept[one].write_text(json.dumps(sites), encoding="utf-8")
    return [site for path in kept.values() for site in json.loads(path.read_text(encoding="utf-8"))]


def _state_of(module: str) -> str:
    return hashlib.sha256(module.encode() + (ROOT / module).read_bytes()).hexdigest()[:16]


def _mutated(python: Path, sites: list[dict[str, Any]]) -> list[str]:
    given = json.dumps(sites)
    run = subprocess.run([python, *_SITES, "apply"], cwd=ROOT, check=True, capture_output=True, text=True, input=given)
    made: list[str] = json.loads(run.stdout)
    return made


def _tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, check=True, capture_output=True, text=True)
    return listed.stdout.split()


def _copied(tree: Path) -> Path:
    """Return a copy of the files in git, so that no working tree is changed."""
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


def _migrated() -> Path:
    """Return a migrated SQLite database, of which each run of tests gets a copy; made once for all migrations."""
    state = hashlib.sha256("".join(_tracked("migrations/versions/*.py")).encode()).hexdigest()[:16]
    path = _CACHE / f"template-{state}.db"
    if not path.exists():
        new = path.with_suffix(".new")
        environment = {**os.environ, "DATABASE_URL": f"sqlite+aiosqlite:///{new}", "ENVIRONMENT": "test"}
        command = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(command, cwd=ROOT, check=True, env=environment, capture_output=True)
        new.rename(path)
    return path


def _memory() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - names are made by mkdtemp


def _cosmic_ray() -> Path:
    """Return the Python of an environment with cosmic-ray, made once for each state of the lock."""
    environment = _CACHE / hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:16]
    python = environment / "bin" / "python"
    if not python.exists():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, environment], check=True)
        subprocess.run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, _LOCK], check=True)
    return python


if __name__ == "__main__":
    sys.exit(main())
