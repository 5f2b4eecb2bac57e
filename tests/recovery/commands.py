"""Operator's commands of backups, run against a database and a folder of files."""

from __future__ import annotations

import asyncio
import io
import sqlite3
import subprocess
import tarfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pyrage

from tests.harness.environment import clean_environment
from tests.harness.launching import run
from tests.harness.postgres import find_binaries
from tests.harness.settings import AUDIT_KEY

_TABLES = """
    SELECT format('%s.%s', schemaname, tablename) FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
_COUNT = "SELECT count(*) FROM {}"


@dataclass(frozen=True, slots=True)
class Place:
    """Database and folder of files, with the commands of an operator who has their settings."""

    url: str
    files: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Return the environment of a program that works here."""
        settings = {
            "ENVIRONMENT": "test",
            "DATABASE_URL": self.url,
            "STORAGE_DIR": str(self.files),
            "AUDIT_KEYS": AUDIT_KEY,
            "POSTGRES_PROGRAMS": str(find_binaries()),
        }
        return clean_environment(**{name: value for name, value in {**settings, **self.settings}.items() if value})

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return run("impl.cli", *map(str, words), environment=self.environment())

    def stored(self) -> dict[str, bytes]:
        """Return all files by their keys."""
        return {
            path.relative_to(self.files).as_posix(): path.read_bytes()
            for path in self.files.rglob("*")
            if path.is_file()
        }

    def rows(self) -> dict[str, int]:
        """Count the rows of every table, without the code under test."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.partition(":///")[2])) as connection:
                names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
                ours = [name for (name,) in names if not name.startswith("sqlite_")]
                return {name: connection.execute(_COUNT.format(name)).fetchone()[0] for name in ours}
        return asyncio.run(self._rows())

    async def _rows(self) -> dict[str, int]:
        connection = await asyncpg.connect(self.url.replace("+asyncpg", ""))
        try:
            names = [name for (name,) in await connection.fetch(_TABLES)]
            return {name: await connection.fetchval(_COUNT.format(name)) for name in names}
        finally:
            await connection.close()


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Check that a command ended with one clear sentence."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert [word for word in words if word not in done.stderr] == [], done.stderr
    assert done.stdout == ""


def opened(archive: Path, key: Path) -> dict[str, bytes]:
    """Return the parts of an archive by the tools of everybody: age and tar."""
    identity = pyrage.x25519.Identity.from_str(key.read_text().splitlines()[-1])
    with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(archive.read_bytes(), [identity]))) as tar:
        parts = [(member.name, tar.extractfile(member)) for member in tar]
        return {name: part.read() for name, part in parts if part is not None}


def sealed(parts: Mapping[str, bytes], key: Path) -> bytes:
    """Return an archive of these parts, as anybody could make it who knows the public key."""
    identity = pyrage.x25519.Identity.from_str(key.read_text().splitlines()[-1])
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, part in parts.items():
            header = tarfile.TarInfo(name)
            header.size = len(part)
            tar.addfile(header, io.BytesIO(part))
        end = tar.offset
    # Two empty blocks end it; tarfile fills up to a longer record.
    made: bytes = pyrage.encrypt(content.getvalue()[: end + 2 * tarfile.BLOCKSIZE], [identity.to_public()])
    return made
