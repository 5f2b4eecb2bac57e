"""The archive of the log gives back what was stored or says why not, and no failure looks like the archive's end."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import pyrage
import pytest

from impl.gateways.storage import ObjectStorage, in_folder
from impl.kernel.clock import SystemClock
from impl.recovery.errors import RecoveryError
from impl.recovery.wal.base_backups import BaseBackup, BaseBackups
from impl.recovery.wal.piping import piped
from impl.recovery.wal.segments import Segments
from tests.harness.environment import clean_environment
from tests.harness.launching import run
from tests.harness.postgres import find_binaries

if TYPE_CHECKING:
    from impl.recovery.archive import Identity

_NAME: Final = "0000000100000000000000A1"
_NOWHERE: Final = {"WAL_S3_BUCKET": "wal", "WAL_S3_ENDPOINT": "http://127.0.0.1:9"}


class Place:
    """Archive in a folder, and a segment to store in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.storage: ObjectStorage = in_folder(folder / "archive")
        self.segments = Segments(self.storage)
        self.identity: Identity = pyrage.x25519.Identity.generate()
        self.target = folder / "RECOVERYXLOG"
        self.segment = folder / _NAME
        self.segment.write_bytes(b"first" * 1000)

    async def store(self, content: bytes | None = None) -> None:
        """Archive the segment, with a content."""
        if content is not None:
            self.segment.write_bytes(content)
        await self.segments.archive(self.segment, [self.identity.to_public()])

    async def fetch(self, identity: Identity | None = None) -> bool:
        return await self.segments.fetch(_NAME, self.target, [identity or self.identity])

    async def stored(self) -> list[str]:
        return [file.key async for file in self.storage.files()]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def test_what_was_stored_comes_back_and_nothing_replaces_it(place: Place) -> None:
    await place.store()
    await place.store()
    (key,) = await place.stored()
    assert b"first" not in await place.storage.get(key)
    with pytest.raises(RecoveryError, match="another content"):
        await place.store(b"second")
    assert await place.fetch()
    assert place.target.read_bytes() == b"first" * 1000
    assert sorted(path.name for path in place.folder.iterdir()) == [_NAME, "RECOVERYXLOG", "archive"]


@pytest.mark.parametrize("name", ["pg_control", "../up", "0000000100000000000000a1", "00000001.history.bak", ""])
async def test_another_files_name_is_refused(place: Place, name: str) -> None:
    with pytest.raises(RecoveryError, match="no name of a file"):
        await place.segments.fetch(name, place.target, [place.identity])


@pytest.mark.parametrize("name", ["00000002.history", f"{_NAME}.partial", f"{_NAME}.00000028.backup"])
async def test_files_beside_segments_are_archived_too(place: Place, name: str) -> None:
    (place.folder / name).write_bytes(b"beside")
    await place.segments.archive(place.folder / name, [place.identity.to_public()])
    assert await place.segments.fetch(name, place.target, [place.identity])
    assert place.target.read_bytes() == b"beside"
    assert not await place.fetch(), "the segment itself is another file"


async def test_what_cannot_be_read_is_no_end_of_the_archive(place: Place) -> None:
    assert not await place.fetch()
    await place.store()
    (key,) = await place.stored()
    sealed = await place.storage.get(key)
    with pytest.raises(RecoveryError, match="another key"):
        await place.fetch(pyrage.x25519.Identity.generate())
    # Whoever has the public key can store what decrypts.
    forged = pyrage.encrypt(b"no zstd", [place.identity.to_public()])
    for damaged in (sealed[:-1], sealed[:200], b"", sealed[:-9] + bytes(9), forged):
        await place.storage.put(key, damaged)
        with pytest.raises(RecoveryError, match="damaged"):
            await place.fetch()
    other = f"{_NAME[:-1]}2"
    await place.storage.put(key, sealed)
    await place.storage.put(f"wal/{other}/{'0' * 64}.zst.age", sealed)
    with pytest.raises(RecoveryError, match="not what its digest says"):
        await place.segments.fetch(other, place.target, [place.identity])
    await place.storage.put(f"wal/{_NAME}/{'0' * 64}.zst.age", sealed)
    with pytest.raises(RecoveryError, match="2 contents"):
        await place.fetch()
    assert not place.target.exists()


