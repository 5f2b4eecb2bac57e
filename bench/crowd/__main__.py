"""Load of many people at once: `make load` for two minutes, `make soak` for twelve, each with a report as HTML."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from bench.cases import property_body
from bench.database import prepared
from bench.search_seed import fill, slug_of
from bench.servers import ROOT, Server, running
from tests.harness.redis import redis_server

_LOCK: Final = ROOT / "requirements" / "load.txt"
_OUT: Final = ROOT / "bench" / "out"
_PROVIDERS: Final = 4_000
_SERVICES: Final = 100_000
_MIB: Final = 1024 * 1024
_SAMPLE_SECONDS: Final = 5.0
_P95_GOAL: Final = 200
# What may be added to a process's memory between the first third of a run and its end.
_GROWTH_GOAL: Final = 0.05


@dataclass(frozen=True, slots=True)
class Growth:
    """Memory of a process after the first third of a run and at its end, in MiB."""

    early_mib: float
    late_mib: float

    @property
    def share(self) -> float:
        """Return the share that was added in between."""
        return self.late_mib / self.early_mib - 1


class Memory:
    """Resident memory of processes, sampled until the run ends."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self._servers = servers
        self._samples: dict[str, list[int]] = {server.name: [] for server in servers}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def growth(self) -> dict[str, Growth]:
        """Return the growth of each process between the first third of the run and its end, by name."""
        return {
            name: Growth(samples[len(samples) // 3] / _MIB, samples[-1] / _MIB)
            for name, samples in self._samples.items()
        }

    def _sample(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            for server in self._servers:
                self._samples[server.name].append(server.resident_bytes())


@contextlib.contextmanager
def idle_connections(servers: Sequence[Server], number: int) -> Iterator[int]:
    """Hold connections open that have sent one request and then nothing more, each renewed when the service ends it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    number = min(number, hard - 200)
    opened, over = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_keep_open(servers, number, opened, over)), daemon=True)
    thread.start()
    opened.wait()
    try:
        yield number
    finally:
        over.set()
        thread.join()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def _keep_open(servers: Sequence[Server], number: int, opened: threading.Event, over: threading.Event) -> None:
    held = []
    for place in range(number):
        first = asyncio.Event()
        held.append(asyncio.create_task(_hold(servers[place % len(servers)], first)))
        await first.wait()
    opened.set()
    await asyncio.to_thread(over.wait)
    for task in held:
        task.cancel()
    await asyncio.gather(*held, return_exceptions=True)


async def _hold(server: Server, first: asyncio.Event) -> None:
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: api.hestami.test\r\nX-Forwarded-Proto: https\r\n\r\n")
        await reader.readuntil(b"}")
        first.set()
        await reader.read()
        writer.close()


def main() -> int:
    """Run the people against as many processes as asked for; 1 if anything failed or a goal was missed."""
    arguments = argparse.ArgumentParser(prog="make load", description=__doc__)
    arguments.add_argument("--people", type=int, default=1_000)
    arguments.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    arguments.add_argument("--idle", type=int, default=5_000, help="connections that are open and say nothing")
    arguments.add_argument("--no-redis", dest="redis", action="store_false", help="let each process go by itself")
    arguments.add_argument("--seconds", type=int, default=120)
    arguments.add_argument("--name", default="load", help="of the report")
    chosen = arguments.parse_args()
    _OUT.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        given = stack.enter_context(prepared("--providers", "20", "--services", "20"))
        # Words, pages and places, which the seed of sessions has not.
        asyncio.run(fill(_plain(given.environment["DATABASE_URL"]), services=_SERVICES, providers=_PROVIDERS))
        # As a deployment has it that has several processes: they share limits and public pages.
        shared = {"REDIS_URL": stack.enter_context(redis_server()).url} if chosen.redis else {}
        environment = {**given.environment, **shared}
        servers = [
            stack.enter_context(running(f"process-{number}", "impl.app", environment, given.folder, ready="/health"))
            for number in range(1, chosen.processes + 1)
        ]
        idle = stack.enter_context(idle_connections(servers, chosen.idle))
        memory = stack.enter_context(Memory(servers))
        told = {
            "hosts": [server.url for server in servers],
            "tokens": given.sessions["tokens"],
            "pages": [slug_of(number) for number in range(_PROVIDERS)],
            "property": property_body(1),
        }
        result = _run(given.folder, told, people=chosen.people, seconds=chosen.seconds, name=chosen.name)
        growth = memory.growth()
    return _report(result, growth, people=chosen.people, idle=idle)


def _plain(url: str) -> str:
    return url.replace("postgresql+asyncpg", "postgresql")


def _run(folder: Path, told: dict[str, Any], *, people: int, seconds: int, name: str) -> dict[str, Any]:
    given, result = folder / "crowd.json", folder / "result.json"
    given.write_text(json.dumps(told), encoding="utf-8")
    command: list[str | Path] = [
        _locust(),
        "--headless",
        *("--locustfile", ROOT / "bench" / "crowd" / "people.py"),
        *("--users", str(people), "--spawn-rate", "50", "--run-time", f"{seconds}s", "--stop-timeout", "30"),
        *("--html", _OUT / f"{name}.html", "--only-summary", "--reset-stats", "--exit-code-on-error", "0"),
    ]
    subprocess.run(command, check=True, env={**os.environ, "CROWD": str(given), "CROWD_RESULT": str(result)})
    found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return found


def _locust() -> Path:
    """Return locust's program, of an environment that is made once for each state of the lock."""
    environment = ROOT / ".cache" / "load" / hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:16]
    if not (environment / "bin" / "locust").exists():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, environment], check=True)
        python = environment / "bin" / "python"
        subprocess.run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, _LOCK], check=True)
    return environment / "bin" / "locust"


def _report(result: dict[str, Any], growth: dict[str, Growth], *, people: int, idle: int) -> int:
    share = result["writes"] / max(1, result["requests"])
    print(f"\n{people} people, {idle} idle connections, {result['requests']} requests, {share:.0%} of them writes")
    times = "   ".join(f"{name} {result[name]} ms" for name in ("p50", "p95", "p99"))
    print(f"{result['per_second']:.0f} requests/s   {times}")
    for name, one in growth.items():
        print(f"{name}: {one.early_mib:.0f} MiB after a third, {one.late_mib:.0f} MiB at the end ({one.share:+.1%})")
    goals = {
        "every request was answered well": result["requests"] > 0 and result["failures"] == 0,
        f"p95 below {_P95_GOAL} ms": result["p95"] < _P95_GOAL,
        f"memory grew by less than {_GROWTH_GOAL:.0%}": all(one.share < _GROWTH_GOAL for one in growth.values()),
    }
    for goal, reached in goals.items():
        print(f"{'reached' if reached else 'MISSED '}  {goal}")
    return 0 if all(goals.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
