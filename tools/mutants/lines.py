"""Record of the lines of the code that each test runs, so that a mutant meets exactly the tests of its line.

A plugin of pytest (`-p tools.mutants.lines`), which asks the interpreter's monitor: after its first run in a test a
line costs nothing more. What a test starts in a process of its own is not seen. A line is kept by its function and its
place in it, so that what changes elsewhere in the module does not matter. Of a function that has changed since, all
tests count that have run it.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import inspect
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Final

import pytest

from tools.mutants.reach import Line

FOLDER_VARIABLE: Final = "MUTANTS_LINES"
_TOOL: Final = 4
_CODE: Final = f"{Path.cwd()}/"
# A test of a function alone takes less.
_QUICK_SECONDS: Final = 0.02
# How many of these take one turn of a file that stands elsewhere.
_QUICK_TOGETHER: Final = 10
# How much nearer to a module is what imports it than what stands beside it.
_IMPORTED: Final = 5
# How many cases of a function come first where its file bears the module's name.
_CASES_OF_NAMESAKES: Final = 6
_BOTH_ENGINES: Final = "tests/kernel/"
# Tests in which several write at once: on SQLite one writes after the other, with or without a lock.
_MEETING: Final = re.compile(r"\b(?:gather|TaskGroup|at_once|at_turn|behind|in_turn|meeting)\(")
_IMPL: Final = f"{_CODE}impl/"


class Recorder:
    """Notes the lines of `impl` that are run, by file."""

    def __init__(self, folder: Path) -> None:
        """Take the folder to write to."""
        self._folder = folder
        self._seen: dict[str, set[str]] = {}
        self._shapes: dict[str, dict[str, str]] = {}
        self._tests: dict[str, dict[str, Any]] = {}
        self._left: Counter[str] = Counter()
        sys.monitoring.use_tool_id(_TOOL, "mutants")
        sys.monitoring.register_callback(_TOOL, sys.monitoring.events.LINE, self._ran)

    def _ran(self, code: CodeType, line: int) -> object:
        self._seen.setdefault(code.co_filename, set()).add(_key(code, line))
        shapes = self._shapes.setdefault(code.co_filename.removeprefix(_CODE), {})
        if code.co_qualname not in shapes:
            shapes[code.co_qualname] = _shape(code)
        return sys.monitoring.DISABLE

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what PostgreSQL shows as SQLite does: not locks, nor the modules that tell the two apart."""
        names = {item.nodeid for item in items}
        items[:] = [
            item
            for item in items
            if _file(item.nodeid).startswith(_BOTH_ENGINES)
            or _is_meeting(item)
            or item.nodeid.replace("postgresql", "sqlite") not in names - {item.nodeid}
        ]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Import what tests import when they begin, and watch all functions that there are."""
        self._left.update(_file(one.nodeid) for one in session.items)
        importlib.import_module("tests.harness.service")
        gc.unfreeze()
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(_IMPL):
                for code in all_code(one.__code__):
                    sys.monitoring.set_local_events(_TOOL, code, sys.monitoring.events.LINE)
        gc.freeze()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
        """Record the lines that one test and its fixtures run; write those of a file after its last test."""
        self._seen = {}
        sys.monitoring.restart_events()
        begun = time.process_time()
        yield
        seen, self._seen = self._seen, {}  # other threads go on
        self._tests[item.nodeid] = {
            "seconds": round(time.process_time() - begun, 3),
            "lines": {name.removeprefix(_CODE): sorted(lines) for name, lines in seen.items()},
        }
        file = _file(item.nodeid)
        self._left[file] -= 1
        if self._left[file] == 0:
            tests = {one: self._tests.pop(one) for one in [one for one in self._tests if _file(one) == file]}
            keep(self._folder, file, tests, self._shapes)

    def pytest_sessionfinish(self) -> None:
        """Stop recording."""
        sys.monitoring.free_tool_id(_TOOL)


def pytest_configure(config: pytest.Config) -> None:
    """Register the recorder, which writes to the folder that the environment names."""
    config.pluginmanager.register(Recorder(Path(os.environ[FOLDER_VARIABLE])), "hestami_mutants_lines")


def keep(folder: Path, file: str, tests: Mapping[str, Any], shapes: Mapping[str, Mapping[str, str]]) -> None:
    """Write the lines that the tests of a file have run, with hashes of the functions at that time."""
    recorded = {"state": _state(Path(file)), "shapes": shapes, "tests": tests}
    _place(folder, file).write_text(json.dumps(recorded), encoding="utf-8")


def unrecorded(folder: Path, files: list[str]) -> list[str]:
    """Return the files of tests that are new, or have changed since they were recorded."""
    return [one for one in files if _recorded(folder, one).get("state") != _state(Path(one))]


class Recording:
    """Recorded tests by the lines that they run."""

    def __init__(self, folder: Path, files: list[str]) -> None:
        """Read what was recorded of the tests in these files."""
        # By module, and by a line or a function in one of its shapes.
        self._tests: dict[tuple[str, str, str], list[str]] = {}
        self._functions: dict[tuple[str, str], dict[str, set[str]]] = {}
        self._seconds: dict[str, float] = {}
        for file in files:
            content = _recorded(folder, file)
            for test, recorded in content.get("tests", {}).items():
                self._seconds[test] = recorded["seconds"]
                for module, lines in recorded["lines"].items():
                    shapes = content.get("shapes", {}).get(module, {})
                    for line in lines:
                        function = line.rpartition("+")[0]
                        shape = shapes.get(function, "")
                        self._tests.setdefault((module, line, shape), []).append(test)
                        self._functions.setdefault((module, function), {}).setdefault(shape, set()).add(test)

    def tests(
        self, module: str, lines: set[Line], sources: Mapping[str, str], *, seconds: float, is_imported: bool = False
    ) -> list[str]:
        """Return the tests that run one of the lines, the nearest to the module and quickest first, within a time.

        Behind them come those that may notice a change without running its line. Of a function with many cases comes
        one on each engine, and the others behind the other functions. What is done at import meets the tests of files
        that import it, too: they look at it without running a line of it, and stand among the nearest if it is the
        module itself that they import. Files that stand elsewhere take turns.
        """
        running = {test for key in _keys(lines, sources) for test in self._running(*key)}
        found = set(running)
        if is_imported:
            files = self._importing(_importers(module, sources))
            found.update(test for test in self._seconds if _file(test) in files)
        if found:
            # What a process makes once and keeps, tests read that do not make it.
            found.update(test for test in self._seconds if Path(_file(test)).stem == f"test_{_name(module)}")
        about = {_file(test) for test in found if _is_imported(module, _file(test))}
        ordered = sorted(
            found,
            key=lambda test: (
                test not in running and not (is_imported and _file(test) in about),
                -_nearness(module, test) - _IMPORTED * (_file(test) in about),
                self._seconds[test],
                test,
            ),
        )
        cases: dict[str, int] = {}
        ranks: dict[str, int] = {}
        places = len(Path(module).parent.parts)
        from_file: Counter[str] = Counter()
        for test in ordered:
            function = test.partition("[")[0] + ("postgresql" if "postgresql" in test else "")
            cases[function] = cases.get(function, -1) + 1
            is_namesake = _name(module) in Path(_file(test)).stem
            ranks[test] = cases[function] // (_CASES_OF_NAMESAKES if is_namesake else 1)
            is_quick = self._seconds[test] < _QUICK_SECONDS
            if is_quick:
                ranks[test] = 0
            if _file(test) not in about and _nearness(module, test) < places:
                # Of what stands elsewhere, each file sees another side of it.
                ranks[test] = max(ranks[test], from_file[_file(test)] // (_QUICK_TOGETHER if is_quick else 1))
                from_file[_file(test)] += 1
        chosen: list[str] = []
        left = seconds
        for test in sorted(ordered, key=lambda test: (ranks[test], self._seconds[test] >= _QUICK_SECONDS)):
            left -= self._seconds[test]
            if left < 0 and chosen:
                break
            chosen.append(test)
        return chosen

    def _running(self, module: str, line: str, shape: str) -> Iterator[str]:
        """Yield the tests that have run the line, or its function while that was another."""
        yield from self._tests.get((module, line, shape), [])
        for other, tests in self._functions.get((module, line.rpartition("+")[0]), {}).items():
            if other != shape:
                yield from tests

    def _importing(self, modules: set[str]) -> set[str]:
        """Return the files of recorded tests that import from one of the modules."""
        wanted = [f"from {module} import" for module in modules]
        found: set[str] = set()
        for file in {_file(test) for test in self._seconds}:
            source = Path(file).read_text(encoding="utf-8")
            if any(one in source for one in wanted):
                found.add(file)
        return found


@cache
def _is_imported(module: str, file: str) -> bool:
    """Return whether a file of tests imports a module, and so is about it wherever it stands."""
    package, _, name = _dotted(module).rpartition(".")
    source = Path(file).read_text(encoding="utf-8")
    return re.search(rf"from {package}(?:\.{name} import| import (?:[^\n]*\W)?{name}\b)", source) is not None


def _importers(module: str, sources: Mapping[str, str]) -> set[str]:
    """Return a module by its name, and those that import from it."""
    name = _dotted(module)
    wanted = f"from {name} import"
    return {name, *(_dotted(other) for other, source in sources.items() if wanted in source)}


def _dotted(module: str) -> str:
    return module.removesuffix(".py").replace("/", ".")


def _keys(lines: set[Line], sources: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for module in {module for module, _ in lines}:
        wanted = {line for one, line in lines if one == module}
        for code in all_code(compile(sources[module], module, "exec")):
            yield from ((module, _key(code, line), _shape(code)) for line in _lines(code) & wanted)


def all_code(code: CodeType) -> Iterator[CodeType]:
    """Yield a module's code and that of all its functions and classes."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from all_code(constant)


