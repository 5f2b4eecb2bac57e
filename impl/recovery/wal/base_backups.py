"""Base backups in the archive: copies of a server's files, from which the write-ahead log is replayed.

Whoever has the key reads one without this program too: `age --decrypt | zstd --decompress | tar --extract`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tarfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self

import pyrage
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from impl.recovery.errors import RecoveryError, explained
from impl.recovery.programs import find, running
from impl.recovery.wal.piping import piped

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from datetime import datetime

    from impl.gateways.storage import Storage
    from impl.kernel.clock import Clock
    from impl.recovery.archive import Identity, Recipient

_FOLDER: Final = "base"
_CONTENT: Final = "base.tar.zst.age"
_FINISHED: Final = "finished.json"
_CHUNK_BYTES: Final = 1024 * 1024
_MANIFEST: Final = "backup_manifest"
# What is not there yet when it is copied comes from the archive, and the end of the copy waits until it is there.
_WORDS: Final = ("--pgdata=-", "--format=tar", "--wal-method=none", "--checkpoint=fast", "--no-password")


class BaseBackup(BaseModel):
    """Base backup that is whole; from its end on every moment can be recovered."""

    model_config = ConfigDict(frozen=True)

    key: str
    started_at: AwareDatetime
    finished_at: AwareDatetime

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Read the note that stands beside one."""
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            raise RecoveryError(f"A base backup's note is not understood: {error.errors()[0]['msg']}.") from None


class BaseBackups:
    """Base backups of one server."""

    def __init__(self, storage: Storage, programs: Path | None) -> None:
        self._storage = storage
        self._programs = programs

    async def make(self, recipients: Sequence[Recipient], server: Mapping[str, str], clock: Clock) -> BaseBackup:
        """Copy a running server, which `server` names by the variables of libpq; nothing is left if that fails."""
        program, started_at = find("pg_basebackup", self._programs), clock.now()
        key = f"{_FOLDER}/{started_at:%Y%m%dT%H%M%SZ}/{_CONTENT}"
        with explained("The archive"):
            async for there in self._storage.files(key.rpartition("/")[0]):
                raise RecoveryError(f"{there.key} is there already.")

        def seal(plain: IO[bytes], sealed: IO[bytes]) -> None:
            pyrage.encrypt_io(plain, sealed, list(recipients))

        with explained("The archive"):
            async with piped(_compressed(_copied(program, server)), seal) as content:
                await self._storage.put(key, content)
            made = BaseBackup(key=key, started_at=started_at, finished_at=clock.now())
            await self._storage.put(f"{key.rpartition('/')[0]}/{_FINISHED}", made.model_dump_json().encode())
        return made

    async def before(self, moment: datetime) -> BaseBackup:
        """Return the newest one that had ended at a moment."""
        with explained("The archive"):
            found = [
                BaseBackup.read(await self._storage.get(file.key))
                async for file in self._storage.files(_FOLDER)
                if file.key.endswith(f"/{_FINISHED}")
            ]
        usable = [one for one in found if one.finished_at <= moment]
        if not usable:
            raise RecoveryError(f"None of the {len(found)} base backups of the archive is older than {moment}.")
        return max(usable, key=lambda one: one.finished_at)

    async def unpack(self, backup: BaseBackup, folder: Path, identities: Sequence[Identity]) -> None:
        """Write a server's files into a folder that is empty or not there yet, and check them by their manifest."""
        program = find("pg_verifybackup", self._programs)
        _require_new(folder)

        def open_sealed(sealed: IO[bytes], plain: IO[bytes]) -> None:
            try:
                pyrage.decrypt_io(sealed, plain, list(identities))
            except BrokenPipeError:
                raise
            except (pyrage.DecryptError, OSError) as error:
                raise RecoveryError(f"The base backup cannot be decrypted: {error}.") from error

        try:
            with explained("The archive"):
                stored = await self._storage.open(backup.key)
                async with piped(stored.chunks, open_sealed) as content:
                    await _extract(content, folder)
            async with running(program, "--no-parse-wal", "--quiet", str(folder), environment={}) as (process, said):
                if await process.wait() != 0:
                    raise RecoveryError(f"The base backup is damaged: {await said}")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


async def _copied(program: str, server: Mapping[str, str]) -> AsyncGenerator[bytes, None]:
    async with running(program, *_WORDS, environment=server) as (process, said):
        if process.stdout is None:
            raise RuntimeError("the program was started without a pipe")
        while chunk := await process.stdout.read(_CHUNK_BYTES):
            yield chunk
        if await process.wait() != 0:
            raise RecoveryError(f"pg_basebackup failed: {await said}")


async def _compressed(content: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    compressor = zstd.ZstdCompressor()
    async with aclosing(content):
        async for chunk in content:
            yield await asyncio.to_thread(compressor.compress, chunk)
    yield compressor.flush()


def _require_new(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        if any(folder.iterdir()):
            raise RecoveryError(f"{folder} is not empty: recover into a new folder.")
    except OSError as error:
        raise RecoveryError(f"{folder} cannot be used: {error.strerror}.") from None


async def _extract(content: AsyncGenerator[bytes, None], folder: Path) -> None:
    """Unpack in a thread, which is given what arrives by a pipe."""

    def extract(compressed: IO[bytes], _: IO[bytes]) -> None:
        try:
            with zstd.open(compressed, "rb") as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
                tar.extractall(folder, filter="tar")
        except (zstd.ZstdError, tarfile.TarError, EOFError, OSError) as error:
            raise RecoveryError(f"The base backup cannot be unpacked: {error}.") from error
        if not Path(folder, _MANIFEST).exists():
            raise RecoveryError("The base backup has no manifest.")
        # Nothing that follows is left to be written into a closed pipe.
        while compressed.read(_CHUNK_BYTES):
            pass

    async with piped(content, extract) as nothing:
        async for _ in nothing:
            pass


def restore_settings(*, fetch: str, until: datetime) -> str:
    """Return the settings of a server that recovers to a moment, and waits there to be looked at."""
    return f"\nrestore_command = {_quoted(fetch)}\nrecovery_target_time = {_quoted(until.isoformat())}\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def write_recovery(folder: Path, settings: str) -> None:
    """Write what makes the server of this folder recover when it starts: the settings and `recovery.signal`."""
    with (folder / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.write(settings)
    signal = folder / "recovery.signal"
    signal.touch(mode=0o600)
    if os.geteuid() == 0:
        owner = (folder / "PG_VERSION").stat()
        for path in (folder, signal):
            os.chown(path, owner.st_uid, owner.st_gid)
