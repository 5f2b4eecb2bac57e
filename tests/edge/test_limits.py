"""Windows of rate limits, counted by a clock that the test moves."""

from __future__ import annotations

import time

import pytest
from starlette.types import Receive, Scope, Send

from impl.edge.limits import MemoryWindows, RateLimitStatus, WindowLimits, enforce
from impl.edge.request_context import context_of
from impl.gateways.counters import RedisCounters
from impl.gateways.redis_circuit import RedisCircuit
from impl.kernel import read_time
from impl.kernel.addresses import network_of
from impl.kernel.presence import ClientGone
from openapi.runtime.wire import RateLimitPolicy
from tests.edge.application import ask, edge_around, scope_of
from tests.edge.test_middleware import idle_metrics
from tests.harness.patience import PATIENCE
from tests.harness.redis import redis_server

_POLICY = RateLimitPolicy(name="probe", quota=3, window=60, partition="address")


class _Now:
    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


async def test_a_quota_is_used_up_and_comes_back_with_the_next_window() -> None:
    now = _Now()
    limits = WindowLimits(MemoryWindows(now=now), now=now)
    statuses = [await limits.hit(_POLICY, "a") for _ in range(4)]
    assert [status.allowed for status in statuses] == [True, True, True, False]
    assert [status.remaining for status in statuses] == [2, 1, 0, 0]
    assert statuses[-1].reset == 60
    now.seconds += 59.5
    assert (await limits.hit(_POLICY, "a")).reset == 1
    now.seconds += 0.5
    assert (await limits.hit(_POLICY, "a")).allowed


async def test_a_shared_count_is_counted_on_while_the_counters_are_out() -> None:
    now, metrics = _Now(), idle_metrics()
    with redis_server() as server:
        circuit = RedisCircuit(server.url, answer_seconds=PATIENCE)
        assert await circuit.probe()
        shared = RedisCounters(circuit, secret=b"one secret for all processes")
        limits, other = (
            WindowLimits(MemoryWindows(now=now), shared=shared, records=records, now=now) for records in (metrics, None)
        )
        assert (await other.hit(_POLICY, "a")).remaining == 2
        statuses = [await limits.hit(_POLICY, "a")]
        server.kill()
        statuses += [await limits.hit(_POLICY, "a") for _ in range(2)]
        await circuit.close()
    (reset,) = {status.reset for status in statuses}
    assert 1 <= reset <= 60
    assert statuses == [
        RateLimitStatus(allowed=True, quota=3, remaining=1, reset=reset),
        RateLimitStatus(allowed=True, quota=3, remaining=0, reset=reset),
        RateLimitStatus(allowed=False, quota=3, remaining=0, reset=reset),
    ]
    counted = {
        outcome: metrics.registry.get_sample_value(
            "hestami_rate_limit_requests_total", {"policy": "probe", "outcome": outcome}
        )
        for outcome in ("allowed", "refused")
    }
    assert counted == {"allowed": 2, "refused": 1}
    now.seconds += reset
    assert (await limits.hit(_POLICY, "a")).remaining == 2


async def test_keys_and_policies_are_counted_apart() -> None:
    limits = WindowLimits(MemoryWindows())
    other = RateLimitPolicy(name="other", quota=3, window=60, partition="address")
    for _ in range(4):
        await limits.hit(_POLICY, "a")
    assert (await limits.hit(_POLICY, "b")).allowed
    assert (await limits.hit(other, "a")).allowed


async def test_a_scale_multiplies_every_quota() -> None:
    limits = WindowLimits(MemoryWindows(), scale=10)
    assert (await limits.hit(_POLICY, "a")).quota == 30


async def test_a_flood_of_keys_stays_within_the_capacity_and_forgets_the_oldest() -> None:
    now = _Now()
    windows = MemoryWindows(capacity=100, now=now)
    for number in range(500):
        await windows.incr(f"key{number}", 60)
    assert await windows.get("key399") == 0
    assert await windows.get("key400") == 1
    assert await windows.reset() == 100


async def test_windows_that_ended_are_swept() -> None:
    now = _Now()
    windows = MemoryWindows(now=now)
    for number in range(50):
        await windows.incr(f"key{number}", 10)
    now.seconds += 31
    await windows.incr("new", 60)
    assert await windows.reset() == 1


@pytest.mark.parametrize(("after", "left"), [((29.5,), 3), ((30.0,), 2), ((30.0, 29.5), 4), ((30.0, 30.0), 2)])
async def test_windows_are_swept_every_thirty_seconds_and_not_before(after: tuple[float, ...], left: int) -> None:
    now = _Now()
    windows = MemoryWindows(now=now)
    await windows.incr("old", 30)
    await windows.incr("long", 100)
    for number, seconds in enumerate(after):
        now.seconds += seconds
        await windows.incr(f"new{number}", 10)
        if number < len(after) - 1:
            await windows.incr("other", 10)
    assert await windows.reset() == left


