"""Streams of notifications: the memory of 1,000 idle ones in the service, and the time from a commit to its events."""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import statistics
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Final
from uuid import UUID

from bench.database import Prepared, prepared
from bench.servers import Server, running
from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect
from impl.kernel.ids import new_id
from impl.marketplace.capabilities.notices.service import About, NotificationKind, NotificationSubjectKind, notify

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROUNDS: Final = 200
_WARM_UP: Final = 32
_MIB: Final = 1024 * 1024
_REQUEST: Final = (
    "GET /api/v1/notifications/stream HTTP/1.1\r\nHost: api.hestami.test\r\nX-Forwarded-Proto: https\r\n"
    "Authorization: Bearer {token}\r\nAccept: text/event-stream\r\n\r\n"
)


@dataclass(slots=True)
class Stream:
    """Open stream of an account, and when each of its notifications has arrived."""

    account_id: UUID
    writer: asyncio.StreamWriter
    reading: asyncio.Task[None]
    arrived: asyncio.Queue[float] = field(default_factory=asyncio.Queue)

    @classmethod
    async def open(cls, server: Server, token: str) -> Stream:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(_REQUEST.format(token=token).encode())
        await reader.readuntil(b'"OPENED"')
        stream = cls(_account_of(token), writer, asyncio.create_task(asyncio.sleep(0)))
        stream.reading = asyncio.create_task(stream.read(reader))
        return stream

    async def read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            if b'"NOTIFICATION"' in line:
                self.arrived.put_nowait(perf_counter())

    async def close(self) -> None:
        self.reading.cancel()
        self.writer.close()


def _account_of(token: str) -> UUID:
    claims = token.split(".")[1]
    return UUID(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"])


async def _open(server: Server, tokens: Sequence[str], count: int) -> list[Stream]:
    return [await Stream.open(server, tokens[number % len(tokens)]) for number in range(count)]


async def _latencies(database: Database, streams: Sequence[Stream]) -> tuple[list[float], list[float]]:
    """Return milliseconds from the begin of each commit to its event at the first stream and at the last one."""
    first: list[float] = []
    last: list[float] = []
    accounts = list(dict.fromkeys(stream.account_id for stream in streams))
    for number in range(_ROUNDS):
        account_id = accounts[number % len(accounts)]
        async with database.begin() as tx:
            notify(tx, NotificationKind.JOB_STARTED, account_id, About(NotificationSubjectKind.JOB, new_id()))
            began = perf_counter()
        times = [await stream.arrived.get() for stream in streams if stream.account_id == account_id]
        first.append((min(times) - began) * 1000)
        last.append((max(times) - began) * 1000)
    return first, last


def _line(name: str, times: Sequence[float]) -> str:
    cuts = statistics.quantiles(times, n=100)
    return f"{name:<28} median {statistics.median(times):6.2f} ms   p95 {cuts[94]:6.2f} ms   p99 {cuts[98]:6.2f} ms"


async def measure(given: Prepared, server: Server, count: int) -> None:
    tokens = given.sessions["tokens"]
    for stream in await _open(server, tokens, _WARM_UP):
        await stream.close()
    await asyncio.sleep(1)
    before = server.resident_bytes()
    began = perf_counter()
    streams = await _open(server, tokens, count)
    opening = perf_counter() - began
    await asyncio.sleep(1)
    grown = server.resident_bytes() - before
    print(f"{count} streams of {len(tokens)} accounts, opened in {opening:.1f} s")
    print(
        f"memory: {before / _MIB:.1f} MiB before, {grown / _MIB:.1f} MiB for them, {grown / count / 1024:.1f} KiB each"
    )
    busy = server.cpu_seconds() or 0.0
    await asyncio.sleep(20)
    used = (server.cpu_seconds() or 0.0) - busy
    print(f"processor time while idle: {used / 20:.1%} of one processor, heartbeats and looks included")
    database = connect(given.environment["DATABASE_URL"])
    try:
        first, last = await _latencies(database, streams)
    finally:
        await database.close()
    print(_line("commit to the first stream", first))
    print(_line(f"commit to all {count // len(tokens)} of an account", last))
    for stream in streams:
        await stream.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--streams", type=int, default=1000)
    count = arguments.parse_args().streams
    with prepared("--providers", "20", "--services", "20") as given:
        environment = {**given.environment, "STREAMS_PER_ACCOUNT": "1000", "STREAMS_MAX": "100000"}
        with running("service", "impl.app", environment, given.folder, ready="/health") as server:
            asyncio.run(measure(given, server, count))


if __name__ == "__main__":
    main()
