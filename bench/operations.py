"""Cost of an operation that does nothing, by the number of operations: one tree, or routers included in an app.

Run as a program, it measures one kind and number, so that nothing of another one is in its process:
`python -m bench.operations tree 260`.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Response
from starlette.requests import Request
from starlette.types import Message

from bench.servers import ROOT
from openapi.runtime.routing import OperationRoute, SegmentTree
from openapi.runtime.wire import Operation, RateLimitPolicy, Reply

COUNTS: Final = (10, 65, 130, 260)
_PER_ROUTER: Final = 13
_CALLS: Final = 2_000
_ROUNDS: Final = 5
_POLICY: Final = RateLimitPolicy(name="none", quota=1, window=1, partition="address")
_BODY: Final = b"{}"


def tree(count: int) -> FastAPI:
    """Build the routes as the service does."""

    async def respond(_: Request) -> Reply:
        return Reply(200, {"content-type": "application/json"}, _BODY)

    app = FastAPI(openapi_url=None)
    app.router.routes.append(SegmentTree(OperationRoute(_operation(number), respond) for number in range(count)))
    return app


def routers(count: int) -> FastAPI:
    """Build the routes as FastAPI's tutorial does, with a response that is as ready as the other's."""

    async def respond(item_id: str) -> Response:
        return Response(_BODY, media_type="application/json")

    app = FastAPI(openapi_url=None)
    for first in range(0, count, _PER_ROUTER):
        router = APIRouter(prefix=f"/api/v1/group-{first // _PER_ROUTER}")
        for number in range(first, min(first + _PER_ROUTER, count)):
            router.add_api_route(f"/things-{number}/{{item_id}}", respond, methods=["GET"])
        app.include_router(router)
    return app


KINDS: Final[dict[str, Callable[[int], FastAPI]]] = {"tree": tree, "routers": routers}


def measure() -> dict[str, dict[int, float]]:
    """Measure the microseconds of processor time of a call of the last operation, by kind and number."""
    return {kind: {count: _in_own_process(kind, count) for count in COUNTS} for kind in KINDS}


def _in_own_process(kind: str, count: int) -> float:
    command = [sys.executable, "-m", "bench.operations", kind, str(count)]
    return float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def _operation(number: int) -> Operation:
    return Operation(
        id=f"operation{number}",
        method="GET",
        path=f"/api/v1/group-{number // _PER_ROUTER}/things-{number}/{{item_id}}",
        tag="bench",
        public=True,
        rate_limit=_POLICY,
        statuses=frozenset({200}),
    )


async def _timed(app: FastAPI, path: str) -> float:
    statuses: list[int] = []
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"host", b"localhost"), (b"accept", b"application/json")],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def calls() -> float:
        started = time.process_time()
        for _ in range(_CALLS):
            await app(scope | {"state": {}}, receive, send)
        return (time.process_time() - started) / _CALLS * 1e6

    # The best round is the one that was disturbed least.
    best = min([await calls() for _ in range(_ROUNDS)])
    if set(statuses) != {200}:
        raise RuntimeError(f"the operation at {path} answered {set(statuses)}")
    return best


def main() -> None:
    kind, count = sys.argv[1], int(sys.argv[2])
    last = count - 1
    path = f"/api/v1/group-{last // _PER_ROUTER}/things-{last}/42"
    sys.stdout.write(str(asyncio.run(_timed(KINDS[kind](count), path))))


if __name__ == "__main__":
    main()