async def test_a_window_that_ended_meanwhile_is_waited_for_one_second() -> None:
    counted, told = _Now(), _Now()
    told.seconds += 100
    status = await WindowLimits(MemoryWindows(now=counted), now=told).hit(_POLICY, "a")
    assert status.reset == 1


async def test_a_window_is_over_when_its_time_is() -> None:
    now = _Now()
    windows = MemoryWindows(now=now)
    assert await windows.get("key") == 0
    assert await windows.get_expiry("key") == now.seconds
    await windows.incr("key", 60, amount=2)
    assert await windows.get_expiry("key") == now.seconds + 60
    now.seconds += 59.5
    assert await windows.get("key") == 2
    now.seconds += 0.5
    assert await windows.get("key") == 0
    assert await windows.incr("key", 60) == 1


async def test_a_storage_answers_what_the_library_asks_of_it() -> None:
    windows = MemoryWindows()
    await windows.incr("key", 60)
    assert await windows.check()
    await windows.clear("key")
    assert await windows.get("key") == 0
    await windows.incr("key", 60)
    assert await windows.reset() == 1
    assert await windows.get("key") == 0


async def test_a_window_that_begins_anew_is_no_old_one() -> None:
    now = _Now()
    windows = MemoryWindows(capacity=2, now=now)
    await windows.incr("key", 20)
    await windows.incr("other", 60)
    now.seconds += 20
    await windows.incr("key", 60)
    await windows.incr("new", 60)
    assert [await windows.get(key) for key in ("key", "other", "new")] == [1, 0, 1]


async def test_a_clock_that_is_set_back_makes_no_window_longer() -> None:
    """Else whoever is refused would be for as long as the clock went back."""
    windows = MemoryWindows()
    await windows.incr("key", 60)
    assert await windows.get_expiry("key") <= time.monotonic() + 60
    assert (await WindowLimits(windows).hit(_POLICY, "a")).reset == _POLICY.window


async def test_a_charge_counts_as_so_many_requests() -> None:
    now = _Now()
    limits = WindowLimits(MemoryWindows(now=now), now=now)
    await limits.charge(_POLICY, "a", 2)
    assert [(await limits.hit(_POLICY, "a")).allowed for _ in range(2)] == [True, False]
    now.seconds += 60
    assert (await limits.hit(_POLICY, "a")).remaining == 2


async def test_processes_share_what_was_charged() -> None:
    with redis_server() as server:
        circuit = RedisCircuit(server.url, answer_seconds=PATIENCE)
        assert await circuit.probe()
        shared = RedisCounters(circuit, secret=b"one secret for all processes")
        one, other = (WindowLimits(MemoryWindows(), shared=shared) for _ in range(2))
        await one.charge(_POLICY, "a", 2)
        assert [(await other.hit(_POLICY, "a")).remaining for _ in range(2)] == [0, 0]
        assert (await other.hit(_POLICY, "b")).remaining == 2
        await circuit.close()


@pytest.mark.parametrize(
    ("method", "seconds", "charged"), [("GET", 0.35, 3), ("HEAD", 0.35, 3), ("GET", 0.09, 0), ("POST", 0.35, 0)]
)
async def test_a_read_that_takes_the_database_long_counts_as_several(method: str, seconds: float, charged: int) -> None:
    policy = RateLimitPolicy(name="read", quota=10, window=60, partition="address")
    limits = WindowLimits(MemoryWindows())

    async def search(_scope: Scope, _receive: Receive, send: Send) -> None:
        read_time.note(seconds)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        read_time.note(seconds)
        await send({"type": "http.response.body", "body": b"done"})

    await ask(edge_around(search, limits=limits, limit=policy), scope_of(method=method))
    assert (await limits.hit(policy, network_of("192.0.2.7"))).remaining == 10 - 2 - charged


@pytest.mark.parametrize(("begins", "charged"), [(False, 3), (True, 0)])
async def test_who_leaves_has_read_what_was_read_before_the_response(begins: bool, charged: int) -> None:
    """Charge a stream for nothing that it reads once it has begun."""
    policy = RateLimitPolicy(name="read", quota=10, window=60, partition="address")
    limits = WindowLimits(MemoryWindows())

    async def read(scope: Scope, _receive: Receive, send: Send) -> None:
        await enforce(limits, context_of(scope), policy, "reader")
        if begins:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        read_time.note(0.35)
        raise ClientGone

    await ask(edge_around(read, limits=limits), scope_of())
    assert (await limits.hit(policy, "reader")).remaining == 10 - 2 - charged
