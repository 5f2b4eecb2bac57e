"""Table of places: towns and postal codes with their coordinates, imported from the gazetteer."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, Integer, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import ALWAYS, PersonalDataPolicy
from impl.kernel.tables import Table, enum_column

# Most places begin with one of forty characters. They stand in the order of what is suggested for one of these: first
# what has it as a word.
_BY_INITIAL: Final = (
    text("substr(search_key, 1, 1)"),
    text("(substr(search_key || ' ', 2, 1) = ' ') DESC"),
    text("population DESC"),
    "search_key",
)


class PlaceKind(StrEnum):
    TOWN = "TOWN"
    POSTAL_CODE = "POSTAL_CODE"


class Place(Table):
    __tablename__ = "places"
    __table_args__ = (
        CheckConstraint("length(country) = 2", name="country_length"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude_range"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude_range"),
        CheckConstraint("population >= 0", name="population_range"),
        CheckConstraint("(kind = 'POSTAL_CODE') = (locality IS NOT NULL)", name="locality_of_postal_code"),
        # Patterns of a prefix need operators of their own in most collations.
        Index(
            "ix_places_town_latitude",
            "latitude",
            postgresql_where=text("kind = 'TOWN'"),
            sqlite_where=text("kind = 'TOWN'"),
        ),
        Index("ix_places_search_key", "search_key", postgresql_ops={"search_key": "text_pattern_ops"}),
        Index("ix_places_initial", *_BY_INITIAL, "id", "country"),
        {"schema": "marketplace"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[PlaceKind] = mapped_column(enum_column(PlaceKind))
    name: Mapped[str] = mapped_column(String(200))
    locality: Mapped[str | None] = mapped_column(String(200))
    admin_area: Mapped[str | None] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(String(2))
    latitude: Mapped[float] = mapped_column(Double)
    longitude: Mapped[float] = mapped_column(Double)
    population: Mapped[int] = mapped_column(Integer)
    # Folded words of the name, and of the state where there is one.
    search_key: Mapped[str] = mapped_column(String(300))
    # Digest of the gazetteer that the row was imported from.
    edition: Mapped[str] = mapped_column(String(16))


TOWN: Final = (
    Place.name.label("town_name"),
    Place.latitude.label("town_latitude"),
    Place.longitude.label("town_longitude"),
)
"""Columns of the town of a business, where a statement joins it."""


class PlaceName(Table):
    """Name that a town has elsewhere, by which it is found too."""

    __tablename__ = "place_names"
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
        Index("ix_place_names_search_key", "search_key", postgresql_ops={"search_key": "text_pattern_ops"}),
        Index("ix_place_names_initial", *_BY_INITIAL, "place_id", "country"),
        {"schema": "marketplace"},
    )

    place_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.places.id", ondelete="CASCADE"), primary_key=True
    )
    # Folded words of the name.
    search_key: Mapped[str] = mapped_column(String(300), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    # Those of its town, because no index reaches across tables.
    population: Mapped[int | None] = mapped_column(Integer)
    country: Mapped[str | None] = mapped_column(String(2))


class NewPlaceName(TypedDict):
    place_id: UUID
    search_key: str
    name: str
    population: int
    country: str


class NewPlace(TypedDict):
    id: UUID
    kind: PlaceKind
    name: str
    locality: str | None
    admin_area: str | None
    country: str
    latitude: float
    longitude: float
    population: int
    search_key: str
    edition: str


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=Place,
        retention=ALWAYS,
        impersonal=(
            "id",
            "kind",
            "name",
            "locality",
            "admin_area",
            "country",
            "latitude",
            "longitude",
            "population",
            "search_key",
            "edition",
        ),
    ),
    PersonalDataPolicy(
        table=PlaceName, retention=ALWAYS, impersonal=("place_id", "search_key", "name", "population", "country")
    ),
)
