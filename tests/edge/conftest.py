"""Service behind a proxy with the contract's own quotas, which the shared one does not have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.harness.chromium import Page, open_browser
from tests.harness.databases import Databases, Engine

if TYPE_CHECKING:
    from tests.harness.service import Service

ORIGIN = "https://app.hestami.test"


@pytest.fixture(scope="session")
async def proxied(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Return a service that trusts this machine as a proxy, allows one origin and counts as the contract says."""
    from tests.harness.service import run_service  # noqa: PLC0415 - not every test needs it

    async with run_service(
        databases,
        engine,
        f"proxied_{worker_id}",
        trusted_proxies=("127.0.0.1",),
        cors_origins=(ORIGIN,),
        cors_headers=("X-Of-The-Operator",),
        rate_limit_scale=1,
    ) as running:
        yield running


@pytest.fixture
async def browser(proxied: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the service behind the proxy."""
    async with proxied.client() as opened:
        yield opened


@pytest.fixture(scope="module")
async def window(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    """Return a browser that the tests of a module share: starting one takes longer than most of them."""
    async with open_browser(tmp_path_factory.mktemp("browser") / "profile") as opened:
        yield await opened.open()


@pytest.fixture
async def page(window: Page) -> AsyncIterator[Page]:
    """Return the page of the shared browser; no test may leave a broken policy behind."""
    window.forget()
    yield window
    assert await window.run("violations") == []
