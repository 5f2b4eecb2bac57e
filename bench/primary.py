"""Throughput of one primary: reads, and transactions that write as a create does, without and with a NOTIFY.

docs/scaling.md computes from it. Connections are asyncpg's, in processes of their own, beside the server on one
machine: what the server takes of a processor for each counts, and how a rate changes with NOTIFY.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

import asyncpg

from bench.database import prepared
from bench.machine import load_average
from bench.scaling import postmaster, processor_seconds

_PROCESSES: Final = 2
_TABLES: Final = (
    "CREATE TABLE bench_rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner bigint, body text)",
    "CREATE INDEX ON bench_rows (owner)",
    "CREATE TABLE bench_events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text)",
)
# What a create leaves in the log, some 1 KB: its row, its audit event, and their places in indexes.
_WRITE: Final = (
    "WITH made AS (INSERT INTO bench_rows (owner, body) VALUES ($1, repeat('x', 300)) RETURNING id)"
    " INSERT INTO bench_events (body) SELECT id || repeat('y', 300) FROM made"
)
_READ: Final = "SELECT id, email, full_name FROM identity.users WHERE id = $1"
_NOTIFY: Final = "SELECT pg_notify('bench', $1)"


def _drive(url: str, kind: str, connections: int, seconds: float, users: list[str]) -> int:
    return asyncio.run(_drive_all(url, kind, connections, seconds, users))


async def _drive_all(url: str, kind: str, connections: int, seconds: float, users: list[str]) -> int:
    ends = time.monotonic() + seconds
    done = await asyncio.gather(*(_one(url, kind, ends, users) for _ in range(connections)))
    return sum(done)


async def _one(url: str, kind: str, ends: float, users: list[str]) -> int:
    connection = await asyncpg.connect(url)
    read, write = await connection.prepare(_READ), await connection.prepare(_WRITE)
    notify = await connection.prepare(_NOTIFY)
    done = 0
    while time.monotonic() < ends:
        match kind:
            case "a read by key":
                await read.fetchrow(users[done % len(users)])
            case "a write":
                await write.fetch(done)
            case _:
                async with connection.transaction():
                    await write.fetch(done)
                    if kind == "a write with NOTIFY":
                        await notify.fetch(str(done))
        done += 1
    await connection.close()
    return done


def main() -> None:
    """Print a table with a line for each kind and number of connections."""
    arguments = argparse.ArgumentParser(prog="python -m bench.primary", description=__doc__)
    arguments.add_argument("--seconds", type=float, default=5)
    arguments.add_argument("--connections", type=int, nargs="+", default=[8, 64])
    given = arguments.parse_args()
    with (
        prepared("--services", "1000", "--providers", "20") as ready,
        ProcessPoolExecutor(_PROCESSES, mp_context=get_context("spawn")) as pool,
    ):
        url = ready.environment["DATABASE_URL"].replace("+asyncpg", "")
        users = asyncio.run(_begin(url))
        server = postmaster(ready.folder / "data")
        print(f"load average {load_average()}")
        print("| what | connections | a second | of the server's processor, us |")
        print("|---|---|---|---|")
        for connections in given.connections:
            for kind in ("a read by key", "a write", "a write in BEGIN and COMMIT", "a write with NOTIFY"):
                before = processor_seconds(server)
                share = connections // _PROCESSES
                running = [pool.submit(_drive, url, kind, share, given.seconds, users) for _ in range(_PROCESSES)]
                number = sum(one.result() for one in running)
                used = (processor_seconds(server) - before) / number * 1_000_000
                print(f"| {kind} | {connections} | {number / given.seconds:.0f} | {used:.0f} |", flush=True)


async def _begin(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        for statement in _TABLES:
            await connection.execute(statement)
        return [row["id"] for row in await connection.fetch("SELECT id FROM identity.users LIMIT 100")]
    finally:
        await connection.close()


if __name__ == "__main__":
    main()
