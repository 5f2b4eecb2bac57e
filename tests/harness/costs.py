"""`pytest --costs`: tells at the end where the processors' time went, by folder, file and shared fixture.

CPU seconds of the tests' process and of the programs that it waits for: on a busy machine durations say nothing.
"""

from __future__ import annotations

import os
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, cast

import pytest

from tests.harness import launching

OPTION: Final = "--costs"
_SENT = "hestami_costs"
_LISTED = 20
_IMPORTS = "collection and imports"
_SERVER = "the shared PostgreSQL server"


def add_option(parser: pytest.Parser) -> None:
    """Add the option to pytest's own."""
    parser.addoption(OPTION, action="store_true", help="list at the end what tests and fixtures cost in CPU seconds")


def configure(config: pytest.Config) -> None:
    """Measure the tests of this process; the controller of a parallel run adds up what its workers measure."""
    if config.getoption(OPTION):
        config.pluginmanager.register(_Meter(config), "hestami_meter")


def _sums() -> defaultdict[str, float]:
    return defaultdict(float)


@dataclass(slots=True)
class Costs:
    """CPU seconds by name."""

    files: defaultdict[str, float] = field(default_factory=_sums)
    """Cost of each file's tests, with the fixtures of each test."""
    tests: Counter[str] = field(default_factory=Counter)
    """Number of tests of each file that ran."""
    fixtures: defaultdict[str, float] = field(default_factory=_sums)
    """Cost of fixtures that several tests share."""
    others: defaultdict[str, float] = field(default_factory=_sums)

    def add(self, sent: list[dict[str, float]]) -> None:
        """Add what a worker has measured."""
        for part, more in zip((self.files, self.fixtures, self.others), sent[:3], strict=True):
            for name, spent in more.items():
                part[name] += spent
        self.tests.update({name: int(number) for name, number in sent[3].items()})

    def to_send(self) -> list[dict[str, float]]:
        """Return what `add` takes, in types that travel between processes."""
        return [dict(self.files), dict(self.fixtures), dict(self.others), dict(self.tests)]

    @property
    def measured(self) -> float:
        """Return what tests and fixtures took."""
        return sum(self.files.values()) + sum(self.fixtures.values())

    def lines(self) -> Iterator[str]:
        """Print the tables: folders and what else there is, then the most expensive fixtures and files."""
        folders, numbers = _sums(), Counter[str]()
        for file, spent in self.files.items():
            name = "/".join(file.split("/")[1:-1][:2])
            folders[name] += spent
            numbers[name] += self.tests[file]
        for folder, spent in _dearest(folders):
            yield f"{spent:8.1f} {numbers[folder]:6}  tests/{folder}"
        for name, spent in _dearest({"fixtures that tests share": sum(self.fixtures.values()), **self.others}):
            yield f"{spent:8.1f}         {name}"
        yield "the dearest fixtures"
        for fixture, spent in _dearest(self.fixtures)[:_LISTED]:
            yield f"{spent:8.1f}         {fixture}"
        yield "the dearest files"
        for file, spent in _dearest(self.files)[:_LISTED]:
            yield f"{spent:8.1f} {self.tests[file]:6}  {file}"


class _Meter:
    """Looks at the clock before and after each test and each fixture that outlives it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._costs = Costs()
        self._shared = 0.0  # what went to shared fixtures since the test began

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._shared, before = 0.0, _spent()
        result = yield
        file = item.nodeid.partition("::")[0]
        self._costs.files[file] += _spent() - before - self._shared
        self._costs.tests[file] += 1
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
        if fixturedef.scope == "function":
            return (yield)
        before, inner = _spent(), self._shared
        try:
            return (yield)
        finally:
            spent = _spent() - before - (self._shared - inner)
            self._costs.fixtures[f"{fixturedef.argname} of {fixturedef.baseid or 'tests'}"] += spent
            self._shared += spent

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        others = self._costs.others
        if not self._config.getoption("numprocesses", None):
            others[_IMPORTS] += _spent() - self._costs.measured
        output = cast("dict[str, object] | None", getattr(self._config, "workeroutput", None))
        if output is None:
            others[_SERVER] += _descendants("postgres")
        else:
            output[_SENT] = self._costs.to_send()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        sent = cast("Mapping[str, object]", getattr(node, "workeroutput", {})).get(_SENT)
        if sent is not None:  # else it has crashed
            self._costs.add(cast("list[dict[str, float]]", sent))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        total = self._costs.measured + sum(self._costs.others.values())
        terminalreporter.section(f"{total:.0f} CPU seconds for {self._costs.tests.total()} tests")
        for line in self._costs.lines():
            terminalreporter.write_line(line)


def _dearest(sums: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(sums.items(), key=lambda one: -one[1])


def _spent() -> float:
    """Return the CPU seconds of this process, of those it has waited for, and of the programs forked for it."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    forking = launching.parent_process()
    forked = 0.0 if forking is None else _stat(Path(f"/proc/{forking}")).cpu
    return time.process_time() + children.ru_utime + children.ru_stime + forked


class _Process(NamedTuple):
    name: str
    parent: int
    cpu: float
    """Processor time of the process itself, and of the children that it has waited for."""


def _stat(folder: Path) -> _Process:
    """Read what Linux says of a process; other systems say nothing, and there these seconds are missing."""
    try:
        text = (folder / "stat").read_text()
    except OSError:
        return _Process("", 0, 0.0)
    head, _, tail = text.rpartition(")")
    fields = tail.split()
    return _Process(head.partition("(")[2], int(fields[1]), sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK"))


def _descendants(name: str) -> float:
    """Return what the running programs of that name took which this process started, however indirectly."""
    known = {int(folder.name): _stat(folder) for folder in Path("/proc").glob("[0-9]*")}
    return sum(process.cpu for process in known.values() if process.name == name and _is_ours(process, known))


def _is_ours(process: _Process, known: Mapping[int, _Process]) -> bool:
    while process.parent in known:
        if process.parent == os.getpid():
            return True
        process = known[process.parent]
    return False
