"""The harness itself: no worker of a parallel run ends alone with a test that takes minutes."""

from __future__ import annotations

import pytest

from tests.harness.order import side_by_side, spread

_OTHERS = list("abcdefghijk")


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 20])
@pytest.mark.parametrize("long", [[], ["P", "S"]])
@pytest.mark.parametrize("waiting", [[], ["X", "Y"]])
def test_each_worker_begins_with_its_share_of_the_longest(workers: int, long: list[str], waiting: list[str]) -> None:
    ordered = spread(_OTHERS, long, waiting, workers)
    assert sorted(ordered) == sorted([*long, *waiting, *_OTHERS])
    assert [one for one in ordered if one in _OTHERS] == _OTHERS
    assert [one for one in ordered if one in waiting] == waiting
    # xdist gives each worker its share of what is left, in this order.
    left, shares = list(ordered), []
    for worker in range(workers):
        size = len(left) // (workers - worker)
        shares.append(left[:size])
        del left[:size]
    begun = [share[: len(long[worker::workers])] for worker, share in enumerate(shares)]
    if len(ordered) >= 2 * workers:
        assert begun == [long[worker::workers] for worker in range(workers)]
    if len(ordered) >= 4 * workers:
        last = long[workers - 1 :: workers]
        assert shares[-1][len(last) : len(last) + len(waiting)] == waiting, "they follow one another on the last worker"


def test_tests_that_share_something_follow_one_another() -> None:
    groups = [None, "one", None, "two", "one", None, "two", "one"]
    assert side_by_side(list("abcdefgh"), groups) == list("abehcdgf")
