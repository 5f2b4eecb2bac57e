"""Process that has imported the service and forks into its programs, so that their starts cost no imports.

Run as `python -m tests.harness.preloaded`, with a socket as standard input; `launching.py` is the other end.
"""

from __future__ import annotations

import array
import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Any

# What the programs import when they start, and what uvicorn and Alembic import when they are at work.
_IMPORTED = (
    "alembic.__main__",
    "alembic.command",
    "impl.app",
    "impl.cli",
    "impl.demo",
    "impl.dev",
    "impl.wal",
    "impl.worker",
    "migrations.target",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.auto",
    "uvloop",
)
# A program runs its own module anew, as `python -m` does, and would be warned if that was imported before.
_PROGRAMS = ("alembic.__main__", "impl.app", "impl.cli", "impl.dev", "impl.wal", "impl.worker")
_LENGTH = 4
_FDS = 4
_HIGHEST_FD = 1024


@dataclass(frozen=True, slots=True)
class Request:
    """Program to become; `fds` are its standard input, output and error."""

    module: str
    arguments: list[str]
    environment: dict[str, str]
    folder: str
    fds: tuple[int, int, int]


class _Ending:
    """End of a child: the interpreter would take down, and so copy, all that the parent has imported (0.1 s).

    Registered before everything else, it is called last, when threads have ended, output of errors is written and all
    other functions that the program registered have run.
    """

    def __init__(self) -> None:
        self._status: int | None = None

    def run(self, request: Request) -> None:
        """Run the program, and note the exit status that the interpreter would give it."""
        self._status = 1
        try:
            runpy.run_module(request.module, run_name="__main__", alter_sys=True)
        except SystemExit as ended:
            self._status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
            raise
        except KeyboardInterrupt:
            self._status = None
            raise
        self._status = 0

    def __call__(self) -> None:
        if self._status is not None:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self._status)


def main() -> None:
    """Serve requests until the socket closes; a forked child returns from serving and runs its program."""
    ending = _Ending()
    atexit.register(ending)
    for name in _IMPORTED:
        importlib.import_module(name)
    for name in _PROGRAMS:
        del sys.modules[name]
    # What Alembic compares with: to copy the tables takes as long as most of its commands.
    for dialect in ("postgresql", "sqlite"):
        sys.modules["migrations.target"].target(dialect)
    # What all children share is not looked through in each of them, which would copy it.
    gc.collect()
    gc.freeze()
    request = serve(socket.socket(fileno=os.dup(sys.stdin.fileno())))
    if request is not None:
        ending.run(request)


def serve(control: socket.socket) -> Request | None:
    """Fork a child for each request until the socket closes; return in each child, with its request, and at the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the whole group; the test run decides
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(woken, select.POLLIN)
    running: dict[int, int] = {}
    while True:
        ready = {fd for fd, _ in poll.poll()}
        if woken in ready:
            os.read(woken, 4096)
            _report_ended(running)
        if control.fileno() in ready:
            received = _receive(control)
            if received is None:
                for child in running:
                    os.kill(child, signal.SIGKILL)
                return None
            request, status = received
            child = os.fork()
            if child == 0:
                control.detach()
                _become(request)
                return request
            for fd in request.fds:
                os.close(fd)
            running[child] = status
            os.write(status, f"{child}\n".encode())


def _receive(control: socket.socket) -> tuple[Request, int] | None:
    """Return the next request and where its pid and exit status are written, or None at the end."""
    head, ancillary, _, _ = control.recvmsg(_LENGTH, socket.CMSG_SPACE(_FDS * array.array("i").itemsize))
    if not head:
        return None
    fds = array.array("i")
    for _, _, data in ancillary:
        fds.frombytes(data)
    wanted = int.from_bytes(head)
    body = b""
    while len(body) < wanted:
        body += control.recv(wanted - len(body))
    asked: dict[str, Any] = json.loads(body)
    given, output, errors, status = fds
    return Request(**asked, fds=(given, output, errors)), status


def _report_ended(running: dict[int, int]) -> None:
    while running:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child == 0:
            return
        pipe = running.pop(child)
        os.write(pipe, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os.close(pipe)


def _become(request: Request) -> None:
    """Set up the forked child as a new process: descriptors, signals, environment, folder and arguments."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, fd in enumerate(request.fds):
        os.dup2(fd, number)
    os.closerange(3, _HIGHEST_FD)
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    sys.argv[1:] = request.arguments
    sys.path.insert(0, request.folder)


if __name__ == "__main__":
    main()
