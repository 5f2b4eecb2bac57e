"""Migrated databases on both engines, copied in milliseconds from a template that was migrated once."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import asyncpg

from tests.harness.launching import run
from tests.harness.postgres import Address

type Engine = Literal["postgresql", "sqlite"]

ENGINES: tuple[Engine, ...] = ("postgresql", "sqlite")
ROOT = Path(__file__).parents[2]
_TEMPLATE = "hestami_template"


class _Administration:
    """Connection to a server that makes and removes databases, kept because to open one takes as long as its work.

    It is used in a thread, because the caller may be a coroutine, and a loop does not run inside a loop.
    """

    def __init__(self, server: Address) -> None:
        self._server = server
        self._thread = ThreadPoolExecutor(1)
        self._runner = asyncio.Runner()
        self._connection: asyncpg.Connection | None = None

    def run(self, statement: str, *arguments: object) -> object:
        """Run a statement outside any transaction, and return its first value."""
        return self._thread.submit(lambda: self._runner.run(self._run(statement, *arguments))).result()

    def close(self) -> None:
        self._thread.submit(self._end).result()
        self._thread.shutdown()

    async def _run(self, statement: str, *arguments: object) -> object:
        if self._connection is None:
            self._connection = await asyncpg.connect(self._server.url("postgres", scheme="postgresql"))
        value: object = await self._connection.fetchval(statement, *arguments)
        return value

    def _end(self) -> None:
        if self._connection is not None:
            self._runner.run(self._connection.close())
        self._runner.close()


@dataclass(frozen=True)
class Databases:
    """Makes databases of both engines; all workers of a run share the server, the folder and the templates."""

    folder: Path
    server: Address

    @cached_property
    def _administration(self) -> _Administration:
        return _Administration(self.server)

    def close(self) -> None:
        """Close the connection that made the databases, which stay."""
        self._administration.close()

    def empty(self, engine: Engine, name: str) -> str:
        """Make a database without a table, for tests of the migrations themselves, and return its URL."""
        if engine == "sqlite":
            path = self.folder / f"{name}.db"
            path.unlink(missing_ok=True)
            return _sqlite_url(path)
        self._create(name, template="template1")
        return self.server.url(name)

    def migrated(self, engine: Engine, name: str) -> str:
        """Make a database at the newest migration and return its URL."""
        with self._locked(engine):
            if engine == "sqlite":
                return self._sqlite_copy(name)
            if not self._exists(_TEMPLATE):
                migrate(self.empty("postgresql", f"{_TEMPLATE}_new"))
                self._administration.run(f"ALTER DATABASE {_TEMPLATE}_new RENAME TO {_TEMPLATE}")
            self._create(name, template=_TEMPLATE)
            return self.server.url(name)

    def copied(self, url: str, name: str) -> str:
        """Make a copy of a database of PostgreSQL that nobody is connected to, and return its URL."""
        self._create(name, template=f'"{url.rpartition("/")[2]}"')
        return self.server.url(name)

    def drop(self, url: str) -> None:
        """Remove a database again; connections to it are cut.

        The server waits up to a minute (`authentication_timeout`) for those that are just being opened, to whatever
        database: a proxy of this event loop, which does not run meanwhile, is closed before.
        """
        name = url.rpartition("/")[2]
        if url.startswith("sqlite"):
            for suffix in ("", "-wal", "-shm"):
                (self.folder / f"{name}{suffix}").unlink(missing_ok=True)
        else:
            self._administration.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _sqlite_copy(self, name: str) -> str:
        template = self.folder / f"{_TEMPLATE}.db"
        if not template.exists():
            unfinished = self.folder / f"{_TEMPLATE}_new.db"
            migrate(_sqlite_url(unfinished))
            unfinished.rename(template)
        path = self.folder / f"{name}.db"
        shutil.copyfile(template, path)
        return _sqlite_url(path)

    def _exists(self, name: str) -> bool:
        return self._administration.run("SELECT count(*) FROM pg_database WHERE datname = $1", name) == 1

    def _create(self, name: str, *, template: str) -> None:
        self._administration.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._administration.run(f'CREATE DATABASE "{name}" TEMPLATE {template} STRATEGY FILE_COPY')

    @contextlib.contextmanager
    def _locked(self, engine: Engine) -> Iterator[None]:
        """Migrate the template in one worker, while the others wait for it."""
        with (self.folder / f"{engine}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def migrate(url: str, revision: str = "head") -> None:
    """Bring a database to a revision, exactly as an operator does it: by the alembic command."""
    environment = {**os.environ, "DATABASE_URL": url, "ENVIRONMENT": "test"}
    done = run("alembic", "upgrade", revision, environment=environment)
    if done.returncode != 0:
        message = f"alembic upgrade {revision} failed on {url.partition(':')[0]}:\n{done.stdout}{done.stderr}"
        raise RuntimeError(message)


def _sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"
