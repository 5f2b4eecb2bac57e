"""Interleaved rounds of the three cases on the service and both baselines."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench import load
from bench.cases import Case, cases, compare
from bench.database import Prepared
from bench.load import Measured
from bench.servers import Server, running

CONNECTIONS: Final = 32
# Name, module, and what must answer before it is measured.
PROGRAMS: Final = (
    ("hestami", "impl.app", "/health"),
    ("limit", "bench.limit", "/health"),
    ("idiomatic", "bench.idiomatic", "/health"),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """Result of one case: the rounds of each server, and the ratio of requests a second to each baseline."""

    case: Case
    rounds: dict[str, list[Measured]]

    def middle(self, name: str, figure: Callable[[Measured], float]) -> float:
        return median(figure(measured) for measured in self.rounds[name])

    def ratio(self, name: str) -> float:
        """Return the median of the rounds' ratios: other work on the machine disturbs a whole round, not one server."""
        pairs = zip(self.rounds["hestami"], self.rounds[name], strict=True)
        return median(ours.per_second / theirs.per_second for ours, theirs in pairs)

    def cpu_ratio(self, name: str) -> float | None:
        """Return how many times the service's processor time another server needs."""
        pairs = zip(self.rounds["hestami"], self.rounds[name], strict=True)
        known = [theirs.cpu_us / ours.cpu_us for ours, theirs in pairs if ours.cpu_us and theirs.cpu_us]
        return median(known) if known else None


@contextlib.contextmanager
def servers(prepared: Prepared) -> Iterator[list[Server]]:
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(running(name, module, prepared.environment, prepared.folder, ready=ready))
            for name, module, ready in PROGRAMS
        ]


def measure(prepared: Prepared, running_servers: Sequence[Server], *, rounds: int, seconds: int) -> list[Compared]:
    return [
        _measured(case, prepared, running_servers, rounds=rounds, seconds=seconds) for case in cases(prepared.sessions)
    ]


def _measured(
    case: Case, prepared: Prepared, running_servers: Sequence[Server], *, rounds: int, seconds: int
) -> Compared:
    compare(case, running_servers)
    requests = load.write_requests(prepared.folder / f"{case.name}.requests", case.requests)
    found: dict[str, list[Measured]] = {server.name: [] for server in running_servers}
    for server in running_servers:
        prepared.delete_properties()
        load.run(server, requests, seconds=1, connections=CONNECTIONS)
    for number in range(rounds):
        # Not always in one order: who comes after the slowest would always find the machine in the same state.
        for server in running_servers if number % 2 == 0 else reversed(running_servers):
            prepared.delete_properties()
            found[server.name].append(load.run(server, requests, seconds=seconds, connections=CONNECTIONS))
    return Compared(case, found)
