"""Trials of mutants: each in a fork of a process that has imported all it needs, ended by the first test that fails."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import resource
import shutil
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Final, override

import pytest

from tools.mutants.lines import all_code

# Whatever fails is told by its name; a mutant that does not let the tests begin, or end, has none to name.
NOT_STARTED: Final = "(its module cannot be imported)"
NEVER_ENDED: Final = "(a test that does not end)"
NOT_TRIED: Final = "(the trial itself has failed)"
NEEDS_IMPORT: Final = "(needs a process that imports it anew)"
_NOT_FOUND: Final = int(pytest.ExitCode.USAGE_ERROR)
# A mutant that never ends is noticed; the time is no measure of anything, and many times what its tests take.
_PROCESSOR_SECONDS: Final = 60
_SECONDS: Final = 240
_NUMBER_BYTES: Final = 4
_PYTEST: Final = ("-x", "-q", "--no-header", "-n", "0", "-s")
# pytest is told of each plugin that is there already, and takes it for a mistake.
_LOADED: Final = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
LIBRARIES: Final = (
    "aiosqlite",
    "alembic.command",
    "asyncpg",
    "fastapi",
    "httpx",
    "jsonschema",
    "pydantic_settings",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.orm",
    "uvicorn",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
)
_OURS: Final = ("clients", "generated", "impl", "migrations", "openapi", "tests")


@dataclass(frozen=True, slots=True)
class Mutant:
    """Change of a module in one place, and the tests that run its line."""

    module: str
    line: int
    definition: str
    source: str
    mutated: str
    in_function: bool
    tests: tuple[str, ...]


def import_all(names: Iterable[str]) -> None:
    """Import what every run of tests needs, once for all forks."""
    for name in names:
        importlib.import_module(name)


@dataclass(frozen=True, slots=True)
class Engines:
    """Migrated SQLite database, and the port and password of a PostgreSQL server whose template is migrated too."""

    template: Path
    port: int
    password: str


class Place:
    """Copy of the repository, and a folder for the databases of one lane."""

    def __init__(self, tree: Path, folder: Path, engines: Engines) -> None:
        """Take a copy of the repository, and a folder for this lane alone."""
        self.tree = tree
        self.folder = folder
        self._engines = engines

    def empty(self) -> None:
        """Remove the files and databases that the tests of a mutant have left."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def become(self) -> None:
        """Make the copy the current folder and module path of this process, without output."""
        quiet = os.open(os.environ.get("MUTANTS_LOG", os.devnull), os.O_RDWR | os.O_CREAT | os.O_APPEND)
        for number in range(3):
            os.dup2(quiet, number)
        os.chdir(self.tree)
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(self.folder)
        for name in [one for one in sys.modules if one.partition(".")[0] in _OURS]:
            del sys.modules[name]
        sys.path[:] = [str(self.tree), *(one for one in sys.path if one not in {"", str(_ROOT)})]

    def share_server(self, config: pytest.Config) -> None:
        """Make databases for the tests on the shared server, in place of one that their run would start."""
        for plugin in config.pluginmanager.get_plugins():
            if isinstance(plugin, ModuleType) and plugin.__file__ == str(self.tree / "tests" / "conftest.py"):
                plugin.shared_run = self._databases  # type: ignore[attr-defined]  # known by its file

    @contextlib.contextmanager
    def _databases(self) -> Iterator[object]:
        from tests.harness.databases import Databases, Engine  # noqa: PLC0415 - the copy's
        from tests.harness.postgres import Address  # noqa: PLC0415 - the copy's

        lane = self.folder.name.replace("-", "_")

        class LaneDatabases(Databases):
            """Databases whose names are the lane's own, since all lanes share the server."""

            @override
            def empty(self, engine: Engine, name: str) -> str:
                return super().empty(engine, f"{lane}_{name}")

            @override
            def migrated(self, engine: Engine, name: str) -> str:
                return super().migrated(engine, f"{lane}_{name}")

        shutil.copyfile(self._engines.template, self.folder / "hestami_template.db")
        address = Address(self._engines.port, self._engines.password)
        with contextlib.closing(LaneDatabases(self.folder, address)) as databases:
            yield databases


