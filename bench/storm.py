"""Latency of other requests during a storm of logins, which take most processor time."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import load
from bench.cases import cases, logins
from bench.database import Prepared
from bench.load import Measured
from bench.seed import STORMERS
from bench.servers import Server

# About 200 requests a second: a service that is busy, not one whose own queue is measured.
_PROBES: Final = 16
_PAUSE_MS: Final = 50
# Status of a login that comes while too many passwords wait to be checked.
_TOO_MANY: Final = 503
PEOPLE: Final = (8, STORMERS)


@dataclass(frozen=True, slots=True)
class Storm:
    """Result of the same requests during a number of concurrent, repeated logins."""

    people: int
    others: Measured
    logins: Measured


@dataclass(frozen=True, slots=True)
class Storms:
    calm: Measured
    storms: list[Storm]

    @property
    def p99_ms(self) -> float:
        return max(storm.others.p99_ms for storm in self.storms)


def measure(prepared: Prepared, server: Server, *, seconds: int) -> Storms:
    me = next(case for case in cases(prepared.sessions) if case.name == "me")
    probes = load.write_requests(prepared.folder / "probes.requests", me.requests)
    requests = logins(prepared.sessions)
    calm = _probed(server, probes, seconds)
    storms: list[Storm] = []
    for people in PEOPLE:
        signing_in = load.write_requests(prepared.folder / "logins.requests", requests[:people])
        # It begins before and ends after the probes.
        storm = load.start(server, signing_in, seconds=seconds + 2, connections=people)
        others = _probed(server, probes, seconds)
        storms.append(Storm(people, others, load.result(storm)))
        # Passwords are checked in turn: with this one, all that the storm has left behind are.
        while server.send(requests[0]).status == _TOO_MANY:
            continue
    # A login that would wait too long for a hash is refused with 503, which is no failure of the run.
    if errors := calm.errors + sum(storm.others.errors for storm in storms):
        raise RuntimeError(f"{errors} requests beside the storm were answered with an error")
    return Storms(calm, storms)


def _probed(server: Server, probes: Path, seconds: int) -> Measured:
    return load.result(load.start(server, probes, seconds=seconds, connections=_PROBES, pause_ms=_PAUSE_MS))
