"""Statements on preferences, on the mails of an hour, and on what digests collect."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, case, delete, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import AccountState
from impl.identity.capabilities.users.tables import User
from impl.kernel.database import take_turns
from impl.kernel.paging import LIMIT
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import UtcDateTime, core_table
from impl.kernel.upserts import upsert_into
from impl.marketplace.capabilities.notice_mails.tables import (
    NewPreferences,
    NotificationDigest,
    NotificationMailHour,
    NotificationPreferences,
    PreferenceChanges,
    Wishes,
)
from impl.marketplace.capabilities.notices.tables import NotificationGroup, NotificationKind

_PREFERENCES: Final = core_table(NotificationPreferences)
_HOURS: Final = core_table(NotificationMailHour)
_DIGESTS: Final = core_table(NotificationDigest)


class PreferencesRow(Wishes):
    created_at: datetime
    updated_at: datetime
    version: int


class DigestRow(TypedDict):
    account_id: UUID
    kind: NotificationKind
    events: int


class _Account(TypedDict):
    account_id: UUID


_THERE: Final = select(User.id).where(User.id == bindparam("account_id"), User.state != AccountState.ERASED)
_OWN: Final = select(
    NotificationPreferences.choices,
    NotificationPreferences.quiet_starts,
    NotificationPreferences.quiet_ends,
    NotificationPreferences.time_zone,
    NotificationPreferences.language,
    NotificationPreferences.created_at,
    NotificationPreferences.updated_at,
    NotificationPreferences.version,
).where(NotificationPreferences.account_id == bindparam("account_id"))
_FOUND: Final = Query(_OWN, PreferencesRow)
_LOCKED: Final = Query(_OWN.with_for_update(), PreferencesRow)
_INSERT: Final = Command(insert(_PREFERENCES), NewPreferences)
_UPDATE: Final = Command(
    update(_PREFERENCES)
    .where(_PREFERENCES.c.account_id == bindparam("whose"))
    .values(version=_PREFERENCES.c.version + 1),
    PreferenceChanges,
)
_IS_DUE: Final = NotificationDigest.due_at <= bindparam("now", type_=UtcDateTime())
_ANY_DUE: Final = Query(select(NotificationDigest.account_id).where(_IS_DUE).limit(1), _Account)
DUE: Final = Query(
    select(NotificationDigest.account_id, NotificationDigest.kind, NotificationDigest.events)
    .where(_IS_DUE)
    .order_by(NotificationDigest.due_at, NotificationDigest.account_id)
    .limit(LIMIT)
    .with_for_update(skip_locked=True),
    DigestRow,
)


class NoticeMailRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, account_id: UUID) -> PreferencesRow | None:
        return await self._reader.first(_FOUND, account_id=account_id)

    async def lock(self, tx: AsyncSession, account_id: UUID) -> PreferencesRow | None:
        """Return the preferences, locked, also against a concurrent first setting."""
        await take_turns(tx, b"notification preferences" + account_id.bytes)
        return await _LOCKED.fetch_first(tx, account_id=account_id)

    async def is_there(self, tx: AsyncSession, account_id: UUID) -> bool:
        """Return whether an account is not erased, and let nobody erase it before the transaction ends."""
        return await tx.scalar(_THERE.with_for_update(read=True), {"account_id": account_id}) is not None

    async def get(self, tx: AsyncSession, account_id: UUID) -> PreferencesRow:
        return await _FOUND.fetch_one(tx, account_id=account_id)

    async def insert(self, tx: AsyncSession, values: NewPreferences) -> None:
        await _INSERT.run(tx, values)

    async def update(self, tx: AsyncSession, account_id: UUID, changes: PreferenceChanges) -> None:
        await _UPDATE.run(tx, changes, whose=account_id)

    async def count_mail(
        self, tx: AsyncSession, account_id: UUID, group: NotificationGroup, now: datetime, hour_ago: datetime
    ) -> tuple[int, datetime]:
        """Count one more mail of a group; return how many there are within the hour, and when that began."""
        is_over = _HOURS.c.began_at <= hour_ago
        counted = (
            upsert_into(tx, _HOURS)
            .values(account_id=account_id, notification_group=group, began_at=now, mails=1)
            .on_conflict_do_update(
                index_elements=[_HOURS.c.account_id, _HOURS.c.notification_group],
                set_={
                    "mails": case((is_over, 1), else_=_HOURS.c.mails + 1),
                    "began_at": case((is_over, now), else_=_HOURS.c.began_at),
                },
            )
            .returning(_HOURS.c.mails, _HOURS.c.began_at)
        )
        mails, began_at = (await tx.execute(counted)).one()
        return mails, began_at

    async def collect(self, tx: AsyncSession, account_id: UUID, kind: NotificationKind, due_at: datetime) -> None:
        """Count one more event for the next digest, which is sent when it was due for the first of them."""
        await tx.execute(
            upsert_into(tx, _DIGESTS)
            .values(account_id=account_id, kind=kind, events=1, due_at=due_at)
            .on_conflict_do_update(
                index_elements=[_DIGESTS.c.account_id, _DIGESTS.c.kind], set_={"events": _DIGESTS.c.events + 1}
            )
        )

    async def has_due(self, now: datetime) -> bool:
        return await self._reader.first(_ANY_DUE, now=now) is not None

    async def lock_due(self, tx: AsyncSession, now: datetime, *, limit: int) -> Sequence[DigestRow]:
        """Return due digests, without those that another worker has locked."""
        return await DUE.fetch_all(tx, now=now, limit=limit)

    async def delete(self, tx: AsyncSession, rows: Sequence[DigestRow]) -> None:
        keys = [(row["account_id"], row["kind"]) for row in rows]
        await tx.execute(delete(_DIGESTS).where(tuple_(_DIGESTS.c.account_id, _DIGESTS.c.kind).in_(keys)))
