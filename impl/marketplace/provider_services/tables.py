"""Table of services as their provider edits them; what is approved of one is its listing (`capabilities/listings`)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from generated.states import ServiceState
from impl.kernel.personal_data import MACHINERY, MOST_LONG, OWN_ID, WITH_ACCOUNT, PersonalDataPolicy, Section
from impl.kernel.tables import Stamped, Table, enum_column
from impl.marketplace.capabilities.listings.tables import (
    EXPORTED_PRICING,
    Offer,
    OfferColumns,
    PricingKind,
    offer_checks,
)

LISTED = frozenset({ServiceState.PUBLISHED, ServiceState.PAUSED})


class Service(Offer, Stamped, Table):
    __tablename__ = "services"
    __table_args__ = (
        *offer_checks(),
        CheckConstraint("length(review_note) <= 2000", name="review_note_length"),
        CheckConstraint("(state = 'ARCHIVED') = (archived_at IS NOT NULL)", name="archived_at_known"),
        CheckConstraint("state NOT IN ('PUBLISHED', 'PAUSED') OR published_at IS NOT NULL", name="published_at_known"),
        CheckConstraint("taken_down_from IS NULL OR state NOT IN ('PUBLISHED', 'PAUSED')", name="taken_down_hidden"),
        Index("ix_services_provider_created", "provider_id", "created_at", "id"),
        Index("ix_services_category", "category_id"),
        {"schema": "marketplace"},
    )

    provider_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    state: Mapped[ServiceState] = mapped_column(enum_column(ServiceState))
    # Whether an edit of a published service awaits review, while the listing keeps the approved text.
    has_pending_changes: Mapped[bool] = mapped_column(Boolean)
    review_note: Mapped[str | None] = mapped_column(String(2000))
    # State that the service had when staff took it down; null once they have approved or reinstated it.
    taken_down_from: Mapped[ServiceState | None] = mapped_column(enum_column(ServiceState, name="takendownfrom"))
    submitted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]


class PricingColumns(TypedDict, closed=True):
    pricing_kind: PricingKind
    price_minor: int | None
    currency: str | None
    price_unit: str | None


class ServiceContent(OfferColumns, closed=True):
    """Content of a service as its provider sends it."""


class NewService(OfferColumns):
    id: UUID
    provider_id: UUID
    state: ServiceState
    has_pending_changes: bool
    created_at: datetime
    updated_at: datetime
    version: int


class ServiceChanges(TypedDict, total=False):
    """Changes of a service by its provider and by the service layer; an absent column keeps its value."""

    category_id: UUID
    title: str
    description: str
    pricing_kind: PricingKind
    price_minor: int | None
    currency: str | None
    price_unit: str | None
    duration_minutes: int | None
    tags: list[str]
    state: ServiceState
    has_pending_changes: bool
    review_note: str | None
    taken_down_from: ServiceState | None
    submitted_at: datetime
    published_at: datetime
    archived_at: datetime
    updated_at: datetime


class ModeratedService(TypedDict):
    """Service as staff decide on it."""

    id: UUID
    owner_id: UUID
    title: str
    state: ServiceState
    review_note: str | None
    taken_down_from: ServiceState | None
    updated_at: datetime


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=Service,
        retention=WITH_ACCOUNT,
        rows=lambda person: Service.provider_id == person,
        removed=True,
        events=("service.taken_down",),
        export=Section(
            name="services",
            most=MOST_LONG,
            withheld={"provider_id": OWN_ID, "taken_down_from": MACHINERY, "version": MACHINERY},
            named=EXPORTED_PRICING,
        ),
    ),
)
