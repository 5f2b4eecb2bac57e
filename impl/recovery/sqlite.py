"""Saving and restoring of SQLite databases: a copy of one moment by `VACUUM INTO`, put into place by a rename."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Final, override
from urllib.parse import quote

from impl.kernel.database_errors import explain
from impl.kernel.engines.database_url import database_url
from impl.recovery.errors import RecoveryError
from impl.recovery.manifest import RecoverableDatabase, Snapshot, Summary

_CHUNK_BYTES: Final = 1024 * 1024
_WAIT_SECONDS: Final = 60


class RecoverableSqlite(RecoverableDatabase):
    """Database in a file."""

    def __init__(self, url: str) -> None:
        self._file = Path(str(database_url(url).database))

    @asynccontextmanager
    @override
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """Copy the database into a folder of its own, which is removed at the end, while others read and write."""
        with tempfile.TemporaryDirectory(prefix="hestami-backup-") as folder:
            copy = Path(folder, "hestami.db")
            with self._explained():
                await asyncio.to_thread(_copy, self._file, copy)
                summary = await asyncio.to_thread(_summary_of, copy)
            yield Snapshot(summary, _chunks(copy))

    @override
    async def require_empty(self) -> None:
        beside = [self._file.with_name(self._file.name + suffix) for suffix in ("-wal", "-shm", "-journal")]
        with self._explained():
            if self._file.exists() and (self._file.is_dir() or await asyncio.to_thread(_has_tables, self._file)):
                raise RecoveryError(f"The database {self._file} is not empty: restore into a new one.")
            if any(path.exists() for path in beside):
                raise RecoveryError(f"The database {self._file} is in use, or was not closed: restore into a new one.")

    @override
    async def restore(self, content: AsyncIterator[bytes]) -> None:
        folder = self._file.parent
        # Beside its place, because a file is only renamed as a whole within one file system.
        with self._explained():
            folder.mkdir(parents=True, exist_ok=True)
            private = Path(tempfile.mkdtemp(prefix=".hestami-restore-", dir=folder))
        try:
            copy = private / "hestami.db"
            with self._explained():
                copy.touch(mode=0o600)
                with copy.open("r+b") as file:
                    async for chunk in content:
                        await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(_prepare, copy)
                copy.rename(self._file)
        finally:
            shutil.rmtree(private, ignore_errors=True)

    @override
    async def summarize(self) -> Summary:
        with self._explained():
            return await asyncio.to_thread(_summary_of, self._file)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            reason = explain(error) or f"does not work: {error}"
            raise RecoveryError(f"The database {self._file} {reason}.") from error


def _connect(file: Path, *, mode: str = "ro") -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(file))}?mode={mode}", uri=True, timeout=_WAIT_SECONDS, isolation_level=None
    )


def _copy(source: Path, copy: Path) -> None:
    with closing(_connect(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))


def _summary_of(file: Path) -> Summary:
    with closing(_connect(file)) as connection:
        names = connection.execute(
            r"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY 1"
        ).fetchall()
        quoted = {name: '"' + name.replace('"', '""') + '"' for (name,) in names}
        rows = {name: connection.execute(f"SELECT count(*) FROM {of}").fetchone()[0] for name, of in quoted.items()}  # noqa: S608 - names of the database's own tables, quoted
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return Summary(revision, rows)


def _has_tables(file: Path) -> bool:
    with closing(_connect(file)) as connection:
        found: int = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    return found > 0


def _prepare(file: Path) -> None:
    """Put the copy into WAL mode, from which everybody serves."""
    with closing(_connect(file, mode="rw")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while chunk := await asyncio.to_thread(opened.read, _CHUNK_BYTES):
            yield chunk
