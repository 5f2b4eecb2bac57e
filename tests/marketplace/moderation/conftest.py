"""Fixtures of moderation: a service where staff review, and its accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.harness.accounts import Accounts
from tests.harness.databases import Databases, Engine
from tests.harness.service import Service, run_service


@pytest.fixture(scope="package")
async def reviewed(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Return a service where staff review."""
    async with run_service(databases, engine, f"reviewed_{worker_id}", moderation="staff") as running:
        yield running


@pytest.fixture(scope="package")
async def people(reviewed: Service) -> AsyncIterator[Accounts]:
    """Return the accounts of that service."""
    made = Accounts(reviewed)
    yield made
    await made.close()
