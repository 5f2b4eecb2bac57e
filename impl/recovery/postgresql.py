"""Saving and restoring of PostgreSQL databases by `pg_dump` and `pg_restore`, which are told nothing by arguments."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, override

from impl.kernel.database_errors import DRIVER_ERRORS, explain
from impl.kernel.engines.database_url import displayed, libpq_environment, postgres_servers
from impl.recovery.errors import RecoveryError
from impl.recovery.manifest import RecoverableDatabase, Snapshot, Summary
from impl.recovery.programs import find, running

if TYPE_CHECKING:
    import asyncpg

    from impl.kernel.engines.database_url import PostgresServers

_CONNECT_SECONDS: Final = 30.0
_CHUNK_BYTES: Final = 256 * 1024
_PROGRAMS: Final = ("pg_dump", "pg_restore")
# Of extensions, and of PostgreSQL itself, nothing is counted.
_OURS: Final = r"""
    n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_%'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""
_TABLES: Final = f"""
    SELECT n.nspname || '.' || c.relname, format('SELECT count(*) FROM %I.%I', n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND {_OURS} ORDER BY 1
"""  # noqa: S608 - made of constants; the server quotes the names of its tables
_ANYTHING: Final = f"""
    SELECT n.nspname || '.' || c.relname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS} ORDER BY 1 LIMIT 1
"""  # noqa: S608 - made of constants
# For as long as the dump takes, this connection only holds its moment.
_PATIENT: Final = """
    SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0; SET TimeZone = 'UTC';
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY
"""


class RecoverablePostgres(RecoverableDatabase):
    """Database of a PostgreSQL server."""

    def __init__(self, url: str, programs: Path | None) -> None:
        self._url = url
        self._dump, self._restore = (find(name, programs) for name in _PROGRAMS)

    @asynccontextmanager
    @override
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        with self._explained():
            connection, environment = await self._connect()
            try:
                await connection.execute(_PATIENT)
                ((exported,),) = await connection.fetch("SELECT pg_export_snapshot()")
                summary = await _summary_of(connection)
            except BaseException:
                connection.terminate()
                raise
        try:
            yield Snapshot(summary, self._dumped(environment, exported))
        finally:
            connection.terminate()

    async def _dumped(self, environment: Mapping[str, str], exported: str) -> AsyncIterator[bytes]:
        words = ("--format=custom", "--no-password", f"--snapshot={exported}")
        async with running(self._dump, *words, environment=environment) as (process, said):
            if process.stdout is None:
                raise RuntimeError("the program was started without a pipe")
            while chunk := await process.stdout.read(_CHUNK_BYTES):
                yield chunk
            if await process.wait() != 0:
                raise RecoveryError(f"pg_dump failed: {await said}")

    @override
    async def require_empty(self) -> None:
        with self._explained():
            connection, _ = await self._connect()
            try:
                found = [name for (name,) in await connection.fetch(_ANYTHING)]
            finally:
                connection.terminate()
        if found:
            raise RecoveryError(
                f"The database {displayed(self._url)} is not empty, it has {found[0]}: restore into a new one."
            )

    @override
    async def restore(self, content: AsyncIterator[bytes]) -> None:
        with self._explained():
            connection, environment = await self._connect()
            connection.terminate()
        # Without a connection string pg_restore would print; one without a name leaves that to the environment.
        words = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password")
        there = "--dbname=application_name=hestami_restore"
        async with running(self._restore, *words, there, environment=environment) as (process, said):
            if process.stdin is None:
                raise RuntimeError("the program was started without a pipe")
            # Whoever ends before the end of its input says why.
            with suppress(BrokenPipeError, ConnectionResetError):
                async for chunk in content:
                    process.stdin.write(chunk)
                    await process.stdin.drain()
                process.stdin.close()
                await process.stdin.wait_closed()
            if await process.wait() != 0:
                raise RecoveryError(f"pg_restore failed, and nothing was changed: {await said}")

    @override
    async def summarize(self) -> Summary:
        with self._explained():
            connection, _ = await self._connect()
            try:
                return await _summary_of(connection)
            finally:
                connection.terminate()

    async def _connect(self) -> tuple[asyncpg.Connection, Mapping[str, str]]:
        """Return a connection, and the environment in which programs reach the same server."""
        servers, failure = postgres_servers(self._url), None
        for one in _single(servers):
            try:
                connection = await one.connect(timeout=_CONNECT_SECONDS)
            except DRIVER_ERRORS as error:
                failure = error
            else:
                return connection, libpq_environment(self._url, one)
        raise failure or RecoveryError("The URL of the database names no server.")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            raise RecoveryError(f"The database cannot be reached by PostgreSQL's programs: {error}.") from error
        except DRIVER_ERRORS as error:
            reason = explain(error) or f"does not work: {error}"
            raise RecoveryError(f"The database {displayed(self._url)} {reason}.") from error


def _single(servers: PostgresServers) -> Iterator[PostgresServers]:
    """Yield each server by itself, because the dump must reach the server that exports the snapshot."""
    if not servers.hosts:
        yield servers
    for host in servers.hosts:
        yield replace(servers, hosts=(host,))


async def _summary_of(connection: asyncpg.Connection) -> Summary:
    ((revision,),) = await connection.fetch("SELECT version_num FROM public.alembic_version")
    rows: dict[str, int] = {}
    for name, count in await connection.fetch(_TABLES):
        ((rows[name],),) = await connection.fetch(count)
    return Summary(revision, rows)
