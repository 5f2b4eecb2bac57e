"""Protocol of the guard that generated code calls before each operation."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from starlette.requests import Request

from openapi.runtime.wire import Operation, Reply


class Guard[CallerT, ClientT](Protocol):
    """Decides whether a request may go on, before a byte of its body is read."""

    async def admit(self, request: Request, operation: Operation) -> ClientT:
        """Let anyone in to a public operation, or refuse with 429, 406."""
        ...

    async def authorize(self, request: Request, operation: Operation) -> CallerT:
        """Find out who calls and whether they may, or refuse with 401, 403, 429, 406, in this order."""
        ...

    async def once(self, request: Request, operation: Operation, caller: CallerT, payload: bytes) -> CallerT | Reply:
        """Return the stored reply of a repeated idempotent request, or the caller with the request's key."""
        ...

    async def cached(self, request: Request, operation: Operation, make: Callable[[], Awaitable[Reply]]) -> Reply:
        """Return the reply of a public read that anybody may keep, made now or kept and still true."""
        ...

    def preferred[MediaT: str](self, request: Request, offered: tuple[MediaT, ...]) -> MediaT:
        """Return the media type that the client likes best of these, the first of those that it likes alike."""
        ...
