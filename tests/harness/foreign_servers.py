"""Other people's servers as processes of a test: object storage, proxies."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.harness.environment import clean_environment
from tests.harness.patience import PATIENCE


@contextmanager
def serving(command: Sequence[str | Path], folder: Path, *, ready: str) -> Iterator[None]:
    """Run a server in a folder, which is its home too, from the line of its log that says it is ready until the end."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=clean_environment(HOME=str(folder)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _await(process, ready)
        yield
    finally:
        process.kill()
        process.wait()


def _await(process: subprocess.Popen[str], words: str) -> None:
    """Wait for the line that the server writes when it listens, and read on, so that its log never blocks it."""
    ready = threading.Event()
    lines: list[str] = []

    def read() -> None:
        assert process.stderr is not None
        with process.stderr:
            for line in process.stderr:
                lines.append(line)
                if words in line:
                    ready.set()
        ready.set()

    threading.Thread(target=read, daemon=True).start()
    assert ready.wait(PATIENCE), "".join(lines)
    assert process.poll() is None, "".join(lines)
