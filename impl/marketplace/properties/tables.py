"""Table of properties with their exact address, and the coarse area that is all that others may see of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Double, ForeignKey, Index, Integer, String, Text, Uuid, false, text
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from generated.states import PropertyState
from impl.kernel.personal_data import (
    DERIVED,
    FOLDED,
    MACHINERY,
    MOST_LONG,
    OWN_ID,
    WITH_ACCOUNT,
    PersonalDataPolicy,
    Section,
)
from impl.kernel.tables import Stamped, Table, enum_column
from impl.kernel.words import name_key

CITY_KEY_MAX = 240


def city_key(city: str) -> str:
    """Return what the filter by city compares: spellings that `q` finds alike are alike here."""
    return name_key(city)[:CITY_KEY_MAX]


class PropertyType(StrEnum):
    SINGLE_FAMILY_HOME = "SINGLE_FAMILY_HOME"
    TOWNHOUSE = "TOWNHOUSE"
    APARTMENT = "APARTMENT"
    CONDOMINIUM = "CONDOMINIUM"
    DUPLEX = "DUPLEX"
    MULTI_FAMILY = "MULTI_FAMILY"
    MOBILE_HOME = "MOBILE_HOME"
    LAND = "LAND"
    OTHER = "OTHER"


# What others may know of, by its area.
_SHOWN = text("state = 'ACTIVE'")


class Property(Stamped, Table):
    __tablename__ = "properties"
    __table_args__ = (
        CheckConstraint("length(label) BETWEEN 1 AND 80", name="label_length"),
        CheckConstraint("length(line1) BETWEEN 1 AND 120", name="line1_length"),
        CheckConstraint("length(line2) BETWEEN 1 AND 120", name="line2_length"),
        CheckConstraint("length(city) BETWEEN 1 AND 80", name="city_length"),
        CheckConstraint("length(region) BETWEEN 1 AND 80", name="region_length"),
        CheckConstraint("length(postal_code) BETWEEN 2 AND 12", name="postal_code_length"),
        CheckConstraint("length(country) = 2", name="country_length"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude_range"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude_range"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="coordinates_whole"),
        CheckConstraint("(latitude IS NULL) = (area_latitude IS NULL)", name="area_latitude_known"),
        CheckConstraint("(latitude IS NULL) = (area_longitude IS NULL)", name="area_longitude_known"),
        CheckConstraint("size_m2 BETWEEN 1 AND 1000000", name="size_m2_range"),
        CheckConstraint("year_built BETWEEN 1000 AND 2100", name="year_built_range"),
        CheckConstraint("length(notes) <= 4000", name="notes_length"),
        CheckConstraint("(state = 'ARCHIVED') = (archived_at IS NOT NULL)", name="archived_at_known"),
        Index("ix_properties_owner_created", "owner_id", "created_at", "id"),
        Index("ix_properties_area", "area_cell", postgresql_where=_SHOWN, sqlite_where=_SHOWN),
        Index("ix_properties_type", "type", "id", postgresql_where=_SHOWN, sqlite_where=_SHOWN),
        {"schema": "marketplace"},
    )

    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    label: Mapped[str] = mapped_column(String(80))
    type: Mapped[PropertyType] = mapped_column(enum_column(PropertyType))
    line1: Mapped[str] = mapped_column(String(120))
    line2: Mapped[str | None] = mapped_column(String(120))
    city: Mapped[str] = mapped_column(String(80))
    # Folded city for the filter (`city_key`).
    city_key: Mapped[str] = mapped_column(String(CITY_KEY_MAX))
    region: Mapped[str | None] = mapped_column(String(80))
    postal_code: Mapped[str | None] = mapped_column(String(12))
    country: Mapped[str] = mapped_column(String(2))
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    # Whether they are those of the postal code or town, since the owner has given none.
    coordinates_approximate: Mapped[bool] = mapped_column(Boolean, server_default=false())
    area_latitude: Mapped[float | None] = mapped_column(Double)
    area_longitude: Mapped[float | None] = mapped_column(Double)
    # The centre of the area on the unit sphere, and its cell of the index (`geography`): others search by these. NULL
    # where an older release has written meanwhile.
    area_x: Mapped[float | None] = mapped_column(Double)
    area_y: Mapped[float | None] = mapped_column(Double)
    area_z: Mapped[float | None] = mapped_column(Double)
    area_cell: Mapped[int | None] = mapped_column(Integer)
    size_m2: Mapped[int | None] = mapped_column(Integer)
    year_built: Mapped[int | None] = mapped_column(Integer)
    notes: Mapped[str | None] = mapped_column(String(4000))
    # Words of the owner's search (`words.tokenize_document`); empty in rows of older releases.
    words: Mapped[str] = mapped_column(Text, server_default=text("''"))
    state: Mapped[PropertyState] = mapped_column(enum_column(PropertyState))
    archived_at: Mapped[datetime | None]


class AddressColumns(TypedDict):
    """Address of a property."""

    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str | None
    country: str


class PropertyDescription(AddressColumns):
    """Content of a property without its type, which is an enum in values and a text in rows."""

    label: str
    latitude: float | None
    longitude: float | None
    size_m2: int | None
    year_built: int | None
    notes: str | None


class _Content(PropertyDescription):
    type: PropertyType


class PropertyContent(_Content, closed=True):
    """Content of a property as its owner sends it."""


class PropertyChanges(TypedDict, total=False):
    """Changes of a property by its owner and by the service; an absent column keeps its value."""

    label: str
    type: PropertyType
    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str | None
    country: str
    latitude: float | None
    longitude: float | None
    size_m2: int | None
    year_built: int | None
    notes: str | None
    coordinates_approximate: bool
    words: str
    city_key: str
    area_latitude: float | None
    area_longitude: float | None
    area_x: float | None
    area_y: float | None
    area_z: float | None
    area_cell: int | None
    state: PropertyState
    archived_at: datetime
    updated_at: datetime


class DerivedColumns(TypedDict):
    """Columns that are derived from the content and stored with it."""

    words: str
    city_key: str
    area_latitude: float | None
    area_longitude: float | None
    area_x: float | None
    area_y: float | None
    area_z: float | None
    area_cell: int | None


class NewProperty(_Content, DerivedColumns):
    id: UUID
    coordinates_approximate: bool
    owner_id: UUID
    state: PropertyState
    created_at: datetime
    updated_at: datetime
    version: int


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=Property,
        retention=WITH_ACCOUNT,
        rows=lambda person: Property.owner_id == person,
        removed=True,
        export=Section(
            name="properties",
            most=MOST_LONG,
            withheld={
                "owner_id": OWN_ID,
                "city_key": FOLDED,
                "words": FOLDED,
                "area_latitude": DERIVED,
                "area_longitude": DERIVED,
                "area_x": DERIVED,
                "area_y": DERIVED,
                "area_z": DERIVED,
                "area_cell": DERIVED,
                "version": MACHINERY,
            },
            named={
                **{name: f"address.{name}" for name in ("line1", "line2", "city", "region", "postal_code", "country")},
                **{name: f"coordinates.{name}" for name in ("latitude", "longitude")},
            },
        ),
    ),
)
