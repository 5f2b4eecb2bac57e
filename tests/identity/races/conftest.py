"""Fixtures of races: one service for all of them, with a connection for everyone who comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.harness.accounts import Accounts
from tests.harness.service import run_service
from tests.identity.races.race_requests import PLACES

if TYPE_CHECKING:
    from tests.harness.accounts import Account
    from tests.harness.databases import Databases, Engine
    from tests.harness.service import Service


@pytest.fixture(scope="package")
async def live(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Serve with a connection for everyone who comes, and time until the last of them stands where all wait."""
    changes = {"database_pool_size": 2 * PLACES, "database_timeout_seconds": 60.0}
    async with run_service(databases, engine, f"races_{worker_id}", **changes) as live:
        yield live


@pytest.fixture(scope="package")
async def accounts(live: Service) -> AsyncIterator[Accounts]:
    made = Accounts(live)
    yield made
    await made.close()


@pytest.fixture
async def client(live: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with live.client() as opened:
        yield opened


@pytest.fixture
async def owner(accounts: Accounts) -> Account:
    return await accounts.make()


@pytest.fixture
async def admin(accounts: Accounts) -> Account:
    return await accounts.staff()