class Judge:
    """Finds the test that catches a mutant; a test that fails without the mutant too does not count."""

    def __init__(self, run: Callable[[Mutant | None, list[str]], str]) -> None:
        """Take the function that runs tests and returns the first one that fails."""
        self._run = run
        self._passing: set[str] = set()
        self._failing: set[str] = set()

    def caught_by(self, mutant: Mutant) -> str:
        """Return the test that fails, or nothing."""
        left = list(mutant.tests)
        while True:
            tests = [one for one in left if one not in self._failing]
            failed = self._run(mutant, tests) if tests else ""
            if failed == NEVER_ENDED and self._run(None, tests) == NEVER_ENDED:
                return NOT_TRIED
            if failed in {"", NOT_STARTED, NEVER_ENDED, NOT_TRIED, NEEDS_IMPORT} or failed in self._passing:
                return failed
            if not self._run(None, [failed]):
                self._passing.add(failed)
                return failed
            self._failing.add(failed)
            # Those before it have passed with the mutant.
            left = tests[tests.index(failed) + 1 :]


@dataclass(frozen=True, slots=True)
class Lane:
    """Lane that tries the mutants of a queue one after the other, and reports the outcome of each."""

    place: Place
    mutants: list[Mutant]
    queue: int
    report: Callable[[int, Mutant, str], None]

    def try_all(self, judge: Judge, until: float) -> None:
        """Try the mutants of the queue that no other lane has taken."""
        for number in taken(self.queue):
            if time.monotonic() < until:
                self.report(number, self.mutants[number], judge.caught_by(self.mutants[number]))


def queue_of(count: int) -> int:
    """Return a pipe from which lanes that are processes of their own take so many numbers, each once."""
    readable, writable = os.pipe()
    os.write(writable, b"".join(number.to_bytes(_NUMBER_BYTES) for number in range(count)))
    os.close(writable)
    return readable


def taken(queue: int) -> Iterator[int]:
    """Yield the numbers of a pipe that no other lane has read."""
    while number := os.read(queue, _NUMBER_BYTES):
        yield int.from_bytes(number)


def try_warm(lanes: list[Lane], until: float) -> None:
    """Try mutants of functions in forks of one pytest, which has imported and collected all tests."""
    lanes[0].place.become()
    files = sorted({test.partition("::")[0] for one in lanes[0].mutants for test in one.tests})
    pytest.main([*_PYTEST, *_LOADED, *files], plugins=[_Server(lanes, until)])


def try_cold(lane: Lane, until: float) -> None:
    """Try mutants of what is done at import, each in a pytest of its own."""
    lane.try_all(Judge(lambda mutant, tests: _cold(lane.place, mutant, tests)), until)


def _forked(work: Callable[[Callable[[str], None]], int | None]) -> tuple[int, str]:
    """Do work in a fork; return its exit code and what it has written to the pipe."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        code = 1
        with contextlib.suppress(BaseException):
            code = work(lambda text: _write(writable, text)) or 0
        os._exit(code)
    os.close(writable)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(ProcessLookupError):  # servers that its tests have started, and nothing has stopped
        os.killpg(child, signal.SIGKILL)
    with os.fdopen(readable, "rb") as output:
        os.set_blocking(readable, False)
        return code, (output.read() or b"").decode()


def _limit() -> None:
    """End this process after a time, whether it computes or waits."""
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))
    signal.alarm(_SECONDS)


def _write(pipe: int, text: str) -> None:
    os.write(pipe, text.encode())


class _Server:
    """Takes the place of pytest's loop: forks for each lane and mutant instead of running what was collected."""

    def __init__(self, lanes: list[Lane], until: float) -> None:
        self._lanes = lanes
        self._until = until

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try all mutants."""
        importlib.import_module("tests.harness.service")
        functions = _functions(self._lanes[0].place.tree)
        children = []
        for lane in self._lanes:
            child = os.fork()
            if child == 0:
                self._try(session, functions, lane)
                os._exit(0)
            children.append(child)
        for child in children:
            os.waitpid(child, 0)
        return True

    def _try(self, session: pytest.Session, functions: _Functions, lane: Lane) -> None:
        lane.place.share_server(session.config)
        judge = Judge(lambda mutant, tests: self._run(session, functions, lane.place, mutant, tests))
        lane.try_all(judge, self._until)

    def _run(
        self, session: pytest.Session, functions: _Functions, place: Place, mutant: Mutant | None, tests: list[str]
    ) -> str:
        place.empty()
        items = {item.nodeid: item for item in session.items}
        chosen = [items[one] for one in tests if one in items]

        def work(tell: Callable[[str], None]) -> int:
            _limit()
            os.environ["PYTEST_DEBUG_TEMPROOT"] = str(place.folder)
            if mutant is not None and not _replace_function(functions, mutant):
                tell(NEEDS_IMPORT)
                return 0
            session.config.pluginmanager.register(_FirstFailure(tell))
            for number, item in enumerate(chosen):
                following = chosen[number + 1] if number + 1 < len(chosen) else None
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            return 0

        code, failed = _forked(work)
        return failed or _ended(code)


def _ended(code: int) -> str:
    """Return the outcome of a run that named no failing test."""
    return NEVER_ENDED if code < 0 else NOT_TRIED if code > 0 else ""


class _FirstFailure:
    """Reports the first test that fails, and ends the process."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Report a test whose call, set-up or tear-down has failed."""
        if report.failed:
            self._tell(report.nodeid)
            os._exit(0)


