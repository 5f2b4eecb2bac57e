"""Table of provider profiles, one for each provider, and their states in the review."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Double,
    ForeignKey,
    Index,
    Integer,
    ScalarSelect,
    String,
    UniqueConstraint,
    Uuid,
    and_,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, aliased, mapped_column
from typing_extensions import TypedDict

from generated.states import ProfileState
from impl.kernel.personal_data import DERIVED, MACHINERY, OWN_ID, WITH_ACCOUNT, PersonalDataPolicy, Section, Shape
from impl.kernel.tables import Json, Stamped, Table, enum_column
from impl.marketplace.capabilities.geography.service import distance, within


class Licence(TypedDict):
    """Licence to work in a trade, as its JSON has it; the day is in ISO 8601."""

    title: str
    number: str
    authority: str
    expires_date: str | None


class ProviderProfile(Stamped, Table):
    __tablename__ = "provider_profiles"
    __table_args__ = (
        UniqueConstraint("user_id"),
        UniqueConstraint("slug"),
        CheckConstraint("length(business_name) BETWEEN 2 AND 120", name="business_name_length"),
        CheckConstraint("length(slug) BETWEEN 1 AND 80", name="slug_length"),
        CheckConstraint("length(about) BETWEEN 1 AND 4000", name="about_length"),
        CheckConstraint("length(phone) BETWEEN 8 AND 16", name="phone_length"),
        CheckConstraint("length(website) BETWEEN 12 AND 300", name="website_length"),
        CheckConstraint("base_latitude BETWEEN -90 AND 90", name="base_latitude_range"),
        CheckConstraint("base_longitude BETWEEN -180 AND 180", name="base_longitude_range"),
        CheckConstraint("(base_latitude IS NULL) = (base_longitude IS NULL)", name="base_point_whole"),
        CheckConstraint("service_radius_km BETWEEN 1 AND 300", name="service_radius_km_range"),
        Index("ix_provider_profiles_area", "area_cell"),
        Index(
            "ix_provider_profiles_hidden",
            "id",
            postgresql_where=text("state <> 'APPROVED' OR concealed_at IS NOT NULL"),
            sqlite_where=text("state <> 'APPROVED' OR concealed_at IS NOT NULL"),
        ),
        CheckConstraint("length(review_note) <= 2000", name="review_note_length"),
        {"schema": "marketplace"},
    )

    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    business_name: Mapped[str] = mapped_column(String(120))
    slug: Mapped[str] = mapped_column(String(80))
    about: Mapped[str | None] = mapped_column(String(4000))
    phone: Mapped[str | None] = mapped_column(String(16))
    website: Mapped[str | None] = mapped_column(String(300))
    base_latitude: Mapped[float | None] = mapped_column(Double)
    base_longitude: Mapped[float | None] = mapped_column(Double)
    service_radius_km: Mapped[int | None] = mapped_column(Integer)
    # Town nearest to the square kilometre of the base point: all of it that is public. Without a reference, because a
    # new edition of the gazetteer replaces all places; a place keeps its id.
    base_place_id: Mapped[UUID | None] = mapped_column(Uuid)
    licences: Mapped[list[Licence]] = mapped_column(Json)
    # The square kilometre of the base point on the unit sphere, and the square of the chord that the radius spans
    # (`geography`): searches compare these, and so cannot tell where in it the base point is.
    area_x: Mapped[float | None] = mapped_column(Double)
    area_y: Mapped[float | None] = mapped_column(Double)
    area_z: Mapped[float | None] = mapped_column(Double)
    area_cell: Mapped[int | None] = mapped_column(Integer)
    area_reach: Mapped[float | None] = mapped_column(Double)
    state: Mapped[ProfileState] = mapped_column(enum_column(ProfileState))
    # Reason of the reviewer for a rejection or suspension.
    review_note: Mapped[str | None] = mapped_column(String(2000))
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    # Set while the account is closed or suspended; the state is kept for its return.
    concealed_at: Mapped[datetime | None]
    # When the verified licences and insurances of its page changed last; null when there were none.
    verifications_changed_at: Mapped[datetime | None]


# Literal, so that the planner knows the index of what is hidden to hold all of it.
HIDDEN = or_(ProviderProfile.state != literal_column("'APPROVED'"), ProviderProfile.concealed_at.is_not(None))
VISIBLE = and_(ProviderProfile.state == ProfileState.APPROVED, ProviderProfile.concealed_at.is_(None))
# Few: a join would fetch the business of each row.
HIDDEN_IDS = select(ProviderProfile.id).where(HIDDEN)
NEARNESS = distance(ProviderProfile.area_x, ProviderProfile.area_y, ProviderProfile.area_z)
# What a service names of who offers it.
SUMMARY = (
    ProviderProfile.id.label("profile_id"),
    ProviderProfile.slug.label("profile_slug"),
    ProviderProfile.business_name,
    ProviderProfile.website,
    ProviderProfile.service_radius_km,
)


def in_place(names: frozenset[str]) -> list[ColumnElement[bool]]:
    """Return the conditions for providers within a circle and, with `coming`, for those who come to its centre."""
    inside = [within(ProviderProfile.area_cell, NEARNESS)] if "near" in names else []
    return [*inside, ProviderProfile.area_reach >= NEARNESS] if "coming" in names else inside


def state_of_business(user_id: InstrumentedAttribute[UUID]) -> ScalarSelect[ProfileState]:
    """Select the state of somebody's profile, also while it is not to be seen."""
    business = aliased(ProviderProfile)
    state = select(business.state).where(business.user_id == user_id)
    return state.correlate_except(business).scalar_subquery()


