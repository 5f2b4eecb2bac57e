"""Handlers that list and end the caller's sessions."""

from typing import override
from uuid import UUID

from generated.routers.own_sessions import (
    AbstractOwnSessionsHandlers,
    EndOwnSessionNoContent,
    ListOwnSessionsOk,
    LogoutEverywhereNoContent,
)
from impl.identity.own_sessions.service import OwnSessionsService
from impl.identity.own_sessions.wire import session_of
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, capped


class OwnSessionsHandlers(AbstractOwnSessionsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: OwnSessionsService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def list_own_sessions(
        self, caller: Caller, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListOwnSessionsOk:
        scope = f"listOwnSessions {caller.user_id}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page = await self._service.page(caller.user_id, after=after, limit=limit)
        total = await self._service.count(caller.user_id) if include_total else None
        return ListOwnSessionsOk(
            {
                "items": [session_of(row, caller) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(
                    page, lambda row: (row["created_at"], row["id"]), scope=scope
                ),
                **capped(total),
            }
        )

    @override
    async def end_own_session(self, caller: Caller, *, session_id: UUID) -> EndOwnSessionNoContent:
        await self._service.end(caller, session_id)
        return EndOwnSessionNoContent()

    @override
    async def logout_everywhere(self, caller: Caller) -> LogoutEverywhereNoContent:
        await self._service.end_all(caller)
        return LogoutEverywhereNoContent()