def _key(code: CodeType, line: int) -> str:
    return f"{code.co_qualname}+{line - code.co_firstlineno}"


def _shape(code: CodeType) -> str:
    """Return a hash of what a function does in which of its lines."""
    lines = [line and line - code.co_firstlineno for _, _, line in code.co_lines()]
    return hashlib.sha256(code.co_code + repr(lines).encode()).hexdigest()[:8]


def _lines(code: CodeType) -> set[int]:
    return {line for _, _, line in code.co_lines() if line is not None}


def _nearness(module: str, test: str) -> int:
    """Return how near a test is to a module: by the folders that they share, and nearest with the module's name."""
    place, file = Path(module), Path(_file(test))
    mirrored = ["tests", *place.parent.parts[1:]]
    shared = 0
    for ours, theirs in zip(mirrored, file.parts, strict=False):
        if ours != theirs:
            break
        shared += 1
    return shared + 10 * (_name(module) in file.stem)


def _name(module: str) -> str:
    """Return the name that says what a module is about: a service has that of its feature."""
    path = Path(module)
    return path.parent.name if path.stem == "service" else path.stem


def _file(test: str) -> str:
    return test.partition("::")[0]


def _is_meeting(item: pytest.Item) -> bool:
    function = getattr(item, "function", None)
    return function is not None and _MEETING.search(inspect.getsource(function)) is not None


def _state(file: Path) -> str:
    """Return a hash of the file, and of which of its tests are recorded on both engines."""
    content = file.read_bytes()
    rule = _MEETING.pattern if _MEETING.search(content.decode()) else ""
    return hashlib.sha256(content + rule.encode()).hexdigest()


def _place(folder: Path, file: str) -> Path:
    return folder / f"{file.replace('/', '.')}.json"


def _recorded(folder: Path, file: str) -> dict[str, Any]:
    path = _place(folder, file)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found
