"""Production accepts HTTPS only, as its trusted proxy reports it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from impl.identity.capabilities.mails.service import MAILED_PATHS
from tests.harness.client import assert_problem, open_browser
from tests.harness.databases import Databases, Engine
from tests.harness.service import Service, run_service
from tests.harness.settings import production_settings

_TLS = {"X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
async def production(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    async with run_service(
        databases,
        engine,
        f"production_{worker_id}",
        **production_settings(),
        trusted_proxies=("127.0.0.1",),
    ) as running:
        yield running


@pytest.fixture
async def web(production: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that does not judge: what a proxy lets through is not in the contract."""
    async with open_browser(production.url) as opened:
        yield opened


@pytest.mark.parametrize("proto", [None, "http", "https, http", "nonsense", ""])
async def test_plain_http_is_refused(web: httpx.AsyncClient, proto: str | None) -> None:
    headers = {} if proto is None else {"X-Forwarded-Proto": proto}
    for path in ("/api/v1/categories", "/docs", "/api/v1/users/me", "/api/v1/openapi.yaml"):
        answer = await web.get(path, headers=headers)
        assert_problem(answer, 403, "forbidden")
        assert "strict-transport-security" not in answer.headers
        assert "location" not in answer.headers


async def test_through_tls_it_answers_and_tells_browsers_to_stay(web: httpx.AsyncClient) -> None:
    for path in ("/api/v1/categories", "/docs", "/api/v1/nowhere"):
        answer = await web.get(path, headers=_TLS)
        assert answer.status_code in {200, 404}
        assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


async def test_a_proxy_that_nobody_named_is_told_to_the_operator_once(
    databases: Databases, engine: Engine, worker_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        run_service(databases, engine, f"unnamed_{worker_id}", **production_settings(), trusted_proxies=()) as running,
        open_browser(running.url) as web,
    ):
        assert_problem(await web.get("/docs"), 403, "forbidden")
        told = [record.getMessage() for record in caplog.records if record.name == "hestami.edge"]
        assert told == [], "nobody forwards: the client itself spoke plain HTTP"
        for _ in range(3):
            assert_problem(await web.get("/docs", headers=_TLS), 403, "forbidden")
        (message,) = [record.getMessage() for record in caplog.records if record.name == "hestami.edge"]
        assert "127.0.0.1" in message
        assert "TRUSTED_PROXIES" in message


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/api/v1/health"])
async def test_probes_need_no_tls(web: httpx.AsyncClient, path: str) -> None:
    assert (await web.get(path)).status_code == 200


async def test_mailed_links_are_the_application_s_not_ours(web: httpx.AsyncClient) -> None:
    for path in MAILED_PATHS:
        assert (await web.get(path, headers=_TLS)).status_code == 404
