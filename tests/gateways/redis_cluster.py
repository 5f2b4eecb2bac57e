"""Cluster of three servers of Redis, each with a third of the slots."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager

from redis.asyncio import Redis

from tests.harness.redis import RedisServer, redis_server, reserved_port

_HOST = "127.0.0.1"
_SLOTS = 16_384
_NODES = 3


@contextlib.contextmanager
def cluster_nodes(password: str) -> Iterator[dict[int, RedisServer]]:
    """Start three nodes that do not know of each other yet, by their ports."""
    with ExitStack() as stack:
        found: dict[int, RedisServer] = {}
        for _ in range(_NODES):
            port, bus = (stack.enter_context(reserved_port()) for _ in range(2))
            found[port] = stack.enter_context(
                redis_server(
                    port=str(port),
                    bind=_HOST,
                    cluster_enabled="yes",
                    cluster_port=str(bus),
                    cluster_config_file="nodes.conf",
                    requirepass=password,
                )
            )
        yield found


@asynccontextmanager
async def joined(nodes: dict[int, RedisServer], password: str) -> AsyncIterator[list[Redis]]:
    """Make one cluster of the nodes, and return a client of each."""
    async with contextlib.AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(Redis.from_url(f"redis://:{password}@{_HOST}:{port}")) for port in nodes
        ]
        bounds = [round(_SLOTS * place / _NODES) for place in range(_NODES + 1)]
        for place, client in enumerate(clients):
            await _command(client, "CLUSTER ADDSLOTSRANGE", bounds[place], bounds[place + 1] - 1)
            await _command(client, "CLUSTER SET-CONFIG-EPOCH", place + 1)
        for port, server in list(nodes.items())[1:]:
            await _command(clients[0], "CLUSTER MEET", _HOST, port, server.options["cluster_port"])
        for server in nodes.values():
            await asyncio.to_thread(server.wait_for_line, "Cluster state changed: ok")
        yield clients


async def _command(client: Redis, *words: str | int) -> None:
    await client.execute_command(*words)  # type: ignore[no-untyped-call]  # redis-py's own
