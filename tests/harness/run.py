"""Resources that the workers of a test run share: a folder in memory and the PostgreSQL server in it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.harness import postgres
from tests.harness.databases import Databases

_PREFIX = "hestami-test-"


@contextlib.contextmanager
def shared_run(settings: Mapping[str, str] | None = None, *, log: list[str] | None = None) -> Iterator[Databases]:
    """Start what the run shares, or what one test needs for itself; everything is gone at the end.

    The server's settings go over the usual ones, and what it says is added to `log`, line by line.
    """
    with (
        throwaway_folder() as folder,
        postgres.serve(folder, settings, log=log) as server,
        contextlib.closing(Databases(folder, server)) as databases,
    ):
        yield databases


@contextlib.contextmanager
def throwaway_folder() -> Iterator[Path]:
    """Make a folder in memory for servers and their files, which is gone at the end."""
    parent = _memory()
    _remove_leftovers(parent)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
    folder.chmod(0o755)  # the server runs as another user when we are root
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> Path:
    """Prefer a folder in memory: the files are many, small and worth nothing."""
    memory = Path("/dev/shm")  # noqa: S108 - names are made by mkdtemp
    return memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())


def _remove_leftovers(parent: Path) -> None:
    """Free the memory of killed runs, which nothing else would free before the next boot."""
    for folder in parent.glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not _is_alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
