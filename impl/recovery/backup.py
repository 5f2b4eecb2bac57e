"""Backup of the database and the files, and their restoration into new places."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Final

from impl.gateways.storage import StoredFileMissing
from impl.kernel.engines.database_url import database_url
from impl.recovery import keys, manifest
from impl.recovery.archive import SUMS, ArchiveWriter, Member, reading, sums_line, writing
from impl.recovery.errors import RecoveryError, explained
from impl.recovery.manifest import DATABASE, FILES, Engine, Manifest, RecoverableDatabase
from impl.recovery.postgresql import RecoverablePostgres
from impl.recovery.sqlite import RecoverableSqlite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from impl.gateways.storage import Storage
    from impl.recovery.archive import Identity

# What is held in memory of a database whose size nobody knows before its end.
_PART_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of a backup or a restoration: what it has carried."""

    archive: Path
    manifest: Manifest
    files: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """Backup and restoration of one database and its files."""

    database_url: str
    storage: Storage
    programs: Path | None
    """Folder of `pg_dump` and `pg_restore`; without one they are on the PATH."""

    async def back_up(self, to: Path, recipients: Sequence[str], now: datetime) -> Outcome:
        """Write an archive, into a folder under a name of its own; raises RecoveryError, and leaves nothing then."""
        readers, (engine, database) = keys.read_recipients(recipients), self._database()
        target = _named(to, now)
        async with database.snapshot() as snapshot, writing(target, readers) as archive:
            described = manifest.write(engine, snapshot, now)
            await archive.add_bytes(manifest.NAME, described)
            number = 0
            async for part in _parts(snapshot.content):
                number += 1
                await archive.add_bytes(f"{DATABASE}{number:08}", part)
            # After the database, so that each file that its rows name is there, unless it was deleted meanwhile.
            files = await self._add_files(archive)
        return Outcome(target, manifest.read(described), files)

    async def restore(self, archive: Path, identity: Path, knows: Callable[[str], bool]) -> Outcome:
        """Fill an empty database and an empty storage; raises RecoveryError, and has changed nothing then.

        `knows` tells whether this release knows a revision of the schema.
        """
        identities, (engine, database) = keys.read_identities(identity), self._database()
        with _opened(archive) as opened:
            await database.require_empty()
            await self._require_no_files()
            found = await _verify(opened, identities, engine, knows)
            files = await self._restore(opened, identities, database)
        restored = await database.summarize()
        if restored != (found.revision, found.rows):
            raise RecoveryError("What was restored is not what the archive promises: do not serve from it.")
        return Outcome(archive, found, files)

    def _database(self) -> tuple[Engine, RecoverableDatabase]:
        if database_url(self.database_url).get_backend_name() == "sqlite":
            return "sqlite", RecoverableSqlite(self.database_url)
        return "postgresql", RecoverablePostgres(self.database_url, self.programs)

    async def _add_files(self, archive: ArchiveWriter) -> int:
        count = 0
        with explained("The storage of files"):
            async for file in self.storage.files():
                try:
                    content = await self.storage.open(file.key)
                except StoredFileMissing:
                    continue
                async with aclosing(content.chunks) as chunks:
                    await archive.add(f"{FILES}{file.key}", content.size, chunks)
                count += 1
        return count

    async def _require_no_files(self) -> None:
        with explained("The storage of files"):
            async for file in self.storage.files():
                raise RecoveryError(f"The storage is not empty, it has {file.key}: restore into a new one.")

    async def _restore(self, archive: IO[bytes], identities: Sequence[Identity], database: RecoverableDatabase) -> int:
        """Restore the files and then the database, which comes into being as a whole; the files go if it does not."""
        with TemporaryFile() as stored:
            try:
                count = 0
                async with reading(archive, identities) as members:
                    async for member in members:
                        if member.name.startswith(FILES):
                            key = member.name.removeprefix(FILES)
                            await self._put(key, member)
                            stored.write(f"{key}\n".encode())
                            count += 1
                async with reading(archive, identities) as members:
                    await database.restore(_database_content(members))
            except BaseException:
                stored.seek(0)
                for line in stored:
                    await self.storage.delete(line.decode().rstrip("\n"))
                raise
        return count

    async def _put(self, key: str, member: Member) -> None:
        with explained("The storage of files"):
            try:
                await self.storage.put(key, member.chunks())
            except ValueError as error:
                raise RecoveryError(f"The archive holds a file that no storage takes: {error}.") from error


def _named(to: Path, now: datetime) -> Path:
    return to / manifest.file_name(now) if to.is_dir() else to


async def _verify(
    archive: IO[bytes], identities: Sequence[Identity], engine: Engine, knows: Callable[[str], bool]
) -> Manifest:
    """Read an archive to its end, and return its manifest if each part is what its digest says."""
    found: Manifest | None = None
    is_whole = False
    with TemporaryFile() as sums:
        async with reading(archive, identities) as members:
            async for member in members:
                if found is None:
                    content = await _small(member)
                    found = _checked(manifest.read(content), engine, knows)
                    sums.write(sums_line(member.name, sha256(content).hexdigest()))
                elif member.name == SUMS and not is_whole:
                    is_whole = await _agrees(member, sums)
                elif is_whole:
                    raise RecoveryError("The archive has parts behind its end.")
                else:
                    digest = sha256()
                    async for chunk in member.chunks():
                        digest.update(chunk)
                    sums.write(sums_line(member.name, digest.hexdigest()))
    if found is None or not is_whole:
        raise RecoveryError("The archive is damaged or incomplete: its digests are missing.")
    return found


def _checked(found: Manifest, engine: Engine, knows: Callable[[str], bool]) -> Manifest:
    if found.engine != engine:
        raise RecoveryError(f"The archive is of {found.engine}, and the database of the settings is of {engine}.")
    if not knows(found.revision):
        raise RecoveryError(
            f"The archive has the schema {found.revision}, which this release does not know: use the one that made it."
        )
    return found


async def _small(member: Member) -> bytes:
    if member.name != manifest.NAME or member.size > manifest.BYTES_MAX:
        raise RecoveryError("The archive has no manifest: it is no backup of Hestami.")
    return b"".join([chunk async for chunk in member.chunks()])


async def _agrees(member: Member, sums: IO[bytes]) -> bool:
    is_same = member.size == sums.tell()
    sums.seek(0)
    async for chunk in member.chunks():
        is_same = is_same and sums.read(len(chunk)) == chunk
    if not is_same:
        raise RecoveryError("The archive is damaged: a part is not what its digest says.")
    return True


async def _database_content(members: AsyncIterator[Member]) -> AsyncIterator[bytes]:
    """Join the parts of the database, which stand together; what follows is not read."""
    has_begun = False
    async for member in members:
        if member.name.startswith(DATABASE):
            has_begun = True
            async for chunk in member.chunks():
                yield chunk
        elif has_begun:
            return


async def _parts(content: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    part = bytearray()
    async for chunk in content:
        part += chunk
        while len(part) >= _PART_BYTES:
            yield bytes(part[:_PART_BYTES])
            del part[:_PART_BYTES]
    if part:
        yield bytes(part)


@contextmanager
def _opened(archive: Path) -> Iterator[IO[bytes]]:
    try:
        opened = archive.open("rb")
    except OSError as error:
        raise RecoveryError(f"The archive {archive} cannot be read: {error.strerror}.") from None
    with opened:
        yield opened
