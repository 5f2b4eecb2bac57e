"""Requests and connections are freed when they end: the garbage collector runs too seldom for thousands of them.

Streams are left out: one that is cut ends by cancellation, whose traceback refers to itself.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from impl.edge.connections import BoundedProtocol, WholeWrites
from impl.edge.request_context import RequestContext
from impl.kernel.presence import Presence
from tests.harness.accounts import Accounts
from tests.harness.patience import PATIENCE
from tests.harness.service import Service

_KINDS: Final = (BoundedProtocol, FlowControl, RequestContext, RequestResponseCycle, Presence, WholeWrites)
_ROUNDS: Final = 10
# What may hold the request that made it: connections to the database, of which a few more are opened when requests
# meet, and a request that has not ended yet. A kind of request that leaves itself does so twice a round.
_HELD: Final = _ROUNDS
_RESET: Final = struct.pack("ii", 1, 0)
_HOST: Final = b"Host: hestami.test\r\n"
_JSON: Final = b"Content-Type: application/json\r\nContent-Length: "


@contextmanager
def _without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _alive() -> Counter[str]:
    return Counter(kind.__name__ for found in gc.get_objects() for kind in _KINDS if type(found) is kind)


def _ask_and_leave(service: Service, request: bytes, *, is_reset: bool) -> None:
    """Send a request, read the beginning of its answer, if it has one, and end the connection."""
    address = urlsplit(service.url)
    with socket.create_connection((address.hostname, address.port), PATIENCE) as connection:
        connection.sendall(request)
        if request.endswith((b"\r\n\r\n", b"{}")):
            assert connection.recv(9) == b"HTTP/1.1 "
        if is_reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


async def test_a_request_leaves_nothing_to_the_garbage_collector(service: Service, accounts: Accounts) -> None:
    token = (await accounts.make()).access_token.encode()
    signed = _HOST + b"Authorization: Bearer " + token + b"\r\n"
    requests = [
        b"GET /health/live HTTP/1.1\r\n" + _HOST + b"\r\n",
        b"GET /api/v1/users/me HTTP/1.1\r\n" + signed + b"\r\n",
        b"GET /api/v1/users/me HTTP/1.1\r\n" + _HOST + b"\r\n",
        b"GET /api/v1/services HTTP/1.1\r\nAccept-Encoding: gzip\r\n" + _HOST + b"\r\n",
        b"HEAD /api/v1/categories HTTP/1.1\r\n" + _HOST + b"\r\n",
        b"GET /api/v1/nothing HTTP/1.1\r\n" + _HOST + b"\r\n",
        b"GET /docs HTTP/1.1\r\n" + _HOST + b"\r\n",
        b"POST /api/v1/auth/login HTTP/1.1\r\n" + _HOST + _JSON + b"2\r\n\r\n{}",
        # Of which the rest never comes.
        b"POST /api/v1/auth/login HTTP/1.1\r\n" + _HOST + _JSON + b"30\r\n\r\n{",
        b"GET /api/v1/categories HTTP/1.1\r\n",
        b"",
    ]
    for request in requests:
        # What is made once, at the first request of its kind, stays.
        await asyncio.to_thread(_ask_and_leave, service, request, is_reset=False)
    with _without_collector():
        before = _alive()
        for is_reset in (False, True) * _ROUNDS:
            for request in requests:
                await asyncio.to_thread(_ask_and_leave, service, request, is_reset=is_reset)
        async with asyncio.timeout(PATIENCE):
            # The service hears of the ends while it answers others.
            while max((_alive() - before).values(), default=0) > _HELD:
                await asyncio.to_thread(_ask_and_leave, service, requests[0], is_reset=False)
