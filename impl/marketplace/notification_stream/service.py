"""Service of live streams of an account's notifications."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import SystemRandom
from typing import Final, Self
from uuid import UUID

from impl.kernel.caller import Caller
from impl.kernel.database import Database
from impl.kernel.errors import RateLimited, Unavailable
from impl.kernel.wakeups import Wakeups
from impl.marketplace.notifications.service import BoxRow, NotificationsService, StreamedRow

__all__ = ["Beginning", "NotificationStream", "NotificationStreamService", "Position", "StreamLimits", "StreamedRow"]

type IsLive = Callable[[Caller], Awaitable[bool]]

# Rows that a stream has in its hands while they are sent.
_PAGE: Final = 20
# Notifications that are sent to one who comes back; who has missed more begins anew.
MISSED_MAX: Final = 1000
# Streams that look at the database at once: wake-ups of all of them must not keep requests from it.
_LOOKING_MAX: Final = 4
# Part of its time by which a stream may end earlier, so that those which began together do not come back together.
_EARLIER: Final = 0.1
_LATER: Final = {"Retry-After": "30"}
_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Limits of streams: seconds of life, seconds between signs of it, and how many there are at once in a process."""

    seconds: float
    heartbeat_seconds: float
    per_account: int
    in_all: int


class Beginning(StrEnum):
    """First event of a stream, or of one that begins anew."""

    OPENED = "OPENED"
    RESET = "RESET"


@dataclass(frozen=True, slots=True)
class Position:
    """Position of a stream: the next notifications have higher numbers."""

    beginning: Beginning
    number: int
    unread_count: int


class NotificationStream:
    """Stream of one account: notifications as they are committed, in the order of their numbers, none twice.

    While nothing happens it holds its position, and no connection.
    """

    __slots__ = (
        "_caller",
        "_end",
        "_first",
        "_is_live",
        "_number",
        "_page",
        "_service",
        "_subscription",
        "locale",
    )

    def __init__(
        self, service: "NotificationStreamService", caller: Caller, first: Position, locale: str, is_live: IsLive
    ) -> None:
        self.locale = locale
        self._service = service
        self._caller = caller
        self._is_live = is_live
        self._first: Position | None = first
        self._number = first.number
        self._page: list[StreamedRow] = []
        self._subscription = service.wakeups.subscribe(caller.user_id)
        self._end = asyncio.get_running_loop().time() + service.lifetime()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Position | StreamedRow | None:
        """Return the first event, then each notification, and None if a heartbeat is due."""
        if self._first is not None:
            first, self._first = self._first, None
            return first
        while not self._page:
            self._subscription.renew()
            found = await self._service.look(self._caller, self._number, self._is_live)
            if found is None:
                raise StopAsyncIteration
            if isinstance(found, Position):
                self._number = found.number
                return found
            if found:
                self._page = list(reversed(found))
                break
            if asyncio.get_running_loop().time() >= self._end or self._service.wakeups.is_draining:
                raise StopAsyncIteration
            left = self._end - asyncio.get_running_loop().time()
            heartbeat = self._service.limits.heartbeat_seconds
            if not await self._subscription.wait(min(heartbeat, left)) and left > heartbeat:
                return None
        row = self._page.pop()
        self._number = row["number"]
        return row

    async def aclose(self) -> None:
        """Release the place of the stream, which is not read any more."""
        self._page = []
        self._subscription.end()
        self._service.left(self._caller.user_id)


class NotificationStreamService:
    def __init__(self, database: Database, notifications: NotificationsService, limits: StreamLimits) -> None:
        self.limits = limits
        self.wakeups: Wakeups = database.wakeups
        self._notifications = notifications
        self._looking = asyncio.Semaphore(_LOOKING_MAX)
        self._open: Counter[UUID] = Counter()

    @property
    def open_count(self) -> int:
        """Number of streams that are open in this process."""
        return self._open.total()

    async def open(self, caller: Caller, last: int | None, is_live: IsLive) -> NotificationStream:
        """Open a stream after the notification with the number `last`, or else after all that there are.

        `is_live` says whether the caller's session goes on. Raises RateLimited (429) and Unavailable (503) when there
        are too many streams already. Whoever has the stream closes it.
        """
        self._refuse_too_many(caller.user_id)
        now = await self._notifications.box(caller)
        # Others may have come meanwhile.
        self._refuse_too_many(caller.user_id)
        self._open[caller.user_id] += 1
        return NotificationStream(self, caller, _beginning(now, last), now["locale"], is_live)

    async def look(self, caller: Caller, number: int, is_live: IsLive) -> Sequence[StreamedRow] | Position | None:
        """Return the notifications after a number, or the position of a reset; None if the session has ended.

        Only a few look at once. While the database cannot be reached, nothing has come.
        """
        async with self._looking:
            try:
                if not await is_live(caller):
                    return None
                rows = await self._notifications.after(caller, number, limit=_PAGE)
                if not rows or rows[-1]["number"] == number + len(rows):
                    return rows
                # Some have been deleted since, as those are that were read long ago.
                now = await self._notifications.box(caller)
            except Unavailable:
                return ()
        return Position(Beginning.RESET, now["last_number"], now["unread_count"])

    def left(self, account_id: UUID) -> None:
        """Release the place of a closed stream."""
        self._open[account_id] -= 1
        if not self._open[account_id]:
            del self._open[account_id]

    def lifetime(self) -> float:
        return self.limits.seconds * (1 - _EARLIER * _random.random())

    def _refuse_too_many(self, account_id: UUID) -> None:
        if self._open[account_id] >= self.limits.per_account:
            raise RateLimited(
                f"The account has {self.limits.per_account} streams open: close one, or share one.", headers=_LATER
            )
        if self.wakeups.is_draining or self.open_count >= self.limits.in_all:
            raise Unavailable("There is no room for another stream: ask for the notifications instead.", headers=_LATER)


def _beginning(now: BoxRow, last: int | None) -> Position:
    """Return where a stream begins; one with an unknown or very old id begins anew."""
    missed = 0 if last is None else now["last_number"] - last
    if last is None or missed < 0 or missed > MISSED_MAX:
        beginning = Beginning.OPENED if last is None else Beginning.RESET
        return Position(beginning, now["last_number"], now["unread_count"])
    return Position(Beginning.OPENED, last, now["unread_count"])
