"""Queries on submissions: the open one of a profile or service, and the queue that staff work through."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, case, delete, insert, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import SubmissionState
from impl.identity.capabilities.access_control.service import is_permitted
from impl.kernel.errors import JsonValue
from impl.kernel.paging import EACH, Counted, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import UtcDateTime, core_table
from impl.marketplace.capabilities.submissions.tables import (
    Hint,
    NewSubmission,
    RejectionReason,
    RevisedField,
    Submission,
    SubmissionChanges,
    SubmissionKind,
)

_TABLE: Final = core_table(Submission)
# Of those that the owner of a profile or service has withdrawn, so many stay: nobody fills the table by edits.
WITHDRAWN_MAX: Final = 20


class SubmissionRow(TypedDict):
    id: UUID
    kind: SubmissionKind
    owner_id: UUID
    profile_id: UUID | None
    service_id: UUID | None
    state: SubmissionState
    is_revision: bool
    fields: list[RevisedField]
    content: dict[str, JsonValue]
    hints: list[Hint]
    submitted_at: datetime
    claimed_by: UUID | None
    claim_expires_at: datetime | None
    decided_by: UUID | None
    decided_at: datetime | None
    rejection_reason: RejectionReason | None
    note: str | None
    created_at: datetime
    updated_at: datetime
    version: int


class _Decided(TypedDict):
    state: SubmissionState


_COLUMNS: Final = (
    Submission.id,
    Submission.kind,
    Submission.owner_id,
    Submission.profile_id,
    Submission.service_id,
    Submission.state,
    Submission.is_revision,
    Submission.fields,
    Submission.content,
    Submission.hints,
    Submission.submitted_at,
    Submission.claimed_by,
    Submission.claim_expires_at,
    Submission.decided_by,
    Submission.decided_at,
    Submission.rejection_reason,
    Submission.note,
    Submission.created_at,
    Submission.updated_at,
    Submission.version,
)
# Whoever may not decide any more keeps nobody else away, from that moment on.
_CLAIM_COUNTS: Final = is_permitted(Submission.claimed_by, "moderation:decide")
_CLAIM: Final = (Submission.claimed_by, Submission.claim_expires_at)
_FOR_STAFF: Final = (
    *(column for column in _COLUMNS if column not in set(_CLAIM)),
    *(case((_CLAIM_COUNTS, column)).label(column.key) for column in _CLAIM),
)
_ONE: Final = Query(select(*_FOR_STAFF).where(Submission.id == bindparam("id")), SubmissionRow)
_LOCKED: Final = Query(
    select(*_FOR_STAFF).where(Submission.id == bindparam("id")).with_for_update(of=Submission), SubmissionRow
)
_CURRENT: Final = select(*_COLUMNS).where(Submission.current)
_CURRENT_OF_PROFILE: Final = Query(_CURRENT.where(Submission.profile_id == bindparam("id")), SubmissionRow)
_CURRENT_OF_SERVICES: Final = Query(
    _CURRENT.where(Submission.service_id.in_(bindparam("ids", type_=Uuid(), expanding=True))), SubmissionRow
)
_LOCKED_OF: Final[Mapping[SubmissionKind, Query[SubmissionRow]]] = {
    SubmissionKind.PROFILE: Query(
        _CURRENT.where(Submission.profile_id == bindparam("id")).with_for_update(), SubmissionRow
    ),
    SubmissionKind.SERVICE: Query(
        _CURRENT.where(Submission.service_id == bindparam("id")).with_for_update(), SubmissionRow
    ),
}
_DECIDED: Final = (
    select(Submission.state)
    # By the owner, too, who is the beginning of an index.
    .where(
        Submission.owner_id == bindparam("owner_id"),
        Submission.state.in_((SubmissionState.APPROVED, SubmissionState.REJECTED)),
    )
    .order_by(Submission.decided_at.desc(), Submission.id.desc())
    .limit(1)
)
_LAST_DECISION: Final[Mapping[SubmissionKind, Query[_Decided]]] = {
    SubmissionKind.PROFILE: Query(_DECIDED.where(Submission.profile_id == bindparam("id")), _Decided),
    SubmissionKind.SERVICE: Query(_DECIDED.where(Submission.service_id == bindparam("id")), _Decided),
}
_INSERT: Final = Command(insert(_TABLE), NewSubmission)
_UPDATE: Final = Command(
    update(_TABLE).where(_TABLE.c.id == bindparam("submission_id")).values(version=_TABLE.c.version + 1),
    SubmissionChanges,
)

# By the owner, too, who is the beginning of an index.
_WITHDRAWN: Final = (
    _TABLE.c.owner_id == bindparam("owner_id"),
    _TABLE.c.profile_id.is_not_distinct_from(bindparam("profile_id")),
    _TABLE.c.service_id.is_not_distinct_from(bindparam("service_id")),
    _TABLE.c.state == SubmissionState.WITHDRAWN,
)
_TRIM: Final = delete(_TABLE).where(
    *_WITHDRAWN,
    _TABLE.c.id.not_in(select(_TABLE.c.id).where(*_WITHDRAWN).order_by(_TABLE.c.id.desc()).limit(WITHDRAWN_MAX)),
)

_NOW: Final = bindparam("now", type_=UtcDateTime())
_NARROWED: Final[dict[str, ColumnElement[bool]]] = {
    "kind": Submission.kind == bindparam("kind"),
    "submitted_before": Submission.submitted_at < bindparam("submitted_before"),
    "claimed_by": and_(
        Submission.claimed_by == bindparam("claimed_by"), Submission.claim_expires_at > _NOW, _CLAIM_COUNTS
    ),
    "unclaimed": or_(Submission.claimed_by.is_(None), Submission.claim_expires_at <= _NOW, not_(_CLAIM_COUNTS)),
}
_KEY: Final = {"last_submitted_at": Submission.submitted_at, "last_id": Submission.id}


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of the queue; None does not narrow it. `unclaimed` keeps what nobody reads now."""

    state: SubmissionState
    kind: SubmissionKind | None = None
    submitted_before: datetime | None = None
    claimed_by: UUID | None = None
    unclaimed: bool = False

    def cursor_scope(self) -> str:
        """Return a text that is the same for the same filters."""
        given = (self.state, self.kind, self.submitted_before, self.claimed_by, self.unclaimed)
        return " ".join(map(str, given))

    def names(self) -> frozenset[str]:
        return frozenset(name for name in _NARROWED if getattr(self, name) not in {None, False})


