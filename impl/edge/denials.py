"""Audit of denied requests: callers one by one, anonymous clients as counts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from impl.kernel import audit
from impl.kernel.caller import NO_CLIENT

if TYPE_CHECKING:
    from datetime import datetime

    from impl.kernel.caller import Caller
    from impl.kernel.clock import Clock
    from impl.kernel.database import Database
    from openapi.runtime.wire import Operation

DENIED: Final = "access.denied"
DENIED_STRANGERS: Final = "access.denied.anonymous"
_FLUSH_SECONDS: Final = 60.0
_ADDRESSES_COUNTED: Final = 1000

_log = logging.getLogger("hestami.denials")


@dataclass(slots=True)
class _DenialCount:
    first: datetime
    last: datetime
    count: int = 0
    addresses: set[str] = field(default_factory=set)


class Denials:
    """Records denials, each in a transaction of its own, since a denied request has none.

    Denials of anonymous clients are only counted, because otherwise anybody could fill the table; so are those of a
    caller who is denied more often than the operation's rate limit allows.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._tallies: dict[tuple[str, str], _DenialCount] = {}

    async def record(self, caller: Caller, operation: Operation, reason: str) -> None:
        """Record one denial of a caller as an event."""
        async with self._database.begin() as tx:
            await audit.record(
                tx,
                DENIED,
                caller,
                actor_id=caller.user_id,
                data={"operation": operation.id, "reason": reason},
            )

    def count(self, operation: Operation, reason: str, address: str) -> None:
        """Count a denial, for the event that `flush` writes of all of its kind."""
        now = self._clock.now()
        tally = self._tallies.get((operation.id, reason))
        if tally is None:
            tally = self._tallies[operation.id, reason] = _DenialCount(first=now, last=now)
        tally.last = now
        tally.count += 1
        if len(tally.addresses) < _ADDRESSES_COUNTED:
            tally.addresses.add(address)

    async def flush(self) -> None:
        """Write one event for each operation and reason that was counted since the last flush."""
        if not self._tallies:
            return
        tallies, self._tallies = self._tallies, {}
        try:
            await self._write(tallies)
        except BaseException:
            # Counts that could not be written are added again, else an outage would hide those denials.
            self._restore(tallies)
            raise

    async def run(self, every: float = _FLUSH_SECONDS) -> None:
        """Flush regularly until cancelled, and then once more."""
        try:
            while True:
                await asyncio.sleep(every)
                try:
                    await self.flush()
                except Exception:  # noqa: BLE001 - one failed flush must not end the counting
                    _log.exception("denials could not be written, they are kept for the next time")
        finally:
            await self.flush()

    async def _write(self, tallies: Mapping[tuple[str, str], _DenialCount]) -> None:
        async with self._database.begin() as tx:
            for (operation, reason), tally in tallies.items():
                await audit.record(
                    tx,
                    DENIED_STRANGERS,
                    NO_CLIENT,
                    data={
                        "operation": operation,
                        "reason": reason,
                        "count": tally.count,
                        "addresses": len(tally.addresses),
                        "first_at": tally.first.isoformat(),
                        "last_at": tally.last.isoformat(),
                    },
                )

    def _restore(self, tallies: Mapping[tuple[str, str], _DenialCount]) -> None:
        for key, kept in tallies.items():
            newer = self._tallies.get(key)
            if newer is not None:
                kept.count += newer.count
                kept.last = newer.last
                kept.addresses |= newer.addresses
            self._tallies[key] = kept
