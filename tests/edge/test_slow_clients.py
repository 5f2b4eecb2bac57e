"""Clients that send slowly, or nothing at all, lose their connection."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit

from tests.harness.databases import Databases, Engine
from tests.harness.patience import PATIENCE
from tests.harness.service import run_service

_HEAD: Final = b"GET /api/v1/health/live HTTP/1.1\r\nHost: hestami.test\r\n"
_WHOLE: Final = _HEAD + b"\r\n"
_UPLOAD: Final = (
    b"POST /api/v1/auth/reset-password HTTP/1.1\r\nHost: hestami.test\r\n"
    b"Content-Type: application/json\r\nContent-Length: 30\r\n\r\n"
)


async def _answers(url: str, sent: bytes) -> int:
    """Send these bytes, wait until the service closes the connection, and return how many requests it has answered."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(sent)
    async with asyncio.timeout(PATIENCE):
        said = await reader.read()
    writer.close()
    return said.count(b"HTTP/1.1 ")


async def test_a_head_that_does_not_arrive_ends_the_connection(
    databases: Databases, engine: Engine, worker_id: str
) -> None:
    sent = (b"", _HEAD, _WHOLE + _HEAD, _WHOLE + _WHOLE + _HEAD)
    async with run_service(databases, engine, f"slow_{worker_id}", request_head_seconds=1.0) as service:
        answered = await asyncio.gather(*(_answers(service.url, one) for one in sent))
    # At most: a machine that stands still for a second has not even sent what is whole.
    assert all(count <= most for count, most in zip(answered, (0, 0, 1, 2), strict=True))


async def test_a_body_that_does_not_arrive_ends_the_connection(
    databases: Databases, engine: Engine, worker_id: str
) -> None:
    sent = (_UPLOAD, _UPLOAD + b'{"email": ', _WHOLE + _UPLOAD)
    async with run_service(databases, engine, f"slow_body_{worker_id}", request_body_seconds=0.5) as service:
        answered = await asyncio.gather(*(_answers(service.url, one) for one in sent))
    assert answered == [0, 0, 1]


async def test_who_has_sent_all_keeps_the_connection(databases: Databases, engine: Engine, worker_id: str) -> None:
    async with run_service(databases, engine, f"patient_{worker_id}", request_head_seconds=3.0) as service:
        address = urlsplit(service.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for _ in range(2):
            writer.write(_WHOLE)
            async with asyncio.timeout(PATIENCE):
                assert b" 200 " in await reader.readuntil(b"}")
            # By the time that a later connection is given up, this one would have been too.
            assert await _answers(service.url, b"") == 0
        writer.close()
