"""How long others wait while many people sign in, which is what takes most processor time."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Storm:
    """The same requests without and with the storm."""

    calm: Measured
    stormy: Measured
    logins: Measured


def measure(prepared: Prepared, server: Server, *, seconds: int) -> Storm:
    me = next(case for case in cases(prepared.sessions) if case.name == "me")
    probes = load.write_requests(prepared.folder / "probes.requests", me.requests)
    storm = load.write_requests(prepared.folder / "logins.requests", logins(prepared.sessions))
    calm = load.result(load.start(server, probes, seconds=seconds, connections=_PROBES, pause_ms=_PAUSE_MS))
    # It begins before and ends after the probes.
    signing_in = load.start(server, storm, seconds=seconds + 2, connections=STORMERS)
    stormy = load.result(load.start(server, probes, seconds=seconds, connections=_PROBES, pause_ms=_PAUSE_MS))
    found = Storm(calm, stormy, load.result(signing_in))
    if errors := found.calm.errors + found.stormy.errors + found.logins.errors:
        raise RuntimeError(f"{errors} requests of the storm were answered with an error")
    return found
