"""Order of a run: what takes minutes begins first, one on each worker, so that no worker ends alone with it.

Tests that share what is prepared for an operation follow one another: in two workers, it would be prepared twice.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Sequence
from typing import Final, cast

import pytest

from tests.harness.engines import within

LONGEST: Final = {"tests/fuzz": "minutes each, one for each engine"}
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
        long = [item for item in items if within(item.nodeid, LONGEST)]
        others = [item for item in items if not within(item.nodeid, LONGEST)]
        together = side_by_side(others, [_shared_by(item) for item in others])
        items[:] = spread(together, long, int(given.get("workercount", 1)))


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


def spread[Test](others: Sequence[Test], long: Sequence[Test], workers: int) -> list[Test]:
    """Put the long tests at the beginnings of the shares that `--dist worksteal` gives out: as many in a row each."""
    ordered: list[Test] = []
    total, given = len(others) + len(long), 0
    for worker in range(workers):
        own = long[worker::workers]
        size = (total - len(ordered)) // (workers - worker)
        more = max(0, size - len(own))
        ordered += [*own, *others[given : given + more]]
        given += more
    return [*ordered, *others[given:]]
