"""Redis over TCP and TLS, slow, as Valkey, and as a cluster of three: what is answered, and what goes on without."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
from redis.asyncio import Redis

from impl.gateways.counters import RedisCounters
from impl.gateways.page_store import PageStore, StoredPage
from impl.gateways.redis_circuit import RedisCircuit, RedisOutage
from impl.kernel.errors import Unavailable
from tests.gateways.forwarding import forwarding
from tests.gateways.redis_cluster import cluster_nodes, joined
from tests.gateways.smtp_server import Authority
from tests.harness.patience import PATIENCE
from tests.harness.redis import RedisServer, redis_program, redis_server, reserved_port, valkey_program

_HOST = "127.0.0.1"
_PASSWORD = "Copper-Kettle-58"


@asynccontextmanager
async def _circuit(
    url: str, *, answer_seconds: float = PATIENCE, is_cluster: bool = False
) -> AsyncIterator[RedisCircuit]:
    circuit = RedisCircuit(url, answer_seconds=answer_seconds, is_cluster=is_cluster)
    try:
        yield circuit
    finally:
        await circuit.close()


def _path(server: RedisServer) -> str:
    return server.url.removeprefix("unix://")


async def _up(circuit: RedisCircuit) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await circuit.probe():
            pass


@pytest.mark.parametrize("program", [redis_program, valkey_program])
async def test_a_password_is_sent_over_tcp(program: Callable[[], str]) -> None:
    with (
        reserved_port() as port,
        redis_server(program=program(), port=str(port), bind=_HOST, requirepass=_PASSWORD),
    ):
        for password, is_up in ((_PASSWORD, True), ("another-one", False), ("", False)):
            async with _circuit(f"redis://:{password}@{_HOST}:{port}") as circuit:
                assert await circuit.probe() is is_up
                found = await RedisCounters(circuit, secret=b"secret").add("a", 60)
                assert found == ((1, 60.0) if is_up else None)


async def test_tls_wants_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ours")
    context = authority.server_context(address=_HOST)
    with redis_server() as server:
        async with forwarding(_path(server), tls=context) as port:
            for query, is_up in ((f"?ssl_ca_certs={authority.file}", True), ("", False)):
                async with _circuit(f"rediss://{_HOST}:{port}{query}") as circuit:
                    assert await circuit.probe() is is_up
                    assert circuit.is_up is is_up


async def test_a_server_that_answers_late_each_time_is_not_asked_by_requests() -> None:
    late = 0.0
    with redis_server() as server:
        async with (
            forwarding(_path(server), delay=lambda: late) as port,
            _circuit(f"redis://{_HOST}:{port}", answer_seconds=0.1) as circuit,
        ):
            await _up(circuit)
            late = 0.3
            with pytest.raises(RedisOutage):
                await circuit.ask(circuit.client.dbsize)
            # It lives, but a request would wait in vain for each of its answers.
            assert not await circuit.probe()
            with pytest.raises(Unavailable):
                await circuit.require_up()
            late = 0.0
            await _up(circuit)
            await circuit.require_up()
            assert await circuit.ask(circuit.client.dbsize) == 0


async def test_whoever_asks_during_an_outage_waits_for_nothing() -> None:
    asked = 0

    async def command() -> None:
        nonlocal asked
        asked += 1
        await circuit.client.dbsize()

    with redis_server() as server:
        async with _circuit(server.url, answer_seconds=1.0) as circuit:
            await _up(circuit)
            server.freeze()
            try:
                for _ in range(10):
                    with pytest.raises(RedisOutage):
                        await circuit.ask(command)
                assert asked == 1
                assert not circuit.is_up
            finally:
                server.thaw()


@pytest.fixture
def nodes() -> Iterator[dict[int, RedisServer]]:
    with cluster_nodes(_PASSWORD) as found:
        yield found


async def test_a_cluster_shares_all_limits_and_survives_the_loss_of_a_node(nodes: dict[int, RedisServer]) -> None:
    names = [f"address {number}" for number in range(60)]
    url = f"redis://:{_PASSWORD}@{_HOST}:{next(iter(nodes))}"
    lost = list(nodes.values())[-1]
    async with (
        joined(nodes, _PASSWORD) as clients,
        _circuit(url, is_cluster=True) as first,
        _circuit(url, is_cluster=True) as second,
        _circuit(url) as of_one_server,
    ):
        await _up(first)
        await _up(second)
        await of_one_server.probe()
        one, other, third = [RedisCounters(circuit, secret=b"secret") for circuit in (first, second, of_one_server)]
        assert {await one.add(name, 60) for name in names} == {(1, 60.0)}
        # Those who come at once go to a node together, though none has the script that it forgot.
        for client in clients:
            await client.script_flush()
        before = await _reads(clients)
        found = await asyncio.gather(*(other.add(name, 60) for name in names))
        assert [None if one_found is None else one_found[0] for one_found in found] == [2] * len(names)
        assert await _reads(clients) - before < len(names)
        sizes = [await client.dbsize() for client in clients]
        assert all(sizes)
        assert sum(sizes) == len(names)
        assert None in [await third.add(name, 60) for name in names], "it does not know of the other nodes"

        pages, shared = [PageStore(circuit, secret=b"secret") for circuit in (first, second)]
        for key in [pages.key(name.encode()) for name in names[:9]]:
            for one_of_two, is_first in ((pages, True), (shared, False)):
                assert await one_of_two.find(key, "gzip", useless=(), lease_milliseconds=60_000) is is_first
            await pages.put(key, b"plain", milliseconds=60_000)
            await pages.put(key, b"small", milliseconds=60_000, coding="gzip")
            for coding, content in (("gzip", b"small"), ("zstd", b"plain")):
                page = await shared.find(key, coding, useless=(), lease_milliseconds=60_000)
                assert isinstance(page, StoredPage)
                assert page.content == content

        lost.kill()
        assert None in [await one.add(name, 60) for name in names]
        assert not await first.probe()
        for server in nodes.values():
            if server.is_running:
                server.kill()
        assert None in [await other.add(name, 60) for name in names]
        assert not await second.probe()
        for server in nodes.values():
            server.start()
        async with asyncio.timeout(PATIENCE):
            for circuit, counters in ((first, one), (second, other)):
                while not await circuit.probe() or None in [await counters.add(name, 60) for name in names]:
                    pass


async def _reads(clients: list[Redis]) -> int:
    """Return how often nodes have read from connections until now."""
    return sum([int((await client.info("stats"))["total_reads_processed"]) for client in clients])


async def test_a_busy_process_does_not_take_its_own_delay_for_an_outage() -> None:
    with redis_server() as server:
        async with _circuit(server.url, answer_seconds=0.05) as circuit:
            await _up(circuit)
            for _ in range(5):
                asking = asyncio.create_task(circuit.ask(circuit.client.dbsize))
                while not asking.done():
                    # Keeps the event loop from everybody for longer than the answer may take.
                    began = monotonic()
                    while monotonic() < began + 0.06:
                        pass
                    await asyncio.sleep(0)
                assert await asking == 0
            assert circuit.is_up


async def test_a_process_that_is_busy_all_the_time_finds_a_server_that_is_back() -> None:
    """Else a rush would last that begins without the server, which does work that only the server can spare it."""
    with redis_server() as server:
        async with _circuit(server.url, answer_seconds=0.05) as circuit:
            probing = asyncio.create_task(circuit.probe())
            while not probing.done():
                # A connection takes more turns of the event loop than fit into the second that one may take.
                began = monotonic()
                while monotonic() < began + 0.08:
                    pass
                await asyncio.sleep(0)
            assert await probing
            # One connection is open now, and the others are opened for whoever asks next.
            asking = asyncio.gather(*(circuit.ask(circuit.client.dbsize) for _ in range(3)))
            while not asking.done():
                began = monotonic()
                while monotonic() < began + 0.02:
                    pass
                await asyncio.sleep(0)
            assert await asking == [0, 0, 0]
