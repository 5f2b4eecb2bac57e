"""Backup and restoration of a large database and the files beside it: how long each takes, and what it weighs."""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Final

import asyncpg

from bench.database import SETTINGS
from bench.machine import load_average
from bench.search import create
from bench.search_seed import fill
from bench.servers import ROOT
from impl.cli import fresh_secrets
from tests.harness import postgres
from tests.harness.databases import migrate

# About what the sizes of one photo weigh together.
_FILE_BYTES: Final = 250_000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--services", type=int, default=100_000)
    # The first 2,000 have favourites and saved searches: with fewer, rows would name users that are not there.
    arguments.add_argument("--providers", type=int, default=4_000)
    arguments.add_argument("--files", type=int, default=2_000)
    chosen = arguments.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hestami-bench-recovery-"))
    folder.chmod(0o755)  # the server runs as another user when we are root
    try:
        with postgres.serve(folder, SETTINGS) as address:
            admin = address.url("postgres", scheme="postgresql")
            for name in ("saved", "restored"):
                asyncio.run(create(admin, name))
            migrate(address.url("saved"))
            url = address.url("saved", scheme="postgresql")
            asyncio.run(fill(url, services=chosen.services, providers=chosen.providers))
            _store(folder / "files", chosen.files)
            size = asyncio.run(_size(url))
            environment = {
                **os.environ,
                **fresh_secrets(),
                "ENVIRONMENT": "test",
                "POSTGRES_PROGRAMS": str(postgres.find_binaries()),
            }
            saved = {**environment, "DATABASE_URL": address.url("saved"), "STORAGE_DIR": str(folder / "files")}
            there = {**environment, "DATABASE_URL": address.url("restored"), "STORAGE_DIR": str(folder / "new")}
            _, recipient = _timed(saved, "backup-key", folder / "key.txt")
            archive = folder / "one.age"
            backup, _ = _timed(saved, "backup", archive, "--recipient", recipient)
            restore, said = _timed(there, "restore", archive, "--identity", folder / "key.txt")
            weight = (folder / "one.age").stat().st_size
            print(said.splitlines()[0].partition(": ")[2])
            print(f"database {size / 1e6:,.0f} MB, files {chosen.files * _FILE_BYTES / 1e6:,.0f} MB")
            print(f"backup {backup}, archive {weight / 1e6:,.0f} MB; restore {restore}")
            print(f"{os.cpu_count()} cores, load average {load_average():.1f}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _timed(environment: dict[str, str], *words: str | Path) -> tuple[str, str]:
    """Run a command, and return how long it took and what it said."""
    began, used = time.monotonic(), _processor_seconds()
    command = [sys.executable, "-m", "impl.cli", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    seconds, processor = time.monotonic() - began, _processor_seconds() - used
    return f"{seconds:.0f} s ({processor:.1f} s of a processor, without the server's)", done.stdout.strip()


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _store(folder: Path, number: int) -> None:
    """Write files that do not compress, as pictures do not."""
    random = Random(1)  # noqa: S311 - no secret
    for name in range(number):
        place = folder / "pictures" / f"{name:08}"
        place.mkdir(parents=True)
        (place / "large.webp").write_bytes(random.randbytes(_FILE_BYTES))


async def _size(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        size: int = await connection.fetchval("SELECT pg_database_size(current_database())")
        return size
    finally:
        await connection.close()


if __name__ == "__main__":
    main()
