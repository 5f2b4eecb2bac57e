"""Ids of a burst and of a clock that steps back, and the one that bounds a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from impl.kernel import ids
from impl.kernel.ids import MonotonicCounter, first_id, new_id


def test_a_counter_begins_low_counts_to_its_end_and_goes_on_in_the_next_millisecond(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [5_000_000]
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: now[0]))
    counter = MonotonicCounter()
    assert [counter.next(0xFFFF), counter.next(0), counter.next(7)] == [(5, 0x3FF), (5, 0x400), (5, 0x401)]
    now[0] = 1_000_000
    assert counter.next(0) == (5, 0x402), "a clock that steps back changes nothing"
    rest = [counter.next(0) for _ in range(0xFFF - 0x402)]
    assert rest[-1] == (5, 0xFFF)
    assert [counter.next(0), counter.next(0)] == [(6, 0), (6, 1)]
    now[0] = 6_000_000
    assert counter.next(0) == (6, 2)
    now[0] = 7_999_999
    assert counter.next(0xF801) == (7, 1)


def test_the_first_id_of_a_moment_stands_before_all_of_it_and_behind_all_earlier_ones() -> None:
    moment = datetime(2026, 5, 4, 3, 2, 1, 7000, UTC)
    first = first_id(moment)
    assert first.int >> 80 == int(moment.timestamp() * 1000)
    assert first.int & (1 << 80) - 1 == 0
    assert first_id(datetime.now(UTC)) < new_id()
