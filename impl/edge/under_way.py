"""Bound on the concurrent requests of a process; further ones are 503 with Retry-After at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from impl.edge.connections import CYCLE
from impl.kernel import presence
from impl.kernel.errors import Unavailable
from impl.kernel.presence import ClientGone, Presence

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from impl.edge.request_context import RequestContext

_REFUSAL: Final = "Too many requests are under way."


class UnderWay:
    """Counts requests from their arrival as a whole until their answer begins.

    Neither a body that comes slowly nor a stream that is open takes a place, or some clients would take all of them.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0

    def begin(self, scope: Scope, receive: Receive, context: RequestContext) -> Receive:
        """Count a request, now or when `receive` has returned all of it; raise Unavailable (503) and ClientGone.

        From here on nothing is begun for it once its client has gone.
        """
        cycle: RequestResponseCycle | None = scope.get(CYCLE)
        if cycle is None:
            return receive
        has_left = cycle.transport.is_closing
        if has_left():
            raise ClientGone
        presence.attach(Presence(has_left))
        if not cycle.more_body:
            self._count_in(context)
            return receive

        async def receive_and_count() -> Message:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body") and not context.is_under_way:
                self._count_in(context)
            return message

        return receive_and_count

    def end(self, context: RequestContext) -> None:
        """Count a request no more; does nothing for one that is not counted."""
        if context.is_under_way:
            context.is_under_way = False
            self._count -= 1

    def _count_in(self, context: RequestContext) -> None:
        if self._count >= self._most:
            raise Unavailable(_REFUSAL)
        context.is_under_way = True
        self._count += 1
