"""Free times between bookings, to the moment at which a booking ends or the next one begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from impl.marketplace.capabilities.hours.service import Opening, Period, slots

_DAY = datetime(2031, 3, 10, tzinfo=UTC)
_HOUR = timedelta(hours=1)


def _at(hour: float) -> datetime:
    return _DAY + hour * _HOUR


def _starts(*taken: tuple[float, float], earliest: float = 0, latest: float = 24) -> list[float]:
    """Return at which hours one of an hour is free between eight and twelve, on the hour."""
    found = slots(
        [Opening(_at(8), _at(12), _at(12))],
        [Period(_at(starts), _at(ends)) for starts, ends in taken],
        length=_HOUR,
        step=_HOUR,
        earliest=_at(earliest),
        latest=_at(latest),
    )
    return [(one.starts_at - _DAY) / _HOUR for one in found]


def test_a_booking_takes_its_own_time_and_none_beside_it() -> None:
    assert _starts() == [8, 9, 10, 11]
    assert _starts((9, 10)) == [8, 10, 11]
    assert _starts((7, 8), (9, 10), (10, 11), (12, 13)) == [8, 11]
    assert _starts((8.5, 9.5)) == [10, 11]


def test_a_slot_begins_at_the_earliest_moment_and_before_the_latest() -> None:
    assert _starts(earliest=9, latest=11) == [9, 10]
