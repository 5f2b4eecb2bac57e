"""Load generation with wrk."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.servers import Server

_SCRIPT: Final = Path(__file__).with_name("wrk.lua")
_INSTALL: Final = "wrk is not on the PATH: apt-get install wrk (Debian, Ubuntu), brew install wrk (macOS)"


@dataclass(frozen=True, slots=True)
class Measured:
    """Result of one round; `cpu_us` is the server process's CPU time for one request, where it can be read."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int
    cpu_us: float | None


def wrk() -> str:
    """Return the path of wrk, or end the run with the way to install it."""
    found = shutil.which("wrk")
    if found is None:
        print(_INSTALL)
        raise SystemExit(2)
    return found


def write_requests(path: Path, requests: list[bytes]) -> Path:
    path.write_bytes(b"\0".join(requests))
    return path


def start(
    server: Server, requests: Path, *, seconds: float, connections: int, pause_ms: int = 0
) -> subprocess.Popen[str]:
    command = [wrk(), "--threads=1", f"--connections={connections}", f"--duration={max(1, round(seconds))}s"]
    command += ["--timeout=10s", f"--script={_SCRIPT}", server.url, "--", str(requests)]
    if pause_ms:
        command.append(str(pause_ms))
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def result(process: subprocess.Popen[str]) -> Measured:
    output, _ = process.communicate()
    line = output.rstrip().rpartition("\n")[2]
    if process.returncode != 0 or not line.startswith("{"):
        raise RuntimeError(f"wrk failed:\n{output}")
    told = json.loads(line)
    return Measured(
        requests=told["requests"],
        per_second=told["requests"] / told["seconds"],
        p50_ms=told["p50_ms"],
        p99_ms=told["p99_ms"],
        errors=told["errors"],
        cpu_us=None,
    )


def run(server: Server, requests: Path, *, seconds: float, connections: int) -> Measured:
    """Run one round; end the run on a response of 400 or more, which would measure refusals."""
    before = server.cpu_seconds()
    measured = result(start(server, requests, seconds=seconds, connections=connections))
    after = server.cpu_seconds()
    if measured.errors:
        raise RuntimeError(f"{server.name} answered {measured.errors} of {measured.requests} requests with an error")
    if before is None or after is None:
        return measured
    return Measured(
        requests=measured.requests,
        per_second=measured.per_second,
        p50_ms=measured.p50_ms,
        p99_ms=measured.p99_ms,
        errors=0,
        cpu_us=(after - before) * 1e6 / measured.requests,
    )
