"""Points of a match: what each reason gives, from which bound on, and the order that they come in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, cast

from impl.marketplace.capabilities.geography.service import reach
from impl.marketplace.capabilities.hours.service import Period
from impl.marketplace.matching.repository import CandidateRow
from impl.marketplace.matching.service import Match, reasons_of

_NOTHING: dict[str, Any] = {
    "nearness": reach(100),
    "is_licensed": False,
    "is_insured": False,
    "rating_rank": 4000,
    "open_inquiries": 5,
    "response_seconds": None,
}
_SLOT = Period(datetime(2026, 5, 4, 8, tzinfo=UTC), datetime(2026, 5, 4, 9, tzinfo=UTC))


def _match(slot: Period | None = None, **changes: object) -> Match:
    row = cast("CandidateRow", {**_NOTHING, **changes})
    return Match(row, slot, reasons_of(row, slot))


_POINTS: Final[list[tuple[dict[str, Any], list[tuple[str, int]]]]] = [
    ({}, []),
    ({"nearness": 0.0}, [("NEAR", 40)]),
    ({"nearness": reach(25)}, [("NEAR", 30)]),
    ({"nearness": reach(99)}, []),
    ({"nearness": reach(300)}, []),
    ({"is_licensed": True}, [("LICENSED", 25)]),
    ({"is_insured": True}, [("INSURED", 10)]),
    ({"rating_rank": 5000}, [("WELL_RATED", 20)]),
    ({"rating_rank": 4500}, [("WELL_RATED", 10)]),
    ({"rating_rank": 4025}, [("WELL_RATED", 1)]),
    ({"rating_rank": 4024}, []),
    ({"rating_rank": 3000}, []),
    ({"open_inquiries": 4}, [("HAS_CAPACITY", 10)]),
    ({"response_seconds": 4 * 3600}, [("RESPONDS_QUICKLY", 15)]),
    ({"response_seconds": 4 * 3600 + 1}, [("RESPONDS_QUICKLY", 8)]),
    ({"response_seconds": 24 * 3600}, [("RESPONDS_QUICKLY", 8)]),
    ({"response_seconds": 24 * 3600 + 1}, []),
    ({"slot": _SLOT}, [("FREE_SOON", 10)]),
    (
        {"nearness": 0.0, "is_licensed": True, "is_insured": True, "rating_rank": 5000, "open_inquiries": 0},
        [("NEAR", 40), ("LICENSED", 25), ("WELL_RATED", 20), ("INSURED", 10), ("HAS_CAPACITY", 10)],
    ),
]


def test_each_reason_gives_its_points_and_the_best_come_first() -> None:
    for changes, points in _POINTS:
        match = _match(**changes)
        assert [(kind.value, number) for kind, number in match.reasons] == points, changes
        assert match.score == sum(number for _, number in points), changes


def test_figures_are_rounded_to_a_tenth() -> None:
    match = _match(nearness=reach(12.34), response_seconds=5040)
    assert (match.distance_km, match.response_hours) == (12.3, 1.4)
    assert _match().response_hours is None
