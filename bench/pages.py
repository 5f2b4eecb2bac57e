"""Public pages kept in Redis: requests per second of pages that are there, and of pages that nobody has asked for."""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bench import load
from bench.cases import request
from bench.database import prepared
from bench.servers import Server, running
from tests.harness.redis import redis_server

_CONNECTIONS: Final = 32
_SERVICES: Final = 20_000
_PROVIDERS: Final = 500
_CATEGORIES: Final = ("plumbing", "electrical", "heating-cooling", "roofing-gutters")
# More than a round asks for, so that no page is asked for twice.
_DISTINCT: Final = 20_000


@dataclass(slots=True)
class Rounds:
    """Figures of one case on one server, a value for each round."""

    per_second: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)


def _cases(server: Server) -> Mapping[str, Callable[[int], list[str]]]:
    """Return the paths of each case, by the number of the round."""
    found = json.loads(server.send(request("GET", "/api/v1/services?limit=20&currency=USD")).body)["items"]
    providers = json.loads(server.send(request("GET", "/api/v1/providers?limit=20")).body)["items"]
    cases: dict[str, Callable[[int], list[str]]] = {
        "categories": lambda _: ["/api/v1/categories"],
        "a business": lambda _: [f"/api/v1/providers/{one['slug']}" for one in providers],
        "suggestions": lambda _: [f"/api/v1/services/suggest?q={words}" for words in ("plu", "elec", "roof", "heat")],
        "a service": lambda _: [f"/api/v1/services/{one['id']}" for one in found],
        "20 of a category, by price": lambda _: [
            f"/api/v1/services?category={one}&currency=USD&max_price_minor=45000&sort=price" for one in _CATEGORIES
        ],
        "counts of a category": lambda _: [
            f"/api/v1/services/facets?category={one}&currency=USD" for one in _CATEGORIES
        ],
        "20 of a category, each asked for once": lambda turn: [
            f"/api/v1/services?category=plumbing&currency=USD&sort=price&max_price_minor={bound}"
            for bound in range(100_000 + turn * _DISTINCT, 100_000 + (turn + 1) * _DISTINCT)
        ],
    }
    # A database that was filled for the bench alone may have no pages of businesses.
    return {name: paths for name, paths in cases.items() if paths(0)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument(
        "--coding", choices=("gzip", "zstd"), help="what the requests take; nothing compressed if left out"
    )
    given = parser.parse_args()
    load.wrk()
    with contextlib.ExitStack() as stack:
        ready = stack.enter_context(prepared("--services", str(_SERVICES), "--providers", str(_PROVIDERS)))
        redis = stack.enter_context(redis_server())
        shared = {"REDIS_URL": redis.url}
        kinds = {"no Redis": {}, "limits in Redis": shared | {"RESPONSE_CACHE": "false"}, "pages in Redis": shared}
        servers = {
            kind: stack.enter_context(
                running(
                    kind.replace(" ", "-"),
                    "impl.app",
                    {**ready.environment, **changes},
                    ready.folder,
                    ready="/api/v1/health/ready",
                )
            )
            for kind, changes in kinds.items()
        }
        cases = _cases(next(iter(servers.values())))
        figures = {(case, kind): Rounds() for case in cases for kind in servers}
        for turn in range(given.rounds):
            for case, paths in cases.items():
                file = load.write_requests(
                    ready.folder / "pages", [request("GET", path, coding=given.coding) for path in paths(turn)]
                )
                for kind, server in servers.items():
                    measured = load.run(server, file, seconds=given.seconds, connections=_CONNECTIONS)
                    rounds = figures[case, kind]
                    rounds.per_second.append(measured.per_second)
                    rounds.cpu_us.append(measured.cpu_us or 0.0)
                    rounds.p50_ms.append(measured.p50_ms)
        print("| page | server | requests/s | of that without Redis | CPU us | p50 ms |\n|---|---|---|---|---|---|")
        for (case, kind), rounds in figures.items():
            alone = figures[case, "no Redis"].per_second
            ratio = statistics.median(one / other for one, other in zip(rounds.per_second, alone, strict=True))
            print(
                f"| {case} | {kind} | {statistics.median(rounds.per_second):.0f} | {ratio:.2f} x |"
                f" {statistics.median(rounds.cpu_us):.0f} | {statistics.median(rounds.p50_ms):.1f} |"
            )


if __name__ == "__main__":
    main()
