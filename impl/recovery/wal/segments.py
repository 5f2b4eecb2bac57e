"""Files of the write-ahead log in the archive: each under its name and its digest, compressed and encrypted.

Whoever has the key reads one without this program too: `age --decrypt | zstd --decompress`.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyrage

from impl.gateways.storage import StoredFileMissing
from impl.recovery.errors import RecoveryError, explained

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from impl.gateways.storage import Storage
    from impl.recovery.archive import Identity, Recipient

# Segments, a part of one at the end of a timeline, histories of timelines, and labels of base backups.
_NAME: Final = re.compile(r"[0-9A-F]{24}(?:\.partial|\.[0-9A-F]{8}\.backup)?|[0-9A-F]{8}\.history")
_FOLDER: Final = "wal"
_SUFFIX: Final = ".zst.age"


class Segments:
    """Archived files of one server and of those that were recovered from it."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def archive(self, file: Path, recipients: Sequence[Recipient]) -> None:
        """Store a file; raises RecoveryError if another content is there under its name.

        The same content again is no error: PostgreSQL asks again when it did not hear the answer.
        """
        name = _checked(file.name)
        try:
            content = await asyncio.to_thread(file.read_bytes)
        except OSError as error:
            raise RecoveryError(f"{file} cannot be read: {error.strerror}.") from None
        key = f"{_FOLDER}/{name}/{sha256(content).hexdigest()}{_SUFFIX}"
        if (there := await self._keys(name)) == [key]:
            return
        if not there:
            sealed = await asyncio.to_thread(_seal, content, recipients)
            with explained("The archive"):
                await self._storage.put(key, sealed)
            # Whoever stored another one meanwhile finds both as well.
            there = await self._keys(name)
        if there != [key]:
            raise RecoveryError(f"{name} is archived with another content: is this the archive of another server?")

    async def fetch(self, name: str, target: Path, identities: Sequence[Identity]) -> bool:
        """Write a file to where the server wants it, whole or not at all; returns whether there is one.

        Raises RecoveryError if it cannot be told, or if what is there is damaged.
        """
        there = await self._keys(_checked(name))
        if not there:
            return False
        if len(there) > 1:
            raise RecoveryError(f"{name} is archived with {len(there)} contents: which is right, nobody can tell.")
        with explained("The archive"):
            try:
                sealed = await self._storage.get(there[0])
            except StoredFileMissing:
                return False
        content = await asyncio.to_thread(_open, sealed, identities, name)
        if there[0] != f"{_FOLDER}/{name}/{sha256(content).hexdigest()}{_SUFFIX}":
            raise RecoveryError(f"{name} is damaged in the archive: it is not what its digest says.")
        await asyncio.to_thread(_write, target, content)
        return True

    async def _keys(self, name: str) -> list[str]:
        with explained("The archive"):
            return [file.key async for file in self._storage.files(f"{_FOLDER}/{name}")]


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise RecoveryError(f"{name} is no name of a file of the write-ahead log.")
    return name


def _seal(content: bytes, recipients: Sequence[Recipient]) -> bytes:
    sealed: bytes = pyrage.encrypt(zstd.compress(content), list(recipients))
    return sealed


def _open(sealed: bytes, identities: Sequence[Identity], name: str) -> bytes:
    try:
        return zstd.decompress(pyrage.decrypt(sealed, list(identities)))
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise RecoveryError(f"{name} was encrypted to another key.") from error
        raise RecoveryError(f"{name} is damaged in the archive: {error}.") from error
    except (zstd.ZstdError, OSError, ValueError) as error:
        raise RecoveryError(f"{name} is damaged in the archive: {error}.") from error


def _write(target: Path, content: bytes) -> None:
    try:
        handle, unfinished = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(unfinished).rename(target)
        finally:
            Path(unfinished).unlink(missing_ok=True)
    except OSError as error:
        raise RecoveryError(f"{target} cannot be written: {error.strerror}.") from error
