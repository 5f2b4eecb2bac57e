"""Two processes of the service over one database, as a deployment runs them, and the statements that they execute."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import asyncpg

from impl.assembly import assemble
from impl.kernel.settings.service import Settings
from tests.harness import settings
from tests.harness.accounts import Accounts
from tests.harness.clock import MovableClock
from tests.harness.databases import Databases, Engine
from tests.harness.inbox import Inbox
from tests.harness.openid import OpenId
from tests.harness.patience import PATIENCE
from tests.harness.programs import Program, running
from tests.harness.run import shared_run
from tests.harness.service import Service

_NOBODY_LISTENS = 9
_ADDRESS = re.compile(r"http://[0-9.]+:[0-9]+")
_EXECUTED = re.compile(r"LOG: +(?:execute [^:]+|statement): ")


class StatementLog:
    """Log of a server that writes down every statement it executes, whoever sent it and however."""

    SETTINGS: ClassVar = {"log_statement": "all", "log_line_prefix": "%d|"}

    def __init__(self, log: Sequence[str], url: str, database: str) -> None:
        self._log = log
        self._url = url
        self._prefix = f"{database}|"

    async def statements(self, act: Callable[[], Awaitable[object]]) -> list[str]:
        """Return what the programs have the server do meanwhile, in order."""
        connection = await asyncpg.connect(self._url)
        try:
            begin = await self._caught_up(connection)
            await act()
            end = await self._caught_up(connection)
        finally:
            await connection.close()
        return list(self._executed(self._log[begin:end]))

    async def _caught_up(self, connection: asyncpg.Connection) -> int:
        """Wait until a statement of our own stands in the log, and so all earlier ones."""
        mark, seen = uuid4().hex, len(self._log)
        async with asyncio.timeout(PATIENCE):
            while True:
                await connection.fetchval(f"SELECT '{mark}'")
                for place in range(seen, len(self._log)):
                    if mark in self._log[place]:
                        return place

    def _executed(self, lines: Sequence[str]) -> Iterator[str]:
        statement = ""
        for line in [*lines, self._prefix]:
            if line.startswith("\t"):
                statement += line
                continue
            if statement:
                yield " ".join(statement.split())
            _, prefix, text = line.partition(self._prefix)
            found = _EXECUTED.match(text) if prefix else None
            statement = "" if found is None else text[found.end() :]


@dataclass(frozen=True, slots=True)
class Fleet:
    """Two processes, a connection to their database, and on PostgreSQL the log of its statements."""

    first: Service
    second: Service
    accounts: Accounts
    log: StatementLog | None
    folder: Path
    environment: dict[str, str]

    @asynccontextmanager
    async def another(self, **changes: str) -> AsyncIterator[tuple[Service, Program]]:
        """Start one more process, with some other settings, which the test may end as it likes."""
        async with _process(self.folder, self.environment | changes) as (url, program):
            yield replace(self.first, url=url), program


@asynccontextmanager
async def two_processes(
    databases: Databases, engine: Engine, name: str, folder: Path, **changes: str
) -> AsyncIterator[Fleet]:
    """Start two processes by the command of production; mail is not theirs to send. `changes` are settings by name."""
    with ExitStack() as stack:
        server = _with_log(name) if engine == "postgresql" else _without_log(databases, engine, name)
        url, log = stack.enter_context(server)
        async with _fleet(engine, url, log, folder, changes) as fleet:
            yield fleet


@asynccontextmanager
async def two_processes_unlogged(databases: Databases, name: str, folder: Path, **changes: str) -> AsyncIterator[Fleet]:
    """Start two processes on the PostgreSQL of all tests, as `two_processes` does on one of their own."""
    with _without_log(databases, "postgresql", name) as (url, log):
        async with _fleet("postgresql", url, log, folder, changes) as fleet:
            yield fleet


@asynccontextmanager
async def _fleet(
    engine: Engine, url: str, log: StatementLog | None, folder: Path, changes: Mapping[str, str]
) -> AsyncIterator[Fleet]:
    given = settings.make_settings(url, web_port=_NOBODY_LISTENS, smtp_port=_NOBODY_LISTENS)
    # On a busy machine a connection would be idle for longer than a second, and be checked by a statement more.
    patient = {"DATABASE_POOL_SIZE": "16", "DATABASE_IDLE_SECONDS": "300"}
    environment = {**environment_of(given, folder), **patient, **changes}
    async with _process(folder, environment) as (first, _), _process(folder, environment) as (second, _):
        clock = MovableClock()
        services = assemble(given, clock=clock)
        await services.open()
        openid = OpenId(clock, port=_NOBODY_LISTENS)
        service = Service(engine, first, given, clock, Inbox(), openid, services)
        accounts = Accounts(service)
        yield Fleet(service, replace(service, url=second), accounts, log, folder, environment)
        await accounts.close()
        await services.close()


def environment_of(given: Settings, folder: Path) -> dict[str, str]:
    """Return the environment of a process that serves the same database as the test, with the same secrets."""
    return {
        "ENVIRONMENT": "test",
        "API_URL": given.api_url,
        "DATABASE_URL": given.database_url,
        "DATA_DIR": str(folder),
        "SECRET_KEY": settings.SECRET_KEY,
        "PASSWORD_PEPPER": settings.PEPPER,
        "ENCRYPTION_KEYS": settings.ENCRYPTION_KEY,
        "AUDIT_KEYS": settings.AUDIT_KEY,
        "JWT_KEYS": json.dumps({"test": {"key": settings.JWT_KEY}}),
        "BCRYPT_COST": "4",
        "RATE_LIMIT_SCALE": "100000",
        "RATE_LIMIT_READ_SECONDS": "3600",
    }


@asynccontextmanager
async def _process(folder: Path, environment: dict[str, str]) -> AsyncIterator[tuple[str, Program]]:
    async with running("impl.app", "--port", "0", folder=folder, settings=environment) as program:
        address = _ADDRESS.search(await program.wait_for_line("Uvicorn running"))
        assert address is not None
        yield address[0], program


@contextmanager
def _with_log(name: str) -> Iterator[tuple[str, StatementLog]]:
    """Start a server whose log holds nothing of other tests."""
    log: list[str] = []
    with shared_run(StatementLog.SETTINGS, log=log) as own:
        url = own.migrated("postgresql", name)
        yield url, StatementLog(log, own.server.url("postgres", scheme="postgresql"), name)


@contextmanager
def _without_log(databases: Databases, engine: Engine, name: str) -> Iterator[tuple[str, None]]:
    url = databases.migrated(engine, name)
    yield url, None
    databases.drop(url)
