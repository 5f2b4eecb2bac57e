"""Tables of webhook endpoints, and of the deliveries to them, which are their outbox."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    Uuid,
    and_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.ids import new_id
from impl.kernel.personal_data import (
    DERIVED,
    MACHINERY,
    OWN_ID,
    SECRET,
    WITH_ACCOUNT,
    Period,
    PersonalDataPolicy,
    Section,
)
from impl.kernel.tables import Json, Stamped, Table, enum_column

URL_MAX: Final = 500
_IS_DUE: Final = text("due_at IS NOT NULL")
_WAITS: Final = text("next_attempt_at IS NOT NULL")


class WebhookDisabledReason(StrEnum):
    GONE = "GONE"
    FAILING = "FAILING"


class WebhookDeliveryStatus(StrEnum):
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class WebhookDeliveryError(StrEnum):
    REFUSED = "REFUSED"
    TIMEOUT = "TIMEOUT"
    NAME = "NAME"
    ADDRESS = "ADDRESS"
    CONNECTION = "CONNECTION"
    TLS = "TLS"


class WebhookEndpoint(Stamped, Table):
    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        CheckConstraint("length(url) BETWEEN 12 AND 500", name="url_length"),
        CheckConstraint("length(description) BETWEEN 1 AND 200", name="description_length"),
        CheckConstraint("is_enabled = (disabled_reason IS NULL)", name="reason_if_disabled"),
        CheckConstraint("is_enabled = (disabled_at IS NULL)", name="time_if_disabled"),
        CheckConstraint("(previous_secret IS NULL) = (previous_secret_ends_at IS NULL)", name="rotation_whole"),
        Index(None, "owner_id", "created_at", "id"),
        Index("ix_webhook_endpoints_due", "due_at", postgresql_where=_IS_DUE, sqlite_where=_IS_DUE),
        {"schema": "marketplace"},
    )

    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    url: Mapped[str] = mapped_column(String(URL_MAX))
    events: Mapped[list[str]] = mapped_column(Json)
    description: Mapped[str | None] = mapped_column(String(200))
    # Encrypted; the one before signs too until its time is over.
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    previous_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_ends_at: Mapped[datetime | None]
    is_enabled: Mapped[bool] = mapped_column(Boolean)
    disabled_reason: Mapped[WebhookDisabledReason | None] = mapped_column(enum_column(WebhookDisabledReason))
    disabled_at: Mapped[datetime | None]
    # When the first of the attempts failed since which none has succeeded.
    first_failed_at: Mapped[datetime | None]
    # When the first of its deliveries is due, and until when a worker has it for the attempt that is under way.
    due_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]


class WebhookDelivery(Table):
    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("(status = 'PENDING') = (next_attempt_at IS NOT NULL)", name="next_if_pending"),
        CheckConstraint("(status = 'DELIVERED') = (delivered_at IS NOT NULL)", name="time_if_delivered"),
        CheckConstraint("attempts >= round_attempts AND round_attempts >= 0", name="attempts_range"),
        # An outbox message that is handled a second time sends nothing twice.
        UniqueConstraint("endpoint_id", "happened_id"),
        Index(None, "endpoint_id", "created_at", "id"),
        Index(
            "ix_webhook_deliveries_waiting",
            "endpoint_id",
            "next_attempt_at",
            postgresql_where=_WAITS,
            sqlite_where=_WAITS,
        ),
        Index("ix_webhook_deliveries_created", "created_at"),
        {"schema": "marketplace"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    endpoint_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("marketplace.webhook_endpoints.id", ondelete="RESTRICT"))
    # Outbox message that told of it, or an id of its own where somebody asked for a test.
    happened_id: Mapped[UUID] = mapped_column(Uuid)
    event: Mapped[str] = mapped_column(String(32))
    # The body as it is signed and sent, each time the same.
    body: Mapped[str] = mapped_column(String(2000))
    status: Mapped[WebhookDeliveryStatus] = mapped_column(enum_column(WebhookDeliveryStatus))
    attempts: Mapped[int] = mapped_column(Integer)
    # Attempts since it was last asked for, by which the pauses grow.
    round_attempts: Mapped[int] = mapped_column(Integer)
    response_status: Mapped[int | None] = mapped_column(Integer)
    latency_ms: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[WebhookDeliveryError | None] = mapped_column(enum_column(WebhookDeliveryError))
    next_attempt_at: Mapped[datetime | None]
    last_attempt_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    # W3C Trace Context of what put it, if that was recorded; nobody is sent it.
    traceparent: Mapped[str | None] = mapped_column(String(55))


class WebhookEndpointContent(TypedDict, closed=True):
    """Content of an endpoint as its owner sends it."""

    url: str
    events: list[str]
    description: str | None


class NewWebhookEndpoint(TypedDict):
    id: UUID
    owner_id: UUID
    url: str
    events: list[str]
    description: str | None
    secret: bytes
    is_enabled: bool
    created_at: datetime
    updated_at: datetime
    version: int


class WebhookEndpointChanges(TypedDict, total=False):
    """Columns that its owner or the outcome of an attempt changes, which makes a new version."""

    url: str
    events: list[str]
    description: str | None
    secret: bytes
    previous_secret: bytes | None
    previous_secret_ends_at: datetime | None
    is_enabled: bool
    disabled_reason: WebhookDisabledReason | None
    disabled_at: datetime | None
    first_failed_at: datetime | None
    updated_at: datetime


class Renewed(TypedDict):
    """Secrets that are the same as before, encrypted with a newer key."""

    secret: bytes
    previous_secret: bytes | None


class NewWebhookDelivery(TypedDict):
    id: UUID
    endpoint_id: UUID
    happened_id: UUID
    event: str
    body: str
    status: WebhookDeliveryStatus
    attempts: int
    round_attempts: int
    next_attempt_at: datetime | None
    created_at: datetime
    traceparent: str | None


class WebhookDeliveryChanges(TypedDict, total=False):
    """Columns that an attempt, or asking for another, sets."""

    status: WebhookDeliveryStatus
    attempts: int
    round_attempts: int
    response_status: int | None
    latency_ms: int | None
    error: WebhookDeliveryError | None
    next_attempt_at: datetime | None
    last_attempt_at: datetime
    delivered_at: datetime | None
    traceparent: str | None


class EndpointRow(TypedDict):
    id: UUID
    owner_id: UUID
    url: str
    events: list[str]
    description: str | None
    secret: bytes
    previous_secret: bytes | None
    previous_secret_ends_at: datetime | None
    is_enabled: bool
    disabled_reason: WebhookDisabledReason | None
    disabled_at: datetime | None
    first_failed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class DeliveryRow(TypedDict):
    id: UUID
    endpoint_id: UUID
    event: str
    status: WebhookDeliveryStatus
    attempts: int
    round_attempts: int
    response_status: int | None
    latency_ms: int | None
    error: WebhookDeliveryError | None
    next_attempt_at: datetime | None
    last_attempt_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime


ENDPOINT_COLUMNS: Final = (
    WebhookEndpoint.id,
    WebhookEndpoint.owner_id,
    WebhookEndpoint.url,
    WebhookEndpoint.events,
    WebhookEndpoint.description,
    WebhookEndpoint.secret,
    WebhookEndpoint.previous_secret,
    WebhookEndpoint.previous_secret_ends_at,
    WebhookEndpoint.is_enabled,
    WebhookEndpoint.disabled_reason,
    WebhookEndpoint.disabled_at,
    WebhookEndpoint.first_failed_at,
    WebhookEndpoint.created_at,
    WebhookEndpoint.updated_at,
    WebhookEndpoint.version,
)
DELIVERY_COLUMNS: Final = (
    WebhookDelivery.id,
    WebhookDelivery.endpoint_id,
    WebhookDelivery.event,
    WebhookDelivery.status,
    WebhookDelivery.attempts,
    WebhookDelivery.round_attempts,
    WebhookDelivery.response_status,
    WebhookDelivery.latency_ms,
    WebhookDelivery.error,
    WebhookDelivery.next_attempt_at,
    WebhookDelivery.last_attempt_at,
    WebhookDelivery.delivered_at,
    WebhookDelivery.created_at,
)
PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=WebhookEndpoint,
        retention=WITH_ACCOUNT,
        rows=lambda person: WebhookEndpoint.owner_id == person,
        removed=True,
        export=Section(
            name="webhook_endpoints",
            withheld={
                "owner_id": OWN_ID,
                "secret": SECRET,
                "previous_secret": SECRET,
                "due_at": MACHINERY,
                "leased_until": MACHINERY,
                "version": MACHINERY,
            },
        ),
    ),
    PersonalDataPolicy(
        table=WebhookDelivery,
        retention=Period.WEBHOOK_DELIVERIES,
        expired=lambda then: and_(WebhookDelivery.created_at <= then, WebhookDelivery.next_attempt_at.is_(None)),
        rows=lambda person: WebhookDelivery.endpoint_id.in_(
            select(WebhookEndpoint.id).where(WebhookEndpoint.owner_id == person)
        ),
        removed=True,
        export=Section(
            name="webhook_deliveries",
            named={"endpoint_id": "webhook_id"},
            withheld={
                "happened_id": MACHINERY,
                "body": DERIVED,
                "round_attempts": MACHINERY,
                "traceparent": MACHINERY,
            },
        ),
    ),
)