def _binds(filters: Filters, now: datetime) -> dict[str, object]:
    binds: dict[str, object] = {name: getattr(filters, name) for name in filters.names() - {"unclaimed"}}
    if filters.claimed_by is not None or filters.unclaimed:
        binds["now"] = now
    return {"state": filters.state, **binds}


def _conditions(names: frozenset[str]) -> list[ColumnElement[bool]]:
    return [Submission.state == bindparam("state"), *(_NARROWED[name] for name in sorted(names))]


@cache
def queue_page(names: frozenset[str], *, descending: bool, continued: bool) -> Query[SubmissionRow]:
    statement = select(*_FOR_STAFF).where(*_conditions(names))
    return Query(keyset_page(statement, _KEY, descending=descending, continued=continued), SubmissionRow)


@cache
def _queue_count(names: frozenset[str]) -> Query[Counted]:
    return Query(bounded_count(select(EACH).select_from(Submission).where(*_conditions(names))), Counted)


class SubmissionRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, submission_id: UUID) -> SubmissionRow | None:
        return await self._reader.first(_ONE, id=submission_id)

    async def find_in(self, tx: AsyncSession, submission_id: UUID) -> SubmissionRow | None:
        return await _ONE.fetch_first(tx, id=submission_id)

    async def lock(self, tx: AsyncSession, submission_id: UUID) -> SubmissionRow | None:
        return await _LOCKED.fetch_first(tx, id=submission_id)

    async def lock_current(self, tx: AsyncSession, kind: SubmissionKind, subject_id: UUID) -> SubmissionRow | None:
        return await _LOCKED_OF[kind].fetch_first(tx, id=subject_id)

    async def last_decision(
        self, tx: AsyncSession, kind: SubmissionKind, owner_id: UUID, subject_id: UUID
    ) -> SubmissionState | None:
        found = await _LAST_DECISION[kind].fetch_first(tx, owner_id=owner_id, id=subject_id)
        return None if found is None else found["state"]

    async def current_of_profile(self, profile_id: UUID) -> SubmissionRow | None:
        return await self._reader.first(_CURRENT_OF_PROFILE, id=profile_id)

    async def current_of_services(self, service_ids: Collection[UUID]) -> Sequence[SubmissionRow]:
        return await self._reader.all(_CURRENT_OF_SERVICES, ids=list(service_ids))

    async def page(
        self, filters: Filters, *, now: datetime, descending: bool, after: Moment | None, limit: int
    ) -> Sequence[SubmissionRow]:
        position: dict[str, Any] = {} if after is None else {"last_submitted_at": after[0], "last_id": after[1]}
        query = queue_page(filters.names(), descending=descending, continued=after is not None)
        return await self._reader.all(query, limit=limit, **_binds(filters, now), **position)

    async def count(self, filters: Filters, *, now: datetime) -> int:
        """Count up to COUNTED + 1, which stands for more."""
        return await total_of(self._reader, _queue_count(filters.names()), **_binds(filters, now))

    async def insert(self, tx: AsyncSession, values: NewSubmission) -> None:
        await _INSERT.run(tx, values)

    async def release_claims(self, tx: AsyncSession, moderator_id: UUID, now: datetime) -> None:
        """Release what the moderator has claimed, unless they may decide on it."""
        await tx.execute(
            update(Submission)
            .where(
                Submission.state == SubmissionState.PENDING, Submission.claimed_by == moderator_id, not_(_CLAIM_COUNTS)
            )
            .values(claimed_by=None, claim_expires_at=None, updated_at=now, version=Submission.version + 1)
            .execution_options(synchronize_session=False)
        )

    async def trim_withdrawn(self, tx: AsyncSession, row: SubmissionRow) -> None:
        """Delete the oldest submissions of the same profile or service that were withdrawn."""
        of = {"owner_id": row["owner_id"], "profile_id": row["profile_id"], "service_id": row["service_id"]}
        await tx.execute(_TRIM, of)

    async def update(self, tx: AsyncSession, submission_id: UUID, changes: SubmissionChanges) -> None:
        await _UPDATE.run(tx, changes, submission_id=submission_id)
