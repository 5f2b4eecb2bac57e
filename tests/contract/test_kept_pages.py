"""Pages that are kept in Redis: each public read, which depends on its path and query alone."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import cast

import pytest
from pydantic import SecretStr

from tests.architecture.sources import IMPL
from tests.contract.contract_operations import OPERATIONS, Node, name_of
from tests.contract.scenario import Stage
from tests.contract.successes import prepare
from tests.harness.contract import Operation
from tests.harness.databases import Databases
from tests.harness.patience import PATIENCE
from tests.harness.redis import redis_server
from tests.harness.service import run_service

_CACHED = {one.id: cast("Node", one.raw.get("x-cache", {})) for one in OPERATIONS}
_PUBLIC = [one for one in OPERATIONS if _CACHED[one.id].get("scope") == "public"]
_SHARED = [one for one in _PUBLIC if _CACHED[one.id].get("shared", True)]
_ALONE = [one for one in _PUBLIC if one not in _SHARED]


@pytest.fixture(scope="module")
async def keeping(databases: Databases, worker_id: str) -> AsyncIterator[Stage]:
    """Return a stage on a service that keeps its pages."""
    with redis_server() as server:
        settings = {"redis_url": SecretStr(server.url), "redis_answer_seconds": 5.0}
        async with run_service(databases, "postgresql", f"keeping_{worker_id}", **settings) as service:
            stage = Stage(service)
            yield stage
            await stage.close()


@pytest.mark.parametrize("operation", _ALONE, ids=name_of)
async def test_what_is_dearer_to_keep_is_made_each_time(keeping: Stage, operation: Operation) -> None:
    call = await prepare(keeping, operation)
    assert {"age" in (await call.send(keeping.client)).headers for _ in range(3)} == {False}


@pytest.mark.parametrize("operation", _SHARED, ids=name_of)
async def test_a_public_read_is_kept_as_it_was(keeping: Stage, operation: Operation) -> None:
    call = await prepare(keeping, operation)
    made = await call.send(keeping.client)
    # The worker may still change what is shown: what was kept last is compared with what was made last.
    async with asyncio.timeout(PATIENCE):
        while "age" not in (answer := await call.send(keeping.client)).headers:
            made = answer
    assert (answer.status_code, answer.content) == (200, made.content)
    assert answer.headers["etag"] == made.headers["etag"]
    assert answer.headers.get("last-modified") == made.headers.get("last-modified")


@pytest.mark.parametrize(
    "path",
    [
        "/services?q=repair",
        "/services?q=repair&sort=price&currency=USD",
        "/services?q=repair&near=52.5,13.4&radius_km=50",
        "/services?q=r",
        "/services?near=52.5,13.4&radius_km=50&sort=distance",
        "/services/facets?q=repair",
        "/services/facets?near=52.5,13.4&radius_km=50",
        "/services/suggest?q=rep",
        "/providers?q=repair",
        "/providers?near=52.5,13.4&radius_km=50&sort=distance",
        "/places?q=ber",
    ],
)
async def test_a_search_is_kept_whatever_it_asks(keeping: Stage, path: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while "age" not in (answer := await keeping.client.get(path)).headers:
            assert answer.status_code == 200, answer.text


def _handlers(functions: set[str]) -> Iterator[ast.AsyncFunctionDef]:
    for path in IMPL.glob("*/*/handlers.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.AsyncFunctionDef) and node.name in functions:
                yield node


def test_the_handler_of_a_public_read_looks_at_no_client() -> None:
    functions = {"".join(f"_{one.lower()}" if one.isupper() else one for one in read.id) for read in _PUBLIC}
    handlers = list(_handlers(functions))
    assert {handler.name for handler in handlers} == functions
    for handler in handlers:
        used = {node.id for node in ast.walk(handler) if isinstance(node, ast.Name)}
        assert "client" not in used, f"{handler.name} answers one client otherwise than another"
