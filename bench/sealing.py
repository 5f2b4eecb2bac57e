"""Audit events that one worker appends to the chain in a second, on each engine, beside nothing else that it has to do.

The events are written first, each signed and with a personal row as the service writes them; then a worker starts, and
its log says how far the chain reaches after each batch.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from uuid import uuid4

from bench.database import SETTINGS
from bench.machine import load_average
from bench.scaling import postmaster, processor_seconds, seconds_of
from bench.search import create
from bench.servers import ROOT
from impl.cli import fresh_secrets
from impl.kernel import audit
from impl.kernel.caller import AnonymousClient
from impl.kernel.engines.connecting import connect
from impl.kernel.settings.service import Settings
from tests.harness import postgres
from tests.harness.databases import migrate

_SOMEBODY: Final = AnonymousClient(address="203.0.113.9", user_agent="a browser", request_id="request-1")
_TOGETHER: Final = 100
_MICROSECONDS: Final = 1_000_000
_REACHES: Final = re.compile(r"the audit chain reaches (\d+):")
_PAUSE_SECONDS: Final = 0.02


def main() -> None:
    """Print a line for each engine."""
    arguments = argparse.ArgumentParser(prog="python -m bench.sealing", description=__doc__)
    arguments.add_argument("--events", type=int, default=20_000)
    chosen = arguments.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hestami-bench-sealing-"))
    folder.chmod(0o755)  # the server runs as another user when we are root
    try:
        print("| engine | events a second | processor of the worker, us | of the server, us |\n|---|---|---|---|")
        with postgres.serve(folder, SETTINGS) as address:
            asyncio.run(create(address.url("postgres", scheme="postgresql"), "sealing"))
            _measure(address.url("sealing"), folder, chosen.events, server=postmaster(folder / "data"))
        _measure(f"sqlite+aiosqlite:///{folder}/sealing.db", folder, chosen.events, server=None)
        print(f"{os.cpu_count()} cores, load average {load_average()}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(url: str, folder: Path, events: int, *, server: int | None) -> None:
    migrate(url)
    environment = {**fresh_secrets(), "ENVIRONMENT": "test", "DATABASE_URL": url, "DATA_DIR": str(folder)}
    asyncio.run(_write(environment, events))
    log = folder / "worker.log"
    before = 0.0 if server is None else processor_seconds(server)
    with log.open("wb") as lines:
        worker = subprocess.Popen(
            [sys.executable, "-m", "impl.worker"],
            cwd=folder,
            env={**os.environ, **environment, "PYTHONPATH": str(ROOT), "LOG_FORMAT": "text"},
            stdout=lines,
            stderr=subprocess.STDOUT,
        )
    try:
        began, used, first = 0.0, 0.0, 0
        while True:
            reached = [int(position) for position in _REACHES.findall(log.read_text(encoding="utf-8"))]
            if reached and not began:
                # From the end of the first batch on: the start of the program is no part of it.
                began, used, first = time.monotonic(), seconds_of(worker.pid), reached[-1]
            if reached and reached[-1] >= events:
                break
            if worker.poll() is not None:
                raise RuntimeError(log.read_text(encoding="utf-8"))
            # Between two looks, so that looking takes nothing of what is measured.
            time.sleep(_PAUSE_SECONDS)
        sealed, seconds = events - first, time.monotonic() - began
        ours = (seconds_of(worker.pid) - used) / sealed
        theirs = "" if server is None else f"{(processor_seconds(server) - before) / events * _MICROSECONDS:.0f}"
        print(f"| {url.partition('+')[0]} | {sealed / seconds:.0f} | {ours * _MICROSECONDS:.0f} | {theirs} |")
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait()


async def _write(environment: Mapping[str, str], events: int) -> None:
    os.environ.update(environment)
    settings = Settings.load()
    database = connect(environment["DATABASE_URL"], audit_keys=settings.audit_ring)
    await database.open()
    try:
        for start in range(0, events, _TOGETHER):
            async with database.begin() as tx:
                for number in range(start, min(start + _TOGETHER, events)):
                    await audit.record(
                        tx, "session.opened", _SOMEBODY, actor_id=uuid4(), data={"n": number}, personal={"login": "x"}
                    )
    finally:
        await database.close()


if __name__ == "__main__":
    main()
