"""Anonymous clients are refused everywhere, before a byte of the body is read."""

from __future__ import annotations

import asyncio
from itertools import cycle
from urllib.parse import urlsplit

from tests.contract.contract_operations import CONTRACT, OPERATIONS, PROBLEMS, bodies, is_public, parameters
from tests.contract.scenario import Stage
from tests.harness.contract import Operation
from tests.harness.patience import PATIENCE
from tests.harness.service import Service

_NOBODYS = "01980000-0000-7000-8000-00000000dead"
_CLOSED = [operation for operation in OPERATIONS if not is_public(operation)]
_MALFORMED = {
    "another-scheme": "Basic aGVsZW46c2VjcmV0",
    "no-token": "Bearer",
    "no-scheme": "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
    "not-a-token": "Bearer not-a-token",
    "unsigned": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    "odd-bytes": "Bearer \u00ff\u00fe",
    "two-tokens": "Bearer a.b.c, Bearer d.e.f",
    "very-long": "Bearer " + "a" * 8000,
}


def _path(operation: Operation) -> str:
    return operation.path.format(**dict.fromkeys(parameters(operation, "path"), _NOBODYS))


def test_there_are_operations_for_the_signed_in() -> None:
    assert len(_CLOSED) > 20


async def test_without_a_token_and_with_a_malformed_one(stage: Stage) -> None:
    # Each operation refuses one of them: one guard reads the token for all, as the request without one shows.
    for operation, (name, malformed) in zip(_CLOSED, cycle(_MALFORMED.items()), strict=False):
        answer = await stage.client.request(operation.method, _path(operation))
        told = answer.status_code, answer.json()["type"]
        assert told == (401, f"{PROBLEMS}unauthenticated"), f"{operation.id}: {answer.text}"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer"), operation.id

        headers = [(b"Authorization", malformed.encode("latin-1"))]
        answer = await stage.client.request(operation.method, _path(operation), headers=headers)
        told = answer.status_code, answer.json()["type"]
        assert told == (401, f"{PROBLEMS}invalid-token"), f"{operation.id}, {name}: {answer.text}"
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"], f"{operation.id}, {name}"


async def test_a_token_in_the_query_is_none(stage: Stage) -> None:
    person = await stage.shared("HOMEOWNER")
    for operation in _CLOSED:
        answer = await stage.client.request(
            operation.method, _path(operation), params={"access_token": person.access_token}
        )
        told = answer.status_code, answer.json()["type"]
        assert told == (401, f"{PROBLEMS}unauthenticated"), f"{operation.id}: {answer.text}"


async def test_before_the_body_is_read(service: Service) -> None:
    """Promise a body and never send it: an answer can only come from a guard that did not wait for it."""
    for operation in (operation for operation in _CLOSED if bodies(operation)):
        await _promise(service, operation)


async def _promise(service: Service, operation: Operation) -> None:
    parts = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        head = (
            f"{operation.method} {CONTRACT.prefix}{_path(operation)} HTTP/1.1\r\n"
            f"Host: {parts.netloc}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        )
        writer.write(head.encode("ascii"))
        await writer.drain()
        async with asyncio.timeout(PATIENCE):
            status = await reader.readline()
        assert status.startswith(b"HTTP/1.1 401 "), f"{operation.id}: {status!r}"
    finally:
        writer.close()
        await writer.wait_closed()
