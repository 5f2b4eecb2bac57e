"""Service behind a proxy with the contract's own quotas, which the shared one does not have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.async_api import Browser, Page

from tests.harness.databases import Databases, Engine
from tests.harness.pages import Events, Person, open_browser, person

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
async def chromium() -> AsyncIterator[Browser]:
    """Return a browser that the tests of a module share: starting one takes longer than most of them."""
    async with open_browser() as opened:
        yield opened


@pytest.fixture
async def visitor(chromium: Browser) -> AsyncIterator[Person]:
    """Return somebody whom no page knows yet; none may leave a broken policy behind."""
    async with person(chromium) as newcomer:
        yield newcomer
        assert newcomer.events.violations == []


@pytest.fixture
async def page(visitor: Person) -> Page:
    """Return the visitor's page."""
    return await visitor.open()


@pytest.fixture
def events(visitor: Person) -> Events:
    """Return what happens in the visitor's page."""
    return visitor.events