@pytest.mark.parametrize(
    "settings", [_NOWHERE, {}, {"WAL_S3_BUCKET": "No Bucket"}, {**_NOWHERE, "WAL_S3_SECRET_ACCESS_KEY_FILE": "/none"}]
)
def test_a_failure_has_a_status_of_its_own(settings: dict[str, str], place: Place) -> None:
    key = place.folder / "key.txt"
    key.write_text(f"{place.identity}\n")
    environment = {**clean_environment(), "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", **settings}
    fetched = run("impl.wal", "fetch", _NAME, str(place.target), "--identity", str(key), environment=environment)
    assert fetched.returncode == 200, fetched.stderr
    recipient = str(place.identity.to_public())
    stored = run("impl.wal", "archive", str(place.segment), "--recipient", recipient, environment=environment)
    assert stored.returncode == 1, stored.stderr


async def test_a_base_backup_that_fails_leaves_nothing(place: Place) -> None:
    backups = BaseBackups(place.storage, find_binaries())
    nobody = {"PGHOST": "127.0.0.1", "PGPORT": "9"}
    with pytest.raises(RecoveryError, match=r"pg_basebackup failed: .*refused"):
        await backups.make([place.identity.to_public()], nobody, SystemClock())
    assert await place.stored() == []
    with pytest.raises(RecoveryError, match="None of the 0 base backups"):
        await backups.before(SystemClock().now())
    # One that has a note and another content is not unpacked either, and no folder is left.
    await place.storage.put("base/one/base.tar.zst.age", pyrage.encrypt(b"none", [place.identity.to_public()]))
    unpacked = place.folder / "unpacked"
    made = BaseBackup(key="base/one/base.tar.zst.age", started_at=SystemClock().now(), finished_at=SystemClock().now())
    with pytest.raises(RecoveryError, match="cannot be unpacked"):
        await backups.unpack(made, unpacked, [place.identity])
    with pytest.raises(RecoveryError, match="cannot be decrypted"):
        await backups.unpack(made, unpacked, [pyrage.x25519.Identity.generate()])
    assert not unpacked.exists()
    with pytest.raises(RecoveryError, match="is not empty"):
        await backups.unpack(made, place.folder / "archive", [place.identity])
    assert await place.stored() == [made.key]


async def test_the_newest_base_backup_before_the_moment_is_taken(place: Place) -> None:
    backups, now = BaseBackups(place.storage, None), SystemClock().now()
    for days in (1, 2, 3):
        ended = now - timedelta(days=days)
        made = BaseBackup(key=f"base/{days}/base.tar.zst.age", started_at=ended, finished_at=ended)
        await place.storage.put(f"base/{days}/finished.json", made.model_dump_json().encode())
    # Without a note it never ended.
    await place.storage.put("base/0/base.tar.zst.age", b"part")
    assert (await backups.before(now)).key == "base/1/base.tar.zst.age"
    assert (await backups.before(now - timedelta(hours=36))).key == "base/2/base.tar.zst.age"
    with pytest.raises(RecoveryError, match="None of the 3 base backups"):
        await backups.before(now - timedelta(days=4))


async def test_a_part_is_never_taken_for_the_whole() -> None:
    async def content(*, fails: bool) -> AsyncGenerator[bytes, None]:
        for number in range(8):
            yield bytes([number]) * 100_000
        if fails:
            raise EOFError

    def copy(given: IO[bytes], made: IO[bytes]) -> None:
        made.write(given.read())

    def fail(given: IO[bytes], made: IO[bytes]) -> None:
        made.write(given.read(10))
        raise ValueError

    async with piped(content(fails=False), copy) as chunks:
        assert sum([len(chunk) async for chunk in chunks]) == 800_000
    for fails, work, error in ((True, copy, EOFError), (False, fail, ValueError)):
        with pytest.raises(error):
            async with piped(content(fails=fails), work) as chunks:
                assert [chunk async for chunk in chunks] == []
    # A reader may leave early.
    async with piped(content(fails=False), copy) as chunks:
        async for _ in chunks:
            break
