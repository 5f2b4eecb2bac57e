"""Start of programs, such as the service and its tools, as processes forked from one that has imported the service.

What a test learns is what it would learn from `python -m ...`: a pid that can be killed, an exit status, standard
output and error, settings from an environment of its own. Only the imports are shared, which take longer than most
commands.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import IO, Literal, override

ROOT = Path(__file__).parents[2]

type Module = Literal[
    "alembic",
    "impl.app",
    "impl.cli",
    "impl.dev",
    "impl.wal",
    "impl.worker",
    "schemathesis.cli",
    "tests.harness.assembled",
    "tests.kernel.hanging_worker",
]


class Process:
    """Started program; waiting for it returns its exit status, as `subprocess.Popen` gives it."""

    def __init__(self, status: int) -> None:
        self._status = os.fdopen(status)
        self._lock = threading.Lock()
        self._exit: int | None = None
        self.pid = int(self._status.readline())

    def wait(self) -> int:
        """Wait until the program has ended, and return its status."""
        with self._lock:
            if self._exit is None:
                line = self._status.readline()
                assert line, "the process that programs are forked from has gone"
                self._exit = int(line)
                self._status.close()
            return self._exit

    def send_signal(self, number: signal.Signals) -> None:
        """Send the program a signal, unless it is known to have ended."""
        if self._exit is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def run(
    module: Module, *arguments: str, environment: Mapping[str, str], folder: Path = ROOT, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, as `subprocess.run` does with text and captured output."""
    with contextlib.ExitStack() as stack:
        (their_input, our_input), (our_output, their_output), (our_errors, their_errors) = (
            _pipe(stack) for _ in range(3)
        )
        process = start(
            module,
            *arguments,
            environment=environment,
            folder=folder,
            given=their_input,
            output=their_output,
            errors=their_errors,
        )
        for file in (their_input, their_output, their_errors):
            file.close()
        readers = [_Reader(our_output), _Reader(our_errors)]
        with contextlib.suppress(BrokenPipeError):
            our_input.write(given.encode())
        our_input.close()
        output, errors = (reader.text() for reader in readers)
        return subprocess.CompletedProcess([module, *arguments], process.wait(), output, errors)


def start(
    module: Module,
    *arguments: str,
    environment: Mapping[str, str],
    folder: Path = ROOT,
    given: IO[bytes] | None = None,
    output: IO[bytes],
    errors: IO[bytes] | None = None,
    parent: Parent | None = None,
) -> Process:
    """Start a program with these files as standard input, output and error; the caller closes its own copies."""
    asked = {"module": module, "arguments": arguments, "environment": dict(environment), "folder": str(folder)}
    with Path(os.devnull).open("rb") as nothing:
        files = (given or nothing, output, errors or output)
        return (parent or _parent()).fork(json.dumps(asked).encode(), [file.fileno() for file in files])


class Parent:
    """Process from which programs are forked, as this process sees it: by a socket that it reads requests from."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._lock = threading.Lock()

    def fork(self, request: bytes, fds: list[int]) -> Process:
        """Have a program started with these descriptors."""
        with self._lock:
            ours, theirs = os.pipe()
            try:
                socket.send_fds(self._control, [len(request).to_bytes(4)], [*fds, theirs])
                self._control.sendall(request)
            finally:
                os.close(theirs)
            return Process(ours)


class _Imported(Parent):
    """Parent that has imported the programs."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        super().__init__(ours)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.harness.preloaded"],
                cwd=ROOT,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
            )
        self.pid = self._process.pid
        atexit.register(self.close)

    def close(self) -> None:
        """End the parent, and all programs that it has started and nobody has waited for."""
        self._control.close()
        self._process.wait()


@contextlib.contextmanager
def assembled(*arguments: str, environment: Mapping[str, str], folder: Path) -> Iterator[Parent]:
    """Start a service that is assembled once, and forks into one that serves each time that it is asked to."""
    ours, theirs = socket.socketpair()
    with theirs, theirs.makefile("rb") as given, Path(os.devnull).open("wb") as nothing:
        process = start(
            "tests.harness.assembled", *arguments, environment=environment, folder=folder, given=given, output=nothing
        )
    with ours:
        yield Parent(ours)
    process.wait()


@cache
def _parent() -> _Imported:
    return _Imported()


def parent_process() -> int | None:
    """Return the process that programs are forked from, if one was needed."""
    return _parent().pid if _parent.cache_info().currsize else None


class _Reader(threading.Thread):
    """Reads a pipe to its end, so that a writer of another one does not block."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._file = file
        self._read = b""
        self.start()

    @override
    def run(self) -> None:
        """Read until the other end is closed."""
        self._read = self._file.read()

    def text(self) -> str:
        """Return all that was read, once the other end is closed."""
        self.join()
        return self._read.decode()


def _pipe(stack: contextlib.ExitStack) -> tuple[IO[bytes], IO[bytes]]:
    """Return the end to read from and the end to write to, which are closed with the stack at the latest."""
    readable, writable = os.pipe()
    return stack.enter_context(os.fdopen(readable, "rb")), stack.enter_context(os.fdopen(writable, "wb", 0))
