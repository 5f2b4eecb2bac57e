"""Orders, filters and rows of the catalogue, which has no table of its own."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from typing_extensions import TypedDict

from impl.kernel.paging import COUNTED
from impl.marketplace.capabilities.geography.service import Nearby
from impl.marketplace.capabilities.listings.tables import PricingKind
from impl.marketplace.verifications.tables import CardColumns


class CatalogueSort(StrEnum):
    OLDEST = "published_at"
    NEWEST = "-published_at"
    CHEAPEST = "price"
    DEAREST = "-price"
    RELEVANCE = "relevance"
    NEAREST = "distance"
    BEST_RATED = "rating"


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of the catalogue; None leaves a filter out.

    Prices are in minor units of the currency.
    """

    category: str | None = None
    pricing: PricingKind | None = None
    currency: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    words: tuple[str, ...] | None = None
    near: Nearby | None = None
    # What one business offers.
    profile_id: UUID | None = None
    # Published after the one moment, and not after the other.
    between: tuple[datetime, datetime] | None = None
    # Whose provider has a licence that is valid on this day.
    verified: date | None = None
    # Whose provider has so many stars in the mean.
    min_rating: int | None = None

    def names(self) -> frozenset[str]:
        """Return the names of what narrows: each set of them has a statement of its own."""
        return frozenset(self.active())

    def cursor_scope(self) -> str:
        """Return a text that is the same for the same filters."""
        # A cursor outlives the day.
        return str(sorted((self.active() | ({"today": True} if self.verified else {})).items()))

    def active(self) -> dict[str, object]:
        """Return the filters that narrow, by name."""
        values = {
            "category": self.category,
            "pricing": self.pricing,
            "currency": self.currency,
            "min_price": self.min_price,
            "max_price": self.max_price,
            "words": self.words,
            "near": self.near,
            "profile_id": self.profile_id,
            "between": self.between,
            "today": self.verified,
            "min_rating": self.min_rating,
            "coming": None if self.near is None or self.near.include_remote else True,
        }
        return {name: value for name, value in values.items() if value is not None}


def binds_of(filters: Filters) -> dict[str, object]:
    """Return the bind values but those for the words, which come with the plan of the search."""
    bind_values = {name: value for name, value in filters.active().items() if name != "words"}
    if filters.near is not None:
        del bind_values["near"]
        bind_values.pop("coming", None)
        bind_values |= filters.near.binds()
    if filters.between is not None:
        del bind_values["between"]
        bind_values |= dict(zip(("published_after", "published_until"), filters.between, strict=True))
    return bind_values


class NamedRow(TypedDict):
    """Business that a name leads to."""

    id: UUID
    slug: str
    business_name: str


PRICE_SORTS: Final = (CatalogueSort.CHEAPEST, CatalogueSort.DEAREST)
# Services without a price come last in either direction, by their rank.
KEYS: Final = {
    CatalogueSort.OLDEST: "published_at",
    CatalogueSort.NEWEST: "published_at",
    CatalogueSort.CHEAPEST: "price_rank_up",
    CatalogueSort.DEAREST: "price_rank_down",
    CatalogueSort.NEAREST: "nearness",
    CatalogueSort.BEST_RATED: "rating_rank",
}

DESCENDING: Final = (CatalogueSort.NEWEST, CatalogueSort.BEST_RATED)

# Stars of which facets count who has so many or more.
RATINGS: Final = (4, 3, 2, 1)
# Matches of a text or a place that facets fetch: no index holds them together with the choices.
LOOKED_THROUGH: Final = 2 * COUNTED


class CatalogueRow(TypedDict):
    id: UUID
    category_id: UUID
    title: str
    description: str
    pricing_kind: str
    price_minor: int | None
    currency: str | None
    price_unit: str | None
    duration_minutes: int | None
    tags: list[str]
    published_at: datetime
    updated_at: datetime
    price_rank_up: int
    price_rank_down: int
    rating_rank: int
    rating_tenths: int
    # Square of the chord to the point that was asked about (`geography`); None when none was.
    nearness: float | None
    profile_id: UUID
    profile_slug: str
    business_name: str
    website: str | None
    service_radius_km: int | None
    category_slug: str
    category_name: str


class RankedRow(CatalogueRow):
    tier: int
    quality: int


class SingleRow(CatalogueRow, CardColumns):
    """A service by itself, with the times of what it shows of its business and its category."""

    profile_updated_at: datetime
    category_updated_at: datetime
    # Last change of its business's reviews, and of its photos; None when there has been none.
    rating_changed_at: datetime | None
    photos_changed_at: datetime | None
    # Last change of what is verified, and the last end of what was.
    verifications_changed_at: datetime | None
    last_end_date: date | None


class FacetRow(TypedDict):
    """Number of matches that are alike to facets; `band` is the place of their price in PRICE_BANDS.

    `rating_tenths` is zero where the provider has no reviews.
    """

    category_id: UUID
    pricing_kind: str
    band: int | None
    rating_tenths: int
    total: int


class MetRow(TypedDict):
    """Service that passes the filters."""

    id: UUID


# Filters that may leave little of what is met.
_NARROWING: Final = {"category", "pricing", "currency", "min_price", "max_price", "min_rating"}


def may_be_rare(names: frozenset[str], sort: CatalogueSort | None = None) -> bool:
    """Return whether filters may leave little that an index of this order does not lead to."""
    if "profile_id" in names or sort is CatalogueSort.NEAREST:
        return False
    known: set[str] = {"currency", "min_price", "max_price"} if sort in PRICE_SORTS else set()
    if "words" in names:
        return bool(names & (_NARROWING - known))
    return "near" in names or bool(names & (_NARROWING - known - {"category"} | {"today"}))


def asks_bits(names: frozenset[str], sort: CatalogueSort | None = None) -> bool:
    """Return whether no index holds all that is asked for, so that bits may tell how much there is."""
    # Of what is near, those that are found by words are compared with the place.
    return may_be_rare(names, sort) and ("words" in names or ("today" in names and "near" not in names))


def are_told_by_bits(names: frozenset[str]) -> bool:
    """Return whether bits may tell how much has all words and passes the filters, without a look at its rows."""
    return "words" in names and names <= _NARROWING | {"words", "today"}
