"""Database of a test's own, and somebody who writes to it beside the service."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from impl.kernel.clock import SystemClock
from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from tests.harness.settings import AUDIT_KEY


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    options = ConnectionOptions(size=4, wait=60, statement=60)
    opened = connect(fresh_database_url, options, clock=SystemClock(), audit_keys=[AUDIT_KEY.encode()])
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def plain(fresh_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    made = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
    yield made
    await made.close()
