"""A service that trusts the certificates of the tests' receivers, shared by the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from tests.gateways.smtp_server import Authority
from tests.harness.accounts import Accounts
from tests.harness.service import run_service
from tests.marketplace.webhooks.receiving import receiving

if TYPE_CHECKING:
    from tests.harness.databases import Databases, Engine
    from tests.harness.service import Service
    from tests.marketplace.webhooks.receiving import Receiver


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return who issues the receivers' certificates."""
    return Authority(tmp_path_factory.mktemp("webhooks"), "receivers")


@pytest.fixture(scope="session")
async def service(databases: Databases, engine: Engine, worker_id: str, authority: Authority) -> AsyncIterator[Service]:
    """Return a live service on one engine that sends webhooks to receivers on loopback."""
    async with run_service(databases, engine, f"webhooks_{worker_id}", webhook_ca_file=authority.file) as running:
        yield running


@pytest.fixture(scope="session")
async def accounts(service: Service) -> AsyncIterator[Accounts]:
    """Return the maker of accounts of that service."""
    made = Accounts(service)
    yield made
    await made.close()


@pytest.fixture
async def receiver(authority: Authority) -> AsyncIterator[Receiver]:
    """Return a provider's system."""
    async with receiving(authority.server_context(host="localhost")) as found:
        yield found


@pytest.fixture
async def another_receiver(authority: Authority) -> AsyncIterator[Receiver]:
    """Return the system of somebody else."""
    async with receiving(authority.server_context(host="localhost")) as found:
        yield found
