"""Quality of listings and of businesses' pages: the points that docs/search.md gives for what they say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from impl.marketplace.capabilities.pages.service import Presented, page_of
from impl.marketplace.capabilities.search.service import quality

_NOTHING: Final[dict[str, Any]] = {"description": "", "tags": [], "has_price": False, "has_duration": False}
_BARE: Final[Presented] = {"business_name": "Pipes", "about": None, "website": None, "licences": ()}


def _quality(**said: object) -> int:
    return quality(**{**_NOTHING, **said})


def _quality_of_page(about: str | None = None, website: str | None = None, *licences: str) -> object:
    profile: Presented = {**_BARE, "about": about, "website": website, "licences": licences}
    return page_of(profile, datetime(2026, 3, 1, tzinfo=UTC), live=True)["quality"]


def test_a_listing_has_a_point_for_ten_characters_and_some_for_what_it_names() -> None:
    assert [_quality(description="a" * length) for length in (0, 9, 10, 19, 449, 450, 5000)] == [0, 0, 1, 1, 44, 45, 45]
    assert [_quality(tags=["tap"] * number) for number in (0, 1, 4, 5, 6)] == [0, 3, 12, 15, 15]
    assert (_quality(has_price=True), _quality(has_duration=True)) == (25, 15)
    assert _quality(description="a" * 450, tags=["tap"] * 5, has_price=True, has_duration=True) == 100


def test_a_page_has_a_point_for_ten_characters_and_some_for_a_website_and_licences() -> None:
    assert [_quality_of_page("a" * length) for length in (0, 9, 10, 599, 600, 5000)] == [0, 0, 1, 59, 60, 60]
    assert (_quality_of_page(), _quality_of_page(None, "https://pipes.example")) == (0, 20)
    assert (_quality_of_page(None, None, "one"), _quality_of_page(None, None, "one", "two")) == (20, 20)
    assert _quality_of_page("a" * 600, "https://pipes.example", "one") == 100
