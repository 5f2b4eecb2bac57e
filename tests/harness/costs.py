"""`pytest --costs`: tells at the end where the processors' time went, by folder, file, test and shared fixture.

CPU seconds of the tests' process and of the programs that it waits for, and beside them the seconds that passed: where
these are many more on a quiet machine, a worker has waited. On a busy machine they say nothing.
"""

from __future__ import annotations

import os
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, cast

import pytest

from tests.harness import launching

OPTION: Final = "--costs"
_SENT = "hestami_costs"
_LISTED = 25
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

    tests: defaultdict[str, float] = field(default_factory=_sums)
    """Cost of each test with all of its parameters, and with its own fixtures."""
    passed: defaultdict[str, float] = field(default_factory=_sums)
    """Seconds that passed meanwhile."""
    numbers: Counter[str] = field(default_factory=Counter)
    """Number of times that each test ran."""
    fixtures: defaultdict[str, float] = field(default_factory=_sums)
    """Cost of fixtures that several tests share."""
    others: defaultdict[str, float] = field(default_factory=_sums)

    def add(self, sent: list[dict[str, float]]) -> None:
        """Add what a worker has measured."""
        for part, more in zip((self.tests, self.passed, self.fixtures, self.others), sent[:4], strict=True):
            for name, spent in more.items():
                part[name] += spent
        self.numbers.update({name: int(number) for name, number in sent[4].items()})

    def to_send(self) -> list[dict[str, float]]:
        """Return what `add` takes, in types that travel between processes."""
        return [dict(self.tests), dict(self.passed), dict(self.fixtures), dict(self.others), dict(self.numbers)]

    @property
    def measured(self) -> float:
        """Return what tests and fixtures took."""
        return sum(self.tests.values()) + sum(self.fixtures.values())

    def lines(self) -> Iterator[str]:
        """Print the tables: folders and what else there is, then the most expensive fixtures, files and tests."""
        yield "     CPU   passed  tests"
        yield from self._table(lambda test: "tests/" + "/".join(_file(test).split("/")[1:-1][:2]))
        for name, spent in _dearest({"fixtures that tests share": sum(self.fixtures.values()), **self.others}):
            yield f"{spent:8.1f}                  {name}"
        yield "the dearest fixtures"
        for fixture, spent in _dearest(self.fixtures)[:_LISTED]:
            yield f"{spent:8.1f}                  {fixture}"
        yield "the dearest files"
        yield from list(self._table(_file))[:_LISTED]
        yield "the dearest tests"
        yield from list(self._table(str))[:_LISTED]

    def _table(self, place: Callable[[str], str]) -> Iterator[str]:
        """Print sums by the place of each test, the most expensive one first."""
        spent, passed, numbers = _sums(), _sums(), Counter[str]()
        for test, seconds in self.tests.items():
            spent[place(test)] += seconds
            passed[place(test)] += self.passed[test]
            numbers[place(test)] += self.numbers[test]
        for name, seconds in _dearest(spent):
            yield f"{seconds:8.1f} {passed[name]:8.1f} {numbers[name]:6}  {name}"


class _Meter:
    """Measures each test, and each fixture that outlives a test."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._costs = Costs()
        self._shared = 0.0  # what went to shared fixtures since the test began

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._shared, before, began = 0.0, _spent(), time.perf_counter()
        result = yield
        test = item.nodeid.partition("[")[0]
        self._costs.tests[test] += _spent() - before - self._shared
        self._costs.passed[test] += time.perf_counter() - began
        self._costs.numbers[test] += 1
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
        terminalreporter.section(f"{total:.0f} CPU seconds for {self._costs.numbers.total()} tests")
        for line in self._costs.lines():
            terminalreporter.write_line(line)


def _file(test: str) -> str:
    return test.partition("::")[0]


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
