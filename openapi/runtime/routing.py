"""Routes that are found by segments of the path, and called without a dependency graph."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import aclosing
from typing import override
from urllib.parse import quote, unquote

from fastapi.routing import APIRoute
from starlette.datastructures import URLPath
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Message, Receive, Scope, Send

from openapi.runtime.bodies import UPLOADS
from openapi.runtime.conditions import finish
from openapi.runtime.streaming import chunks_of, send_events
from openapi.runtime.wire import CompressedReply, EventReply, FileReply, Operation, Refusal, Reply

# Key of the message that begins a 304.
UNSENT = "hestami.unsent"
# Key of the message that begins a response whose body is compressed already.
COMPRESSED = "hestami.compressed"

type Respond = Callable[[Request], Awaitable[Reply]]


def start_message(reply: Reply) -> Message:
    """Return the ASGI message that begins the response: status, headers, and the length of what follows."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    if reply.status not in {204, 304} and not isinstance(reply, EventReply | FileReply):
        headers.append((b"content-length", str(len(reply.body)).encode("ascii")))
    return {"type": "http.response.start", "status": reply.status, "headers": headers}


class OperationRoute(APIRoute):
    """Route of one operation: its generated function reads the request, calls the handler and returns the reply."""

    def __init__(self, operation: Operation, respond: Respond) -> None:
        self.operation = operation
        self.respond = respond
        self.ids = tuple(
            (index, segment[1:-1]) for index, segment in enumerate(_segments(operation.path)) if segment[0] == "{"
        )
        super().__init__(
            operation.path,
            self._endpoint,
            methods=[operation.method],
            name=operation.id,
            operation_id=operation.id,
            tags=[operation.tag],
            deprecated=operation.deprecated or None,
            response_model=None,
        )
        # FastAPI's app opens two exit stacks and wraps exceptions per request; the program's own
        # exception middleware renders problems already, and nothing here needs the stacks.
        self.app = self._serve

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        return self._endpoint

    async def _endpoint(self, request: Request) -> Response:
        reply = finish(self.operation, request, await self.respond(request))
        if isinstance(reply, FileReply):
            return StreamingResponse(reply.chunks, reply.status, dict(reply.headers))
        if isinstance(reply, EventReply):
            return StreamingResponse(chunks_of(reply), reply.status, dict(reply.headers))
        return Response(reply.body, reply.status, dict(reply.headers))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        try:
            made = await self.respond(request)
            reply = finish(self.operation, request, made)
        finally:
            for upload in scope.get(UPLOADS, ()):
                upload.file.close()
        if isinstance(reply, FileReply):
            await _send_file(reply, send, is_head=scope["method"] == "HEAD")
            return
        start = start_message(reply)
        if reply.status == 304:
            # For whoever compresses: the size and type of what is not sent again decide which ETag it has.
            size = made.plain_size if isinstance(made, CompressedReply) else len(made.body)
            start[UNSENT] = size, made.headers.get("content-type", "")
        elif isinstance(reply, CompressedReply):
            start[COMPRESSED] = reply.coding
        if isinstance(reply, EventReply):
            await send_events(reply, start, receive, send, is_head=scope["method"] == "HEAD")
            return
        await send(start)
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})


async def _send_file(reply: FileReply, send: Send, *, is_head: bool) -> None:
    # Closed at once, also when the client has gone: what the chunks are read from is open until then.
    async with aclosing(reply.chunks) as chunks:
        await send(start_message(reply))
        if not is_head:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class _Node:
    """Segment of a path, with the segments that follow and the operations that end here."""

    __slots__ = ("parameter", "routes", "statics")

    def __init__(self) -> None:
        self.statics: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.routes: dict[str, OperationRoute] = {}

    def find(self, segments: list[str], depth: int = 0) -> "_Node | None":
        """Return the node of these segments; a static one is preferred, but not at the price of finding none."""
        if depth == len(segments):
            return self if self.routes else None
        segment = segments[depth]
        static = self.statics.get(segment)
        found = static.find(segments, depth + 1) if static is not None else None
        if found is None and self.parameter is not None and segment:
            return self.parameter.find(segments, depth + 1)
        return found


class SegmentTree(BaseRoute):
    """Route over all operations: finding one costs the depth of its path, however many there are."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self.routes: list[OperationRoute] = []
        self._root = _Node()
        self._slashes_max = 0
        for route in routes:
            if not isinstance(route, OperationRoute):
                raise TypeError(f"{route!r} is not an operation of the contract")
            self._add(route)

    def _add(self, route: OperationRoute) -> None:
        node = self._root
        self._slashes_max = max(self._slashes_max, route.operation.path.count("/"))
        for segment in _segments(route.operation.path):
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.statics.setdefault(segment, _Node())
        if route.operation.method in node.routes:
            raise ValueError(
                f"{route.operation.id} and {node.routes[route.operation.method].operation.id} share a path"
            )
        node.routes[route.operation.method] = route
        self.routes.append(route)

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        if _raw_path(scope).count("/") > self._slashes_max:
            # Deeper than any operation: unescaping thousands of segments would cost more than any honest request.
            return Match.NONE, {}
        segments = _requested_segments(scope)
        node = self._root.find(segments)
        if node is None:
            return Match.NONE, {}
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        route = node.routes.get(method)
        if route is None:
            return Match.FULL, {"allowed_methods": _allowed(node.routes)}
        values = {name: segments[index] for index, name in route.ids}
        return Match.FULL, {"endpoint": route.endpoint, "operation_route": route, "path_params": values}

    @override
    def url_path_for(self, name: str, /, **path_params: str) -> URLPath:
        for route in self.routes:
            if route.name == name:
                return route.url_path_for(name, **path_params)
        raise NoMatchFound(name, path_params)

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = scope.get("operation_route")
        if not isinstance(route, OperationRoute):
            allowed = scope["allowed_methods"]
            raise Refusal(405, "method-not-allowed", f"Allowed here: {allowed}.", headers={"allow": allowed})
        scope["route"] = route
        await route.app(scope, receive, send)


def _segments(path: str) -> list[str]:
    return path.removeprefix("/").split("/")


def _requested_segments(scope: Scope) -> list[str]:
    """Return the segments of the requested path, unescaped.

    It is split first, so that an escaped slash stays inside its segment; bytes that are not UTF-8 stay visible.
    """
    segments = _segments(_raw_path(scope))
    return [unquote(segment, errors="surrogateescape") if "%" in segment else segment for segment in segments]


def _raw_path(scope: Scope) -> str:
    """Return the path as it was sent, escapes and all, below where the program is mounted."""
    raw: bytes | None = scope.get("raw_path")
    path = quote(scope["path"]) if raw is None else raw.partition(b"?")[0].decode("latin-1")
    return path.removeprefix(scope.get("root_path", ""))


def _allowed(methods: Iterable[str]) -> str:
    listed = set(methods)
    return ", ".join(sorted(listed | {"HEAD"} if "GET" in listed else listed))
