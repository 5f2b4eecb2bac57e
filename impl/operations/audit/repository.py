"""Queries on the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, TypedDict
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.users.tables import User
from impl.kernel.audit import AuditEvent, AuditPersonal
from impl.kernel.errors import JsonValue
from impl.kernel.paging import COUNTED, EACH, LIMIT, Counted, ListFilters, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.operations.capabilities.audit_chain.tables import AuditSeal

type Selection = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Filters(ListFilters):
    """Filters of the audit trail; None leaves a filter out.

    `occurred_from` is inclusive, `occurred_before` is not.
    """

    event: str | None = None
    actor_id: UUID | None = None
    subject_type: str | None = None
    subject_id: UUID | None = None
    request_id: str | None = None
    occurred_from: datetime | None = None
    occurred_before: datetime | None = None


class _Event(TypedDict):
    id: UUID
    occurred_at: datetime
    event: str
    actor_id: UUID | None
    subject_type: str | None
    subject_id: UUID | None
    request_id: str
    data: dict[str, JsonValue]
    position: int | None


class PersonalEventRow(_Event):
    personal_id: UUID
    address: str
    user_agent: str
    personal_data: dict[str, JsonValue]


class BareEventRow(_Event):
    """Row of an event that has no personal row, or whose personal row was erased."""

    personal_id: None
    address: None
    user_agent: None
    personal_data: None


type EventRow = PersonalEventRow | BareEventRow


_NARROWED: Final[dict[str, ColumnElement[bool]]] = {
    "event": AuditEvent.event == bindparam("event"),
    "actor_id": AuditEvent.actor_id == bindparam("actor_id"),
    "subject_type": AuditEvent.subject_type == bindparam("subject_type"),
    "subject_id": AuditEvent.subject_id == bindparam("subject_id"),
    "request_id": AuditEvent.request_id == bindparam("request_id"),
    "occurred_from": AuditEvent.occurred_at >= bindparam("occurred_from"),
    "occurred_before": AuditEvent.occurred_at < bindparam("occurred_before"),
}
_KEY: Final = {"last_occurred_at": AuditEvent.occurred_at, "last_id": AuditEvent.id}
_COLUMNS: Final = (
    AuditEvent.id,
    AuditEvent.occurred_at,
    AuditEvent.event,
    AuditEvent.actor_id,
    AuditEvent.subject_type,
    AuditEvent.subject_id,
    AuditEvent.request_id,
    AuditEvent.data,
)

# Events by the account and about it: two scans of two indexes, where one OR would sort all matches. Only since the
# account became the owner's: before, somebody else may have registered the address.
_OWNED: Final = (
    AuditEvent.occurred_at
    >= select(func.coalesce(User.once_verified_at, User.email_verified_at))
    .where(User.id == bindparam("user_id"))
    .scalar_subquery()
)
_OWN: Final = (
    (AuditEvent.actor_id == bindparam("user_id")) & _OWNED,
    (AuditEvent.subject_id == bindparam("user_id"))
    & AuditEvent.actor_id.is_distinct_from(bindparam("user_id"))
    & _OWNED,
)


def _with_details(events: Selection, *, descending: bool) -> Selection:
    """Select the page first and join to it what belongs to its events, so that the plan cannot begin with the join."""
    page = events.subquery()
    order = [column.desc() if descending else column.asc() for column in (page.c.occurred_at, page.c.id)]
    return (
        select(
            *page.c,
            AuditSeal.position,
            AuditPersonal.event_id.label("personal_id"),
            AuditPersonal.address,
            AuditPersonal.user_agent,
            AuditPersonal.data.label("personal_data"),
        )
        .select_from(page)
        .outerjoin(AuditSeal, AuditSeal.event_id == page.c.id)
        .outerjoin(AuditPersonal, AuditPersonal.event_id == page.c.id)
        .order_by(*order)
    )


@cache
def _page_query(names: frozenset[str], *, descending: bool, continued: bool) -> Query[EventRow]:
    narrowed = select(*_COLUMNS).where(*(_NARROWED[name] for name in sorted(names)))
    page = _with_details(keyset_page(narrowed, _KEY, descending=descending, continued=continued), descending=descending)
    return Query(page, PersonalEventRow, BareEventRow)


@cache
def _count_statement(names: frozenset[str]) -> Selection:
    return bounded_count(select(EACH).select_from(AuditEvent).where(*(_NARROWED[name] for name in sorted(names))))


@cache
def _own_query(*, continued: bool) -> Query[EventRow]:
    walks = [
        keyset_page(select(*_COLUMNS).where(one), _KEY, descending=True, continued=continued).subquery() for one in _OWN
    ]
    both = union_all(*(walk.select() for walk in walks)).subquery()
    newest = select(*both.c).order_by(both.c.occurred_at.desc(), both.c.id.desc()).limit(LIMIT)
    return Query(_with_details(newest, descending=True), PersonalEventRow, BareEventRow)


_OWN_COUNT: Final = Query(
    select(func.count().label("total")).select_from(
        union_all(
            *(select(EACH).select_from(AuditEvent).where(one).limit(COUNTED + 1).subquery().select() for one in _OWN)
        ).subquery()
    ),
    Counted,
)
_EVENT: Final = Query(
    _with_details(select(*_COLUMNS).where(AuditEvent.id == bindparam("id")), descending=True),
    PersonalEventRow,
    BareEventRow,
)


class AuditRepository:
    """Queries of staff run in the transaction that records them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, tx: AsyncSession, event_id: UUID) -> EventRow | None:
        return await _EVENT.fetch_first(tx, id=event_id)

    async def page(
        self, tx: AsyncSession, filters: Filters, *, descending: bool, after: Moment | None, limit: int
    ) -> Sequence[EventRow]:
        binds = filters.binds()
        query = _page_query(frozenset(binds), descending=descending, continued=after is not None)
        return await query.fetch_all(tx, limit=limit, **binds, **_bound(after))

    async def count(self, tx: AsyncSession, filters: Filters) -> int:
        """Count up to COUNTED + 1, which stands for more."""
        binds = filters.binds()
        return int(await tx.scalar(_count_statement(frozenset(binds)), binds) or 0)

    async def own_page(self, user_id: UUID, *, after: Moment | None, limit: int) -> Sequence[EventRow]:
        query = _own_query(continued=after is not None)
        return await self._reader.all(query, user_id=user_id, limit=limit, **_bound(after))

    async def own_count(self, user_id: UUID) -> int:
        """Count one's own events; more than COUNTED stands for more."""
        return await total_of(self._reader, _OWN_COUNT, user_id=user_id)


def _bound(after: Moment | None) -> dict[str, object]:
    return {} if after is None else dict(zip(_KEY, after, strict=True))
