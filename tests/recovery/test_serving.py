"""A server without Python archives and fetches by the script, whose statuses are those of the commands."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import pyrage
import pytest

from impl.gateways.storage import in_folder
from impl.recovery.wal.segments import Segments
from impl.recovery.wal.serving import SharedFolder
from tests.harness.databases import ROOT
from tests.harness.patience import PATIENCE

_SCRIPT: Final = ROOT / "docker" / "postgres" / "wal.sh"
_NAME: Final = "0000000100000000000000A1"
_OTHER: Final = "0000000100000000000000A2"
# The script looks for an answer five times a second.
_LOOKS: Final = round(PATIENCE * 5)


class Place:
    """Folder of a server, the archive, and what the archiver reports."""

    def __init__(self, folder: Path) -> None:
        self.spool, self.data = folder / "spool", folder / "data"
        self.spool.mkdir()
        self.data.mkdir()
        self.archive = folder / "archive"
        self.identity = pyrage.x25519.Identity.generate()
        self.reported: list[str] = []

    @asynccontextmanager
    async def served(self, *, can_read: bool = True) -> AsyncIterator[None]:
        """Answer beside the block."""
        shared = SharedFolder(
            self.spool,
            Segments(in_folder(self.archive)),
            recipients=[self.identity.to_public()],
            identities=[self.identity] if can_read else [],
            report=lambda error: self.reported.append(str(error)),
        )
        serving = asyncio.create_task(shared.run())
        # Its first step makes the folders, without which a script gives up at once.
        await asyncio.sleep(0)
        try:
            yield
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving

    async def run(self, *words: str, looks: int = _LOOKS) -> int:
        """Run the script as PostgreSQL does, in its folder, and return its status."""
        environment = {"PATH": os.environ["PATH"], "WAL_SPOOL": str(self.spool), "WAL_TRIES": str(looks)}
        process = await asyncio.create_subprocess_exec("sh", _SCRIPT, *words, cwd=self.data, env=environment)
        return await process.wait()

    def left(self) -> list[Path]:
        return [path for path in self.spool.rglob("*") if path.is_file()]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def test_what_is_archived_comes_back_and_nothing_is_left_in_between(place: Place) -> None:
    content = b"log" * 100_000
    (place.data / _NAME).write_bytes(content)
    async with place.served():
        for _ in range(2):
            assert await place.run("archive", _NAME, _NAME) == 0
        assert await place.run("fetch", _NAME, "RECOVERYXLOG") == 0
        assert (place.data / "RECOVERYXLOG").read_bytes() == content
        assert await place.run("fetch", _OTHER, "NONE") == 1, "the archive ends here"
    assert not (place.data / "NONE").exists()
    assert not place.left()
    assert not place.reported


async def test_a_failure_is_no_end_of_the_archive_and_is_reported(place: Place) -> None:
    (place.data / _NAME).write_bytes(b"first")
    async with place.served(can_read=False):
        assert await place.run("archive", _NAME, _NAME) == 0
        (place.data / _NAME).write_bytes(b"second")
        assert await place.run("archive", _NAME, _NAME) == 1
        assert await place.run("fetch", _NAME, "RECOVERYXLOG") == 200
    assert len(place.reported) == 2
    assert "--identity" in place.reported[1]
    assert not (place.data / "RECOVERYXLOG").exists()


async def test_without_an_archiver_nothing_is_taken_for_archived(place: Place) -> None:
    (place.data / _NAME).write_bytes(b"first")
    # As PostgreSQL has it: nobody but its own user may read what it writes.
    (place.data / _NAME).chmod(0o600)
    assert await place.run("archive", _NAME, _NAME) == 1, "there is no folder to hand it over by"
    async with place.served():
        assert await place.run("archive", _NAME, _NAME) == 0
    assert await place.run("archive", _NAME, _NAME, looks=1) == 1
    handed_over = place.spool / "archive" / _NAME
    assert stat.S_IMODE(handed_over.stat().st_mode) == 0o644, "the archiver runs as another user"
    assert await place.run("fetch", _NAME, "NONE", looks=1) == 200
    # It has been away, and what was left there meanwhile is no answer to what is asked now.
    async with place.served():
        assert await place.run("archive", _NAME, _NAME) == 0
