"""Database of each engine with audit events, their chain, and a way around the triggers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from impl.kernel import audit
from impl.kernel.caller import AnonymousClient
from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect, migration_engine
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.operations.capabilities.audit_chain.service import AuditChainService
from tests.harness.patience import PATIENCE

KEY = b"a key of the chain that no database holds"
SOMEBODY = AnonymousClient(address="203.0.113.9", user_agent="a browser", request_id="request-1")

type Tamper = Callable[..., Awaitable[None]]


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    opened = connect(fresh_database_url, ConnectionOptions(size=8, wait=PATIENCE, statement=PATIENCE), audit_keys=[KEY])
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def chain(database: Database) -> AuditChainService:
    return AuditChainService(database, keys=[KEY])


@pytest.fixture
def tamper(fresh_database_url: str) -> Tamper:
    """Run statements as whoever owns the database: with every trigger, and every foreign key, out of the way."""

    async def run(*statements: str) -> None:
        engine = migration_engine(fresh_database_url)
        async with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                found = await connection.execute(
                    text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'")
                )
                for (trigger,) in found.all():
                    await connection.execute(text(f"DROP TRIGGER {trigger}"))
            else:
                await connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                shorter = statement.replace("operations.", "") if engine.dialect.name == "sqlite" else statement
                assert (await connection.execute(text(shorter))).rowcount, statement
        await engine.dispose()

    return run


async def write(database: Database, count: int = 1, *, actor_id: UUID | None = None) -> list[UUID]:
    """Write events, each in a transaction of its own."""
    made = []
    for number in range(count):
        async with database.begin() as tx:
            event_id = await audit.record(
                tx,
                "session.opened",
                SOMEBODY,
                actor_id=actor_id or uuid4(),
                data={"n": number},
                personal={"login": f"somebody{number}@hestami.test"},
            )
        made.append(event_id)
    return made


async def seal_all(chain: AuditChainService) -> None:
    """Seal until nothing waits."""
    while await chain.append_pending():
        pass
