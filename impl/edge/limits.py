"""Rate limits: the contract's policies, counted by the `limits` library."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final, Literal, Protocol, override

from limits import RateLimitItemPerSecond
from limits.aio.storage import Storage

from impl.kernel.errors import RateLimited

if TYPE_CHECKING:
    from impl.edge.request_context import RequestContext
    from impl.gateways.counters import SharedCounters
    from openapi.runtime.wire import RateLimitPolicy

_CAPACITY: Final = 200_000
_SWEEP_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class RateLimitStatus:
    """State of a window after a hit; `reset` is in whole seconds and at least 1, so that a client can wait it."""

    allowed: bool
    quota: int
    remaining: int
    reset: int


type Outcome = Literal["allowed", "refused"]


class Records(Protocol):
    """Recorder of decisions of rate limits, by the name of the policy."""

    def limited(self, policy: str, outcome: Outcome) -> None: ...


class NoRecords(Records):
    """Recorder that discards decisions."""

    @override
    def limited(self, policy: str, outcome: Outcome) -> None:
        """Record nothing."""


class RateLimits(Protocol):
    async def hit(self, policy: RateLimitPolicy, key: str) -> RateLimitStatus: ...

    async def charge(self, policy: RateLimitPolicy, key: str, requests: int) -> None:
        """Count so many requests in addition, and refuse none."""
        ...


async def enforce(limits: RateLimits, context: RequestContext, policy: RateLimitPolicy, key: str) -> None:
    """Count the request, add the remaining quota to its response, and raise RateLimited (429) beyond it."""
    context.counted = policy, key
    status = await limits.hit(policy, key)
    context.headers.extend(rate_limit_headers(policy, status))
    if not status.allowed:
        raise RateLimited(
            f"The limit is {status.quota} requests in {policy.window} seconds.",
            headers={"Retry-After": str(status.reset)},
        )


def rate_limit_headers(
    policy: RateLimitPolicy, status: RateLimitStatus
) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]]:
    """Return the headers of draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4."""
    name = policy.name.encode("ascii")
    return (
        (b"ratelimit-policy", b'"%b";q=%d;w=%d' % (name, status.quota, policy.window)),
        (b"ratelimit", b'"%b";r=%d;t=%d' % (name, status.remaining, status.reset)),
    )


class WindowLimits:
    """Fixed windows: one counter for each policy and key, whatever a path's spelling.

    Shared counters come first where there are some. The process keeps what they said, and counts on from there by
    itself while they do not answer.
    """

    def __init__(
        self,
        storage: MemoryWindows,
        *,
        shared: SharedCounters | None = None,
        scale: int = 1,
        records: Records | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = storage
        self._shared = shared
        self._scale = scale
        self._records = records or NoRecords()
        self._now = now
        self._items: dict[str, RateLimitItemPerSecond] = {}

    async def hit(self, policy: RateLimitPolicy, key: str) -> RateLimitStatus:
        count, ends = await self._count(policy, key, 1)
        quota = self._item(policy).amount
        self._records.limited(policy.name, "allowed" if count <= quota else "refused")
        return RateLimitStatus(
            allowed=count <= quota,
            quota=quota,
            remaining=max(0, quota - count),
            reset=max(1, ceil(ends - self._now())),
        )

    async def charge(self, policy: RateLimitPolicy, key: str, requests: int) -> None:
        await self._count(policy, key, requests)

    async def _count(self, policy: RateLimitPolicy, key: str, requests: int) -> tuple[int, float]:
        """Count so many requests; return the count of the window and its end."""
        name = self._item(policy).key_for(key)
        found = None if self._shared is None else await self._shared.add(name, policy.window, requests)
        if found is None:
            return self._storage.hit(name, policy.window, requests)
        count, left = found
        ends = self._now() + left
        self._storage.keep(name, count, ends)
        return count, ends

    def _item(self, policy: RateLimitPolicy) -> RateLimitItemPerSecond:
        item = self._items.get(policy.name)
        if item is None:
            item = RateLimitItemPerSecond(policy.quota * self._scale, policy.window, namespace=policy.name)
            self._items[policy.name] = item
        return item


class MemoryWindows(Storage):
    """Counters in the memory of one process.

    The library's own in-memory storage scans all keys in a new task at each hit, which takes the whole processor at
    100,000 addresses. This one sweeps at most every 30 seconds and drops the oldest windows beyond its capacity, so
    that a flood of addresses cannot fill the memory.
    """

    STORAGE_SCHEME: list[str] | None = ["hestami+memory"]  # noqa: RUF012 - the library declares it as an instance variable

    def __init__(self, *, capacity: int = _CAPACITY, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._capacity = capacity
        self._now = now
        self._windows: dict[str, tuple[int, float]] = {}
        self._sweep_at = now()

    @property
    @override
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    @override
    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return self.hit(key, expiry, amount)[0]

    def hit(self, key: str, seconds: int, amount: int) -> tuple[int, float]:
        """Count in a window and return its count and its end, which the library asks for in two awaited calls."""
        now = self._now()
        window = self._windows.get(key)
        count, ends = (0, now + seconds) if window is None or window[1] <= now else window
        self.keep(key, count + amount, ends)
        return count + amount, ends

    def keep(self, key: str, count: int, ends: float) -> None:
        """Set a window to this count and end."""
        now = self._now()
        if now >= self._sweep_at:
            self._sweep(now)
        window = self._windows.get(key)
        if window is None or window[1] <= now:
            self._windows.pop(key, None)
            if len(self._windows) >= self._capacity:
                del self._windows[next(iter(self._windows))]
        self._windows[key] = (count, ends)

    @override
    async def get(self, key: str) -> int:
        window = self._windows.get(key)
        return 0 if window is None or window[1] <= self._now() else window[0]

    @override
    async def get_expiry(self, key: str) -> float:
        window = self._windows.get(key)
        return self._now() if window is None else window[1]

    @override
    async def check(self) -> bool:
        return True

    @override
    async def reset(self) -> int | None:
        count = len(self._windows)
        self._windows.clear()
        return count

    @override
    async def clear(self, key: str) -> None:
        self._windows.pop(key, None)

    def _sweep(self, now: float) -> None:
        self._windows = {key: window for key, window in self._windows.items() if window[1] > now}
        self._sweep_at = now + _SWEEP_SECONDS
