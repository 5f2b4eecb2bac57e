"""Bound on the lag of a standby: by the last of the known positions that it has replayed."""

from __future__ import annotations

import pytest

from impl.kernel.engines.replicas import StandbyLag


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def lag(now: list[float]) -> StandbyLag:
    """Return a lag that knows positions of three seconds: 100, 200 and 300."""
    made = StandbyLag(lambda: now[0])
    for seconds, position in enumerate((100, 200, 300)):
        made.note_written(1000.0 + seconds, position)
    now[0] = 1002.0
    return made


@pytest.mark.parametrize(
    ("replayed", "seconds"),
    [(None, None), (99, None), (100, 2.0), (199, 2.0), (200, 1.0), (299, 1.0), (300, 0.0), (1_000, 0.0)],
)
def test_a_standby_is_as_late_as_the_last_position_that_it_has(
    lag: StandbyLag, replayed: int | None, seconds: float | None
) -> None:
    lag.note_replayed(replayed)
    assert lag.seconds == seconds


def test_the_lag_grows_while_nothing_is_said(lag: StandbyLag, now: list[float]) -> None:
    assert lag.seconds is None
    assert not lag.is_below(1.5)
    lag.note_replayed(300)
    now[0] += 1.25
    assert lag.is_below(1.5)
    now[0] += 0.25
    assert lag.seconds == 1.5
    assert not lag.is_below(1.5)


@pytest.mark.parametrize("position", [None, 99])
def test_what_says_no_position_that_is_known_has_no_lag(lag: StandbyLag, position: int | None) -> None:
    lag.note_replayed(300)
    lag.note_replayed(position)
    assert lag.seconds is None


def test_what_is_forgotten_is_known_again_by_the_next_position(lag: StandbyLag) -> None:
    lag.note_replayed(300)
    lag.forget()
    assert lag.seconds is None
    lag.note_replayed(300)
    assert lag.seconds == 0.0
