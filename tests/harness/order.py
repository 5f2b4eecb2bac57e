"""Order of a run: what takes long begins first, shared out to all workers, so that no worker ends alone with it.

Tests that wait for servers, timers and downloads follow one another on one worker, beside others that compute: in
three workers at once, they would leave the processors idle. Tests that share what is prepared for an operation follow
one another: in two workers, it would be prepared twice.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Sequence
from functools import cache
from itertools import chain
from typing import Final, cast

import pytest

from tests.harness.engines import within

LONGEST: Final = {
    "tests/fuzz": "minutes each, one for each engine",
    "tests/clients": "clients are built and their types checked, up to half a minute each",
    "tests/contract/test_handlers.py": "mypy reads all code",
    "tests/codegen/test_json_schema.py": "all schemas of the official suite are generated",
}
# The longest waits come first.
WAITING: Final = {
    "tests/docker/test_image.py": "packages are downloaded",
    "tests/commands/test_run.py": "packages are downloaded, and programs start",
    "tests/kernel": "connections and locks run out of time",
    "tests/edge": "connections run out of time, and servers come back",
    "tests/gateways": "servers are killed, and come back",
    "tests/docker": "programs start",
    "tests/commands": "programs start",
}
# Fixtures of `tests/contract` that prepare or send the request of an operation when the first test asks for it.
SHARED: Final = frozenset({"prepared", "successes"})


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class LongestFirst:
    """Moves the longest tests to where the workers begin, once pytest has grouped the others by what they share."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Reorder the tests in each worker alike, as xdist asks."""
        given = cast("dict[str, int]", getattr(config, "workerinput", {}))
        placed: dict[str, list[pytest.Item]] = {place: [] for place in (*LONGEST, *WAITING, "")}
        for item in items:
            placed[_place_of(item.nodeid.partition("::")[0])].append(item)
        long, waiting = ([*chain(*map(placed.__getitem__, places))] for places in (LONGEST, WAITING))
        others = placed[""]
        together = side_by_side(others, [_shared_by(item) for item in others])
        items[:] = spread(together, long, waiting, int(given.get("workercount", 1)))


@cache
def _place_of(file: str) -> str:
    return next((place for place in (*LONGEST, *WAITING) if within(file, [place])), "")


def _shared_by(item: pytest.Item) -> Hashable | None:
    """Return the operation and the engine of a test that shares what is prepared, and of no other."""
    chosen = getattr(item, "callspec", None)  # of a test with parameters
    fixtures = frozenset(getattr(item, "fixturenames", ()))
    if chosen is None or "operation" not in chosen.params or not fixtures & SHARED:
        return None
    return chosen.params["operation"].id, chosen.params.get("engine")


def side_by_side[Test](tests: Sequence[Test], groups: Sequence[Hashable | None]) -> list[Test]:
    """Move the tests of each group to the first of them; those of none stay where they are."""
    members: dict[Hashable, list[Test]] = {}
    for test, group in zip(tests, groups, strict=True):
        if group is not None:
            members.setdefault(group, []).append(test)
    ordered: list[Test] = []
    for test, group in zip(tests, groups, strict=True):
        ordered += [test] if group is None else members.pop(group, [])
    return ordered


def spread[Test](others: Sequence[Test], long: Sequence[Test], waiting: Sequence[Test], workers: int) -> list[Test]:
    """Put tests at the beginnings of the shares that `--dist worksteal` gives out, which are as many in a row each.

    The long ones are dealt out to all workers, and those that wait go to the last one.
    """
    ordered: list[Test] = []
    total, given = len(others) + len(long) + len(waiting), 0
    for worker in range(workers):
        own = [*long[worker::workers], *(waiting if worker == workers - 1 else ())]
        size = (total - len(ordered)) // (workers - worker)
        more = max(0, size - len(own))
        ordered += [*own, *others[given : given + more]]
        given += more
    return [*ordered, *others[given:]]
