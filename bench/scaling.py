"""Costs of one request beside the process that answers it: the database's processor, its log, and Redis.

docs/scaling.md computes deployments from these figures. The log is replayed as a standby does it, by one process, after
the server was stopped like a machine that fails.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import signal
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import asyncpg
from redis import Redis

from bench import load
from bench.cases import cases
from bench.database import SETTINGS, Prepared, prepared
from bench.machine import load_average
from bench.servers import Server, running
from tests.harness import postgres
from tests.harness.redis import RedisServer, redis_server

_ROUNDS: Final = 5
_MEGABYTE: Final = 1_000_000
_REDO: Final = re.compile(r"redo (starts|done) at ([0-9A-F]+)/([0-9A-F]+)(?:.* elapsed: ([0-9.]+) s)?")


@dataclass(frozen=True, slots=True)
class Usage:
    """Usage of the servers behind the service until a moment."""

    database_seconds: float
    log_bytes: int
    commits: int
    scripts: int


class PerRequest(NamedTuple):
    """Costs of one request with limits in Redis: microseconds of processors, bytes, transactions and scripts."""

    service_us: float
    database_us: float
    log_bytes: float
    commits: float
    scripts: float


def main() -> None:
    """Print a table with a line for each case of `make bench`, and the speed of replay."""
    arguments = argparse.ArgumentParser(prog="python -m bench.scaling", description=__doc__)
    arguments.add_argument("--seconds", type=float, default=2, help="of each of five rounds")
    arguments.add_argument("--connections", type=int, default=32)
    arguments.add_argument("--log-seconds", type=float, default=30, help="of creates, whose log is replayed")
    given = arguments.parse_args()
    load.wrk()
    with contextlib.ExitStack() as stack:
        ready = stack.enter_context(prepared("--services", "100000", "--providers", "2000"))
        redis = stack.enter_context(redis_server())
        shared = {"REDIS_URL": redis.url, "RESPONSE_CACHE": "false"}
        kinds: dict[str, dict[str, str]] = {"alone": {}, "together": shared}
        alone, together = (
            stack.enter_context(
                running(name, "impl.app", {**ready.environment, **changes}, ready.folder, ready="/api/v1/health/ready")
            )
            for name, changes in kinds.items()
        )
        print(f"load average {load_average()}")
        print(
            "| request | service, us | with limits in Redis, us | database, us | log, bytes | transactions | scripts |"
        )
        print("|---|---|---|---|---|---|---|")
        prepared_cases = cases(ready.sessions)
        for case in prepared_cases:
            requests = load.write_requests(ready.folder / case.name, case.requests)
            rounds = []
            for _ in range(_ROUNDS):
                without = load.run(alone, requests, seconds=given.seconds, connections=given.connections)
                rounds.append((without.cpu_us or 0, *_round(together, requests, ready, redis, given)))
            used = [statistics.median(figures) for figures in zip(*rounds, strict=True)]
            whole, shares = " | ".join(f"{one:.0f}" for one in used[:4]), " | ".join(f"{one:.2f}" for one in used[4:])
            print(f"| {case.name} | {whole} | {shares} |")
        # The last case writes; the server says in hundredths of a second how long its replay took.
        writes = ready.folder / prepared_cases[-1].name
        load.run(together, writes, seconds=given.log_seconds, connections=given.connections)
        print(_replay(ready.folder / "data"))


def _round(
    server: Server, requests: Path, ready: Prepared, redis: RedisServer, given: argparse.Namespace
) -> PerRequest:
    before = _usage(ready, redis)
    measured = load.run(server, requests, seconds=given.seconds, connections=given.connections)
    after = _usage(ready, redis)
    number = measured.requests
    return PerRequest(
        service_us=measured.cpu_us or 0,
        database_us=(after.database_seconds - before.database_seconds) / number * 1_000_000,
        log_bytes=(after.log_bytes - before.log_bytes) / number,
        commits=(after.commits - before.commits) / number,
        scripts=(after.scripts - before.scripts) / number,
    )


def _usage(ready: Prepared, redis: RedisServer) -> Usage:
    log_bytes, commits = asyncio.run(_of_database(ready.environment))
    with Redis.from_url(redis.url) as client:
        commands = client.info("commandstats")
    scripts = int(commands["cmdstat_evalsha"]["calls"]) if "cmdstat_evalsha" in commands else 0
    return Usage(processor_seconds(postmaster(ready.folder / "data")), log_bytes, commits, scripts)


async def _of_database(environment: Mapping[str, str]) -> tuple[int, int]:
    connection = await asyncpg.connect(environment["DATABASE_URL"].replace("+asyncpg", ""))
    try:
        # What a session has counted is seen by others only after a second.
        await connection.execute("SELECT pg_stat_force_next_flush()")
        return await connection.fetchval("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"), await connection.fetchval(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        )
    finally:
        await connection.close()


def postmaster(data: Path) -> int:
    return int((data / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])


def processor_seconds(postmaster: int) -> float:
    """Return the processor time of the server with all its processes, of those that have ended as well."""
    return sum(seconds_of(pid) for pid in (postmaster, *_children(postmaster)))


def _children(pid: int) -> Iterator[int]:
    yield from map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())


def seconds_of(pid: int) -> float:
    with contextlib.suppress(FileNotFoundError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _replay(data: Path) -> str:
    """Stop the server without a checkpoint, let another one replay its log, and return how fast that was."""
    user = postgres.unprivileged_user()
    binaries = postgres.readable_binaries(data.parent, user)
    first = postmaster(data)
    os.kill(first, signal.SIGQUIT)
    # Whoever started it will wait for it as well.
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    log: list[str] = []
    server = postgres.Server(
        [str(binaries / "postgres"), "-D", str(data), "-p", str(postgres.free_port()), *options], user, log
    )
    server.stop()
    found = {what: (int(high, 16) << 32 | int(low, 16), took) for what, high, low, took in _REDO.findall("".join(log))}
    replayed, seconds = found["done"][0] - found["starts"][0], float(found["done"][1])
    speed = replayed / seconds / _MEGABYTE
    return f"replay: {replayed / _MEGABYTE:.0f} MB of log in {seconds:.2f} s, {speed:.0f} MB/s by one process"


if __name__ == "__main__":
    main()
