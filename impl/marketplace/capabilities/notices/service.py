"""Notices inside the transactions of those who cause them.

They are written at the end of the transaction, in the order of the accounts: the lock of a box is the last one that is
taken, and held for one statement. An account's numbers become visible in their order.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from impl.identity.capabilities.letters.service import languages_of
from impl.kernel.database import clock_of
from impl.kernel.ids import new_id
from impl.marketplace.capabilities.notices.repository import (
    is_written,
    lock_box,
    mark_all,
    mark_one,
    mute,
    set_unread,
    write,
)
from impl.marketplace.capabilities.notices.tables import (
    NewNotification,
    NotificationGroup,
    NotificationKind,
    NotificationSubjectKind,
    bit_of,
)

__all__ = [
    "About",
    "NotificationKind",
    "NotificationSubjectKind",
    "mark_read",
    "notify",
    "notify_once",
    "set_muted",
    "title_of",
]

_WAITING: Final = "notifications"
# Notifications of one statement.
_MOST: Final = 50
_TITLES: Final[Mapping[str, Mapping[str, str]]] = json.loads(
    Path(__file__).with_name("titles.json").read_text(encoding="utf-8")
)


@dataclass(frozen=True, slots=True)
class About:
    """Reference to the subject of a notification; a thread is named by its recipient, and the inquiry beside it."""

    kind: NotificationSubjectKind
    id: UUID
    inquiry_id: UUID | None = None


async def notify_once(
    tx: AsyncSession, kind: NotificationKind, account_id: UUID, about: About, *, notification_id: UUID
) -> None:
    """Notify somebody, unless an earlier attempt of the same outbox message has done so under this id."""
    if not await is_written(tx, notification_id):
        notify(tx, kind, account_id, about, notification_id=notification_id)


def notify(
    tx: AsyncSession,
    kind: NotificationKind,
    account_id: UUID,
    about: About,
    *,
    notification_id: UUID | None = None,
) -> None:
    """Notify somebody of what this transaction does; it is written when everything else is."""
    waiting: list[NewNotification] = tx.info.setdefault(_WAITING, [])
    if not waiting:
        event.listen(tx.sync_session, "before_commit", _write, once=True)
    waiting.append(
        {
            "id": notification_id or new_id(),
            "account_id": account_id,
            "kind": kind,
            "subject_kind": about.kind,
            "subject_id": about.id,
            "inquiry_id": about.inquiry_id,
            "created_at": clock_of(tx).now(),
        }
    )


def _write(session: Session) -> None:
    waiting: list[NewNotification] = session.info.pop(_WAITING)
    by_account = sorted(waiting, key=lambda one: one["account_id"])
    for some in batched(by_account, _MOST):
        write(session, some)


async def set_muted(tx: AsyncSession, account_id: UUID, groups: Iterable[NotificationGroup]) -> None:
    """Show an account nothing of these groups in the application from now on, and all of the others."""
    await mute(tx, account_id, sum(map(bit_of, set(groups))))


async def mark_read(tx: AsyncSession, account_id: UUID, *, one: UUID | None = None, last_number: int = 0) -> int:
    """Mark one notification of an account as read, or all up to a number; return how many are left.

    What comes meanwhile waits for the box, and is counted after that.
    """
    unread = await lock_box(tx, account_id)
    now = clock_of(tx).now()
    marked = await (mark_all(tx, account_id, last_number, now) if one is None else mark_one(tx, account_id, one, now))
    if marked:
        await set_unread(tx, account_id, unread - marked)
    return unread - marked


def title_of(kind: str, locale: str) -> str:
    """Return the short text of a kind, in the nearest language that has texts."""
    language = next(language for language in languages_of(locale) if language in _TITLES)
    return _TITLES[language][kind]