def regions_of(
    country: InstrumentedAttribute[str],
    user_id: InstrumentedAttribute[UUID],
    *,
    town_id: InstrumentedAttribute[UUID],
    town_country: InstrumentedAttribute[str],
) -> ColumnElement[str]:
    """Select the countries, divided by a blank, in which a home and somebody's business are, as far as is known."""
    business = aliased(ProviderProfile)
    based = select(town_country).join(business, business.base_place_id == town_id).where(business.user_id == user_id)
    return func.coalesce(country, "").concat(" ").concat(func.coalesce(based.scalar_subquery(), ""))


class _Content(TypedDict):
    business_name: str
    about: str | None
    phone: str | None
    website: str | None
    base_latitude: float | None
    base_longitude: float | None
    service_radius_km: int | None
    licences: list[Licence]


class ProfileContent(_Content, closed=True):
    """Content of a profile as its provider sends it."""


class ServiceArea(TypedDict):
    """Columns that are derived from base point and radius."""

    area_x: float | None
    area_y: float | None
    area_z: float | None
    area_cell: int | None
    area_reach: float | None


class ModeratedRow(TypedDict):
    """A profile as those see it who decide on it."""

    id: UUID
    user_id: UUID
    slug: str
    business_name: str
    state: ProfileState
    review_note: str | None
    updated_at: datetime


class MaterialContent(TypedDict, closed=True):
    """Words of a profile, which are reviewed again when they are edited."""

    business_name: str
    about: str | None
    phone: str | None
    website: str | None
    licences: list[Licence]


class NewProfile(_Content):
    base_place_id: UUID | None
    id: UUID
    user_id: UUID
    slug: str
    state: ProfileState
    created_at: datetime
    updated_at: datetime
    version: int


class StoredProfile(NewProfile, ServiceArea):
    """New row with its derived columns."""


class ProfileSlug(TypedDict, closed=True):
    slug: str


class ProfileChanges(TypedDict, total=False):
    """Changes of a profile; an absent column keeps its value."""

    slug: str
    business_name: str
    about: str | None
    phone: str | None
    website: str | None
    base_latitude: float | None
    base_longitude: float | None
    service_radius_km: int | None
    base_place_id: UUID | None
    licences: list[Licence]
    state: ProfileState
    review_note: str | None
    submitted_at: datetime
    approved_at: datetime
    updated_at: datetime
    area_x: float | None
    area_y: float | None
    area_z: float | None
    area_cell: int | None
    area_reach: float | None


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=ProviderProfile,
        retention=WITH_ACCOUNT,
        rows=lambda person: ProviderProfile.user_id == person,
        removed=True,
        events=("provider.suspended",),
        export=Section(
            name="provider_profile",
            shape=Shape.ROW,
            withheld={
                "user_id": OWN_ID,
                "base_place_id": DERIVED,
                "area_x": DERIVED,
                "area_y": DERIVED,
                "area_z": DERIVED,
                "area_cell": DERIVED,
                "area_reach": DERIVED,
                "verifications_changed_at": DERIVED,
                "version": MACHINERY,
            },
            named={"base_latitude": "base_point.latitude", "base_longitude": "base_point.longitude"},
        ),
    ),
)