def _cold(place: Place, mutant: Mutant | None, tests: list[str]) -> str:
    """Run tests in a fork that imports our modules anew, from a copy with the mutated module."""
    place.empty()

    def work(tell: Callable[[str], None]) -> int:
        _limit()
        place.become()
        sys.dont_write_bytecode = mutant is not None
        plugin = _Prepared(place)
        code = int(pytest.main([*_PYTEST, *_LOADED, *tests], plugins=[plugin, _FirstFailure(tell)]))
        if code == _NOT_FOUND:
            tell("" if mutant is None else NOT_STARTED)
            return 0
        return code

    with _written(place.tree, mutant):
        code, failed = _forked(work)
    return failed or (NOT_STARTED if code > 0 else _ended(code))


class _Prepared:
    """Prepares a run of pytest for a lane."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keep pytest from starting a server of its own."""
        self._place.share_server(session.config)


@contextlib.contextmanager
def _written(tree: Path, mutant: Mutant | None) -> Iterator[None]:
    if mutant is None:
        yield
        return
    path = tree / mutant.module
    times = path.stat()
    path.write_text(mutant.mutated, encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(mutant.source, encoding="utf-8")
        # With its own time: by that, Python tells whether what it has compiled is of this source.
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


type _Functions = dict[tuple[str, str, int], list[FunctionType]]


def _functions(tree: Path) -> _Functions:
    """Return the functions of the copy's modules that exist now, by file, name and line."""
    found: _Functions = {}
    gc.unfreeze()
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(f"{tree}/impl/"):
            code = one.__code__
            found.setdefault((code.co_filename, code.co_qualname, code.co_firstlineno), []).append(one)
    gc.freeze()
    return found


def _replace_function(functions: _Functions, mutant: Mutant) -> bool:
    """Replace the code of the functions that a mutant changes; return False if that is impossible."""
    before, after = (_codes(mutant.module, source) for source in (mutant.source, mutant.mutated))
    done = False
    for (name, line), code in before.items():
        other = after.get((name, line))
        if other is None or other == code:
            continue
        for (file, known, first), ones in functions.items():
            if known == name and first == line and file.endswith(f"/{mutant.module}"):
                for function in ones:
                    if len(other.co_freevars) != len(function.__code__.co_freevars):
                        return False
                    function.__code__ = other.replace(co_filename=file)
                    done = True
    return done


def _codes(module: str, source: str) -> dict[tuple[str, int], CodeType]:
    with warnings.catch_warnings(action="ignore"):  # as Python warns of `is` beside a constant
        code = compile(source, module, "exec")
    return {(one.co_qualname, one.co_firstlineno): one for one in all_code(code)}


_ROOT: Final = Path(__file__).resolve().parents[2]
