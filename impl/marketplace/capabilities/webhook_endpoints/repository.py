"""Statements on webhook endpoints and their deliveries: their owner's changes, and the worker's."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from impl.identity.capabilities.access_control.tables import UserRole
from impl.identity.capabilities.users.tables import ACTIVE, User
from impl.kernel.paging import LIMIT
from impl.kernel.reader import Reader
from impl.kernel.statements import Change, Command, Query
from impl.kernel.tables import UtcDateTime, core_table
from impl.kernel.upserts import Upsert
from impl.marketplace.capabilities.webhook_endpoints.tables import (
    DELIVERY_COLUMNS,
    ENDPOINT_COLUMNS,
    DeliveryRow,
    EndpointRow,
    NewWebhookDelivery,
    NewWebhookEndpoint,
    Renewed,
    WebhookDelivery,
    WebhookDeliveryChanges,
    WebhookDeliveryStatus,
    WebhookEndpoint,
    WebhookEndpointChanges,
)

_ENDPOINTS: Final = core_table(WebhookEndpoint)
_DELIVERIES: Final = core_table(WebhookDelivery)


class WaitingRow(TypedDict):
    """A delivery that is due, with its body."""

    id: UUID
    body: str
    traceparent: str | None


class ListenerRow(TypedDict):
    """An endpoint that may want an event, for its owner."""

    id: UUID
    owner_id: UUID
    events: list[str]


class SecretsRow(TypedDict):
    id: UUID
    secret: bytes
    previous_secret: bytes | None


class _Id(TypedDict):
    id: UUID


class _Moment(TypedDict):
    at: datetime | None


class _Lease(TypedDict):
    leased_until: datetime | None


class _Due(TypedDict):
    due_at: datetime | None


class _Settled(_Due, _Lease):
    pass


_PROVIDER: Final = "SERVICE_PROVIDER"
_NOW: Final = bindparam("now", type_=UtcDateTime())
_ID: Final = WebhookEndpoint.id == bindparam("id")
_LOCKED: Final = select(*ENDPOINT_COLUMNS).where(_ID).with_for_update()
_OWN: Final = Query(_LOCKED.where(WebhookEndpoint.owner_id == bindparam("owner_id")), EndpointRow)
_LEASED: Final = Query(_LOCKED.where(WebhookEndpoint.leased_until == bindparam("leased_until")), EndpointRow)
_ANY: Final = Query(select(*ENDPOINT_COLUMNS).where(_ID), EndpointRow)
# Events are sent to providers whose accounts are neither suspended nor closed.
_HAS_ACTIVE_PROVIDER: Final = (
    exists().where(User.id == WebhookEndpoint.owner_id, ACTIVE),
    exists().where(UserRole.user_id == WebhookEndpoint.owner_id, UserRole.role_name == _PROVIDER),
)
# What is due and free.
_IS_DUE: Final = (
    WebhookEndpoint.due_at <= _NOW,
    or_(WebhookEndpoint.leased_until.is_(None), WebhookEndpoint.leased_until <= _NOW),
    *_HAS_ACTIVE_PROVIDER,
)
_HAS_DUE: Final = Query(select(WebhookEndpoint.id).where(*_IS_DUE).limit(1), _Id)
_DUE: Final = Query(
    select(*ENDPOINT_COLUMNS)
    .where(*_IS_DUE)
    .order_by(WebhookEndpoint.due_at, WebhookEndpoint.id)
    .limit(LIMIT)
    .with_for_update(skip_locked=True, of=WebhookEndpoint),
    EndpointRow,
)
_WAITING: Final = Query(
    select(WebhookDelivery.id, WebhookDelivery.body, WebhookDelivery.traceparent)
    .where(WebhookDelivery.endpoint_id == bindparam("endpoint_id"), WebhookDelivery.next_attempt_at <= _NOW)
    .order_by(WebhookDelivery.next_attempt_at, WebhookDelivery.id)
    .limit(1),
    WaitingRow,
)
_NEXT: Final = Query(
    select(func.min(WebhookDelivery.next_attempt_at, type_=UtcDateTime()).label("at")).where(
        WebhookDelivery.endpoint_id == bindparam("endpoint_id"), WebhookDelivery.next_attempt_at.is_not(None)
    ),
    _Moment,
)
_DELIVERY: Final = Query(
    select(*DELIVERY_COLUMNS).where(
        WebhookDelivery.id == bindparam("id"), WebhookDelivery.endpoint_id == bindparam("endpoint_id")
    ),
    DeliveryRow,
)
_LISTENERS: Final = Query(
    select(WebhookEndpoint.id, WebhookEndpoint.owner_id, WebhookEndpoint.events)
    .where(
        WebhookEndpoint.owner_id.in_(bindparam("owners", type_=Uuid(), expanding=True)),
        WebhookEndpoint.is_enabled,
        # What happened before is no news for an endpoint.
        WebhookEndpoint.created_at <= bindparam("happened_at", type_=UtcDateTime()),
        *_HAS_ACTIVE_PROVIDER,
    )
    .order_by(WebhookEndpoint.id)
    .with_for_update(of=WebhookEndpoint),
    ListenerRow,
)
_SECRETS: Final = Query(
    select(WebhookEndpoint.id, WebhookEndpoint.secret, WebhookEndpoint.previous_secret)
    .where(WebhookEndpoint.id > bindparam("after"))
    .order_by(WebhookEndpoint.id)
    .limit(LIMIT)
    .with_for_update(),
    SecretsRow,
)
_INSERT: Final = Command(insert(_ENDPOINTS), NewWebhookEndpoint)
_UPDATE: Final = Change(
    update(_ENDPOINTS)
    .where(_ENDPOINTS.c.id == bindparam("endpoint_id"))
    .values(version=_ENDPOINTS.c.version + 1)
    .returning(*ENDPOINT_COLUMNS),
    WebhookEndpointChanges,
    EndpointRow,
)
_LEASE: Final = Command(update(_ENDPOINTS).where(_ENDPOINTS.c.id == bindparam("endpoint_id")), _Lease)
_SETTLE: Final = Command(update(_ENDPOINTS).where(_ENDPOINTS.c.id == bindparam("endpoint_id")), _Settled)
_RENEW: Final = Command(update(_ENDPOINTS).where(_ENDPOINTS.c.id == bindparam("endpoint_id")), Renewed)
# Never later than it was: others may wait already.
_ADVANCE: Final = Command(
    update(_ENDPOINTS).where(
        _ENDPOINTS.c.id == bindparam("endpoint_id"),
        or_(_ENDPOINTS.c.due_at.is_(None), _ENDPOINTS.c.due_at > bindparam("moment", type_=UtcDateTime())),
    ),
    _Due,
)
_PUT: Final = Upsert(
    _DELIVERIES,
    lambda insert_into: Change(
        insert_into.on_conflict_do_nothing(
            index_elements=[_DELIVERIES.c.endpoint_id, _DELIVERIES.c.happened_id]
        ).returning(_DELIVERIES.c.id),
        NewWebhookDelivery,
        _Id,
    ),
)
_MOVE: Final = Command(update(_DELIVERIES).where(_DELIVERIES.c.id == bindparam("delivery_id")), WebhookDeliveryChanges)


class WebhookEndpointsRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def lock_own(self, tx: AsyncSession, owner_id: UUID, endpoint_id: UUID) -> EndpointRow | None:
        return await _OWN.fetch_first(tx, owner_id=owner_id, id=endpoint_id)

    async def lock_leased(self, tx: AsyncSession, endpoint_id: UUID, leased_until: datetime) -> EndpointRow | None:
        """Return an endpoint that this worker still has for its attempt, locked."""
        return await _LEASED.fetch_first(tx, id=endpoint_id, leased_until=leased_until)

    async def find(self, endpoint_id: UUID) -> EndpointRow | None:
        return await self._reader.first(_ANY, id=endpoint_id)

    async def insert(self, tx: AsyncSession, values: NewWebhookEndpoint) -> None:
        await _INSERT.run(tx, values)

    async def update(self, tx: AsyncSession, endpoint_id: UUID, changes: WebhookEndpointChanges) -> EndpointRow:
        return await _UPDATE.fetch_one(tx, changes, endpoint_id=endpoint_id)

    async def delete(self, tx: AsyncSession, endpoint_id: UUID) -> None:
        await tx.execute(delete(_DELIVERIES).where(_DELIVERIES.c.endpoint_id == endpoint_id))
        await tx.execute(delete(_ENDPOINTS).where(_ENDPOINTS.c.id == endpoint_id))

    async def delivery(self, tx: AsyncSession, endpoint_id: UUID, delivery_id: UUID) -> DeliveryRow | None:
        return await _DELIVERY.fetch_first(tx, endpoint_id=endpoint_id, id=delivery_id)

    async def listeners(
        self, tx: AsyncSession, owners: Collection[UUID], happened_at: datetime
    ) -> Sequence[ListenerRow]:
        """Return the enabled endpoints of these people that were there then, locked in one order."""
        return await _LISTENERS.fetch_all(tx, owners=list(owners), happened_at=happened_at)

    async def put(self, tx: AsyncSession, new: NewWebhookDelivery, due_at: datetime) -> None:
        """Add a delivery that is due, unless the endpoint has one of this event already."""
        if await _PUT.on(tx).fetch_first(tx, new) is not None:
            await self.advance(tx, new["endpoint_id"], due_at)

    async def advance(self, tx: AsyncSession, endpoint_id: UUID, due_at: datetime) -> None:
        await _ADVANCE.run(tx, {"due_at": due_at}, endpoint_id=endpoint_id, moment=due_at)

    async def move(self, tx: AsyncSession, delivery_id: UUID, changes: WebhookDeliveryChanges) -> None:
        await _MOVE.run(tx, changes, delivery_id=delivery_id)

    async def give_up(self, tx: AsyncSession, endpoint_id: UUID) -> None:
        """End all waiting deliveries of a disabled endpoint."""
        await tx.execute(
            update(_DELIVERIES)
            .where(_DELIVERIES.c.endpoint_id == endpoint_id, _DELIVERIES.c.next_attempt_at.is_not(None))
            .values(status=WebhookDeliveryStatus.FAILED, next_attempt_at=None)
        )

    async def has_due(self, now: datetime) -> bool:
        """Return without a lock whether anything is due: most of the time nothing is."""
        return await self._reader.first(_HAS_DUE, now=now) is not None

    async def lock_due(self, tx: AsyncSession, now: datetime, *, limit: int) -> Sequence[EndpointRow]:
        """Return endpoints with something due, without those that another worker has taken."""
        return await _DUE.fetch_all(tx, now=now, limit=limit)

    async def lease(self, tx: AsyncSession, endpoint_id: UUID, until: datetime) -> None:
        await _LEASE.run(tx, {"leased_until": until}, endpoint_id=endpoint_id)

    async def waiting(self, tx: AsyncSession, endpoint_id: UUID, now: datetime) -> WaitingRow | None:
        """Return the delivery that has been due longest."""
        return await _WAITING.fetch_first(tx, endpoint_id=endpoint_id, now=now)

    async def settle(self, tx: AsyncSession, endpoint_id: UUID) -> None:
        """Release an endpoint, which is due when the first of its deliveries is."""
        due_at = (await _NEXT.fetch_one(tx, endpoint_id=endpoint_id))["at"]
        await _SETTLE.run(tx, {"due_at": due_at, "leased_until": None}, endpoint_id=endpoint_id)

    async def secrets(self, tx: AsyncSession, *, after: UUID, limit: int) -> Sequence[SecretsRow]:
        return await _SECRETS.fetch_all(tx, after=after, limit=limit)

    async def renew(self, tx: AsyncSession, endpoint_id: UUID, secrets: Renewed) -> None:
        await _RENEW.run(tx, secrets, endpoint_id=endpoint_id)
