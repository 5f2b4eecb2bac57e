"""Service that describes the caller's sessions in plain words, and ends one or all of them."""

from typing import Final
from uuid import UUID

from impl.identity.capabilities.authentication.service import SessionsService
from impl.identity.capabilities.authentication.tables import EndReason
from impl.identity.own_sessions.repository import OwnSessionRepository, SessionRow
from impl.kernel import audit
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.paging import Moment, Page, fetched

__all__ = ["UNKNOWN", "OwnSessionsService", "SessionRow", "device_of"]

UNKNOWN: Final = "Unknown device"
_PROGRAM_MAX: Final = 40
# Ordered, because most browsers also name those with which they claim to be compatible.
_PROGRAMS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


class OwnSessionsService:
    def __init__(self, *, database: Database, clock: Clock, sessions: SessionsService) -> None:
        self._database = database
        self._clock = clock
        self._sessions = sessions
        self._repository = OwnSessionRepository(database.reader)

    async def page(self, user_id: UUID, *, after: Moment | None, limit: int) -> Page[SessionRow]:
        found = await self._repository.page(user_id, now=self._clock.now(), after=after, limit=fetched(limit))
        return Page.of(found, limit)

    async def count(self, user_id: UUID) -> int:
        return await self._repository.count(user_id, now=self._clock.now())

    async def end(self, caller: Caller, session_id: UUID) -> None:
        async with self._database.begin() as tx:
            if not await self._sessions.end_one(tx, caller.user_id, session_id, EndReason.SIGNED_OUT):
                raise NotFound
            await audit.record(tx, "session.ended", caller, subject=("session", session_id))

    async def end_all(self, caller: Caller) -> None:
        async with self._database.begin() as tx:
            ended = await self._sessions.end_all(tx, caller.user_id, EndReason.SIGNED_OUT)
            await audit.record(
                tx, "session.all_ended", caller, subject=("user", caller.user_id), data={"ended_sessions": ended}
            )


def device_of(user_agent: str) -> str:
    """Describe the device of a User-Agent header as its owner would recognise it."""
    program = next((name for mark, name in _PROGRAMS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if program is None:
        # Programs other than browsers begin with their own name (RFC 9110, section 10.1.5).
        named = user_agent.split("/", 1)[0].split(" ", 1)[0][:_PROGRAM_MAX]
        program = named if named.isprintable() and named not in {"", "Mozilla"} else None
    if program is None:
        return UNKNOWN if system is None else system
    return program if system is None else f"{program} on {system}"
