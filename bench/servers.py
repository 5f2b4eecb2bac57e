"""Servers under load: one process each, on a loopback port, ended by pid."""

import contextlib
import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
_PR_SET_PDEATHSIG: Final = 1
_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 25.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    port: int
    process: subprocess.Popen[bytes]
    first_answer_seconds: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float | None:
        """Return user and system time of the process until now; None where there is no /proc."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.exists():
            return None
        # The second field is the program's name, which may hold spaces.
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        """Return the memory that the process holds now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def send(self, request: bytes) -> Answer:
        """Send these very bytes and read one answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request)
            response = http.client.HTTPResponse(connection)
            response.begin()
            body = response.read()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


@contextlib.contextmanager
def running(name: str, module: str, environment: Mapping[str, str], folder: Path, *, ready: str) -> Iterator[Server]:
    """Run a module as a server until the block ends; it must answer 200 at the path `ready`."""
    port = _free_port()
    log = folder / f"{name}.log"
    started = time.perf_counter()
    with log.open("wb") as lines:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--port", str(port)],
            # Away from the checkout, where a developer's `.env` would have a say.
            cwd=folder,
            env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
            stdout=lines,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - no threads here
        )
        try:
            _wait(process, port, ready, started + _START_SECONDS, log)
            yield Server(name, port, process, time.perf_counter() - started)
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes], port: int, path: str, deadline: float, log: Path) -> None:
    while process.poll() is None and time.perf_counter() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            # As a proxy says it: in production, plain HTTP is refused.
            connection.request("GET", path, headers={"X-Forwarded-Proto": "https"})
            if connection.getresponse().status == 200:
                return
        time.sleep(0.005)
    raise RuntimeError(f"a server did not start:\n{log.read_text(errors='replace')[-4000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _die_with_parent() -> None:
    """Let the kernel stop the server when the run is killed and no `finally` is reached."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
