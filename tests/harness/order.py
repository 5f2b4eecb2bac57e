"""Order of a run: what takes minutes begins first, one on each worker, so that no worker ends alone with it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final, cast

import pytest

from tests.harness.engines import within

LONGEST: Final = {"tests/fuzz": "minutes each, one for each engine"}


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
        items[:] = spread(others, long, int(given.get("workercount", 1)))


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
