"""Service that looks whether dependencies answer: seldom, and for a short time, however often somebody asks."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from impl.kernel.clock import Clock
from impl.kernel.errors import Problem
from impl.kernel.outbox import AttemptFailed

VALID_SECONDS: Final = 1.0
TIMEOUT_SECONDS: Final = 2.0
_log = logging.getLogger("hestami.health")

# Returns when all is well; raises Degraded, or anything else when the dependency does not work.
type Probe = Callable[[], Awaitable[None]]


class Dependency(StrEnum):
    DATABASE = "DATABASE"
    REDIS = "REDIS"
    STORAGE = "STORAGE"
    MAIL = "MAIL"
    OUTBOX = "OUTBOX"
    WORKER = "WORKER"
    PASSWORD_HASHING = "PASSWORD_HASHING"
    AUDIT_CHAIN = "AUDIT_CHAIN"


class DependencyState(StrEnum):
    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"
    OFF = "OFF"
    """The deployment does without it."""


# States that are nothing to worry about.
WELL: Final = frozenset({DependencyState.UP, DependencyState.OFF})


class Degraded(Exception):
    """Raised by a probe whose dependency works, and not as it should; the text is for staff, and names nobody."""


@dataclass(frozen=True, slots=True)
class Finding:
    """State of a dependency as this process last saw it."""

    state: DependencyState
    changed_at: datetime
    """Time at which this process first saw the state, or began."""
    latency_ms: int | None = None
    reason: str | None = None


class Monitor:
    """Monitor of one dependency: runs one probe at a time, within a bounded time, whose finding serves for a while."""

    def __init__(
        self,
        dependency: Dependency,
        probe: Probe | None,
        clock: Clock,
        *,
        valid_seconds: float = VALID_SECONDS,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Take the probe of a dependency, or None where it is not used; until it is seen, it counts as UP."""
        self._dependency = dependency
        self._probe = probe
        self._clock = clock
        self._valid_seconds = valid_seconds
        self._timeout_seconds = timeout_seconds
        self._found = Finding(DependencyState.OFF if probe is None else DependencyState.UP, clock.now())
        self._expires = time.monotonic()
        self._probing: asyncio.Task[None] | None = None

    async def look(self, patience: float | None = None) -> Finding:
        """Return what was found last; wait for a new probe, where it is time for one, no longer than `patience`."""
        if self._probe is None:
            return self._found
        if time.monotonic() >= self._expires:
            if self._probing is None:
                self._probing = asyncio.create_task(self._run(self._probe))
            # Not cancelled with whoever waits: others wait for it, too.
            await asyncio.wait({self._probing}, timeout=patience)
        return self._found

    async def _run(self, probe: Probe) -> None:
        state, reason, latency = DependencyState.UP, None, None
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await probe()
            latency = _milliseconds_since(begun)
        except Degraded as degraded:
            state, reason, latency = DependencyState.DEGRADED, str(degraded), _milliseconds_since(begun)
        except Exception as error:  # noqa: BLE001 - whatever it is, the dependency does not work
            state, reason = DependencyState.DOWN, _explained(error)
        finally:
            self._probing = None
        self._expires = time.monotonic() + self._valid_seconds
        if state is not self._found.state:
            level = logging.INFO if state in WELL else logging.WARNING
            _log.log(level, "%s is %s: %s", self._dependency, state, reason or "all is well")
        changed_at = self._found.changed_at if state is self._found.state else self._clock.now()
        self._found = Finding(state, changed_at, latency, reason)


class Dependencies:
    """Dependencies that the service can do without for a while."""

    def __init__(self, monitors: Mapping[Dependency, Monitor]) -> None:
        self._monitors = monitors

    async def look(
        self, which: Collection[Dependency], *, patience: float | None = None
    ) -> Mapping[Dependency, Finding]:
        """Look at some of them side by side."""
        findings = await asyncio.gather(*(self._monitors[one].look(patience) for one in which))
        return dict(zip(which, findings, strict=True))


def _milliseconds_since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _explained(error: Exception) -> str:
    """Describe a failure in words of ours: those of drivers and servers may hold addresses and names."""
    match error:
        case Problem():
            return error.detail
        case AttemptFailed():
            return str(error)
        case TimeoutError():
            return "There is no answer in time."
        case _:
            return f"There is no answer: {type(error).__qualname__}."
