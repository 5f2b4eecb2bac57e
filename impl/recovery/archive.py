"""Archive of a backup: a tar file, written and read in a stream, encrypted to public keys in the format of age.

Whoever has the key reads it without this program too: `age --decrypt | tar --extract`, and then
`sha256sum --check SHA256SUMS`. Nothing of it lies unencrypted on the disk, and no part is held in memory whole.
"""

from __future__ import annotations

import asyncio
import os
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

import pyrage

from impl.recovery.errors import RecoveryError

type Recipient = Any
type Identity = Any

SUMS: Final = "SHA256SUMS"
_BLOCK: Final = tarfile.BLOCKSIZE
_END: Final = bytes(_BLOCK)
_CHUNK_BYTES: Final = 256 * 1024
_NAME_MAX: Final = 4096
_DAMAGED: Final = "The archive is damaged or incomplete"


class ArchiveWriter:
    """Archive that is being written."""

    def __init__(self, pipe: IO[bytes], sums: IO[bytes]) -> None:
        self._pipe = pipe
        self._sums = sums

    async def add(self, name: str, size: int, chunks: AsyncIterator[bytes]) -> None:
        """Add a part whose size is known before."""
        header = tarfile.TarInfo(name)
        header.size = size
        header.mode = 0o600
        await self._write(header.tobuf(tarfile.GNU_FORMAT))
        digest, written = sha256(), 0
        async for chunk in chunks:
            written += len(chunk)
            if written > size:
                break
            digest.update(chunk)
            await self._write(chunk)
        if written != size:
            raise RecoveryError(f"{name} changed its size while it was read.")
        await self._write(bytes(-size % _BLOCK))
        if name != SUMS:
            self._sums.write(sums_line(name, digest.hexdigest()))

    async def add_bytes(self, name: str, content: bytes) -> None:
        """Add a small part."""
        await self.add(name, len(content), _in_one(content))

    async def finish(self) -> None:
        """Add the digests of all parts, and the end."""
        size = self._sums.tell()
        self._sums.seek(0)
        await self.add(SUMS, size, _chunks_of(self._sums))
        await self._write(_END * 2)

    async def _write(self, content: bytes) -> None:
        await asyncio.to_thread(self._pipe.write, content)


@asynccontextmanager
async def writing(target: Path, recipients: Sequence[Recipient]) -> AsyncIterator[ArchiveWriter]:
    """Write an archive that appears under its name when it is complete, for its owner only, or not at all."""
    try:
        with _appearing(target) as file:
            async with _encrypted(file, recipients) as writer:
                yield writer
    except OSError as error:
        raise RecoveryError(f"The archive {target} cannot be written: {error.strerror or error}.") from error


@contextmanager
def _appearing(target: Path) -> Iterator[IO[bytes]]:
    """Yield a file to write, which gets its name, if that is free, once all of it is on the disk."""
    if target.exists():
        raise RecoveryError(f"{target} is there already.")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(target)
        _keep_name(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


@asynccontextmanager
async def _encrypted(file: IO[bytes], recipients: Sequence[Recipient]) -> AsyncIterator[ArchiveWriter]:
    read_end, write_end = os.pipe()
    pipe = os.fdopen(write_end, "wb")
    encrypting = asyncio.create_task(asyncio.to_thread(_encrypt, os.fdopen(read_end, "rb"), file, recipients))
    with tempfile.TemporaryFile() as sums:
        try:
            writer = ArchiveWriter(pipe, sums)
            yield writer
            await writer.finish()
        finally:
            with suppress(BrokenPipeError):
                await asyncio.to_thread(pipe.close)
            # Its own error is the reason when the pipe broke.
            await encrypting


def _encrypt(pipe: IO[bytes], file: IO[bytes], recipients: Sequence[Recipient]) -> None:
    with pipe:
        try:
            pyrage.encrypt_io(pipe, file, list(recipients))
        except pyrage.EncryptError as error:
            raise OSError(str(error).removeprefix("OSError: ")) from error


def _keep_name(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@dataclass(slots=True)
class Member:
    """Part of an archive that is being read; its chunks are read once, before the next part is asked for."""

    name: str
    size: int
    _pipe: IO[bytes] = field(repr=False)
    _left: int = field(init=False)

    def __post_init__(self) -> None:
        self._left = self.size

    async def chunks(self) -> AsyncIterator[bytes]:
        """Read what has not been read yet."""
        while self._left:
            chunk = await _read(self._pipe, min(self._left, _CHUNK_BYTES))
            self._left -= len(chunk)
            yield chunk


@asynccontextmanager
async def reading(archive: IO[bytes], identities: Sequence[Identity]) -> AsyncIterator[AsyncIterator[Member]]:
    """Read the parts of an archive from its beginning, in their order; not all of them need be asked for.

    Raises RecoveryError for another key and for what is damaged; that the end is missing shows at the end only.
    """
    archive.seek(0)
    read_end, write_end = os.pipe()
    decrypting = asyncio.create_task(asyncio.to_thread(_decrypt, archive, os.fdopen(write_end, "wb"), identities))
    pipe = os.fdopen(read_end, "rb")
    try:
        yield _members(pipe)
    except _Broken as error:
        pipe.close()
        await decrypting
        raise RecoveryError(f"{_DAMAGED}.") from error
    finally:
        pipe.close()
        # A reader that leaves early breaks the pipe.
        with suppress(BrokenPipeError):
            await decrypting


def _decrypt(archive: IO[bytes], pipe: IO[bytes], identities: Sequence[Identity]) -> None:
    try:
        try:
            pyrage.decrypt_io(archive, pipe, list(identities))
        except BrokenPipeError:
            raise
        except pyrage.DecryptError as error:
            if "No matching keys" in str(error):
                raise RecoveryError("The archive was encrypted to another key.") from error
            raise RecoveryError(f"The archive is none, or its beginning is damaged: {error}.") from error
        except OSError as error:
            raise RecoveryError(f"{_DAMAGED}: {error}.") from error
    finally:
        with suppress(BrokenPipeError):
            pipe.close()


class _Broken(Exception):
    """Raised when what was decrypted is no tar file, or ends too early."""


async def _members(pipe: IO[bytes]) -> AsyncIterator[Member]:
    long_name: str | None = None
    while (block := await _read(pipe, _BLOCK)) != _END:
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError) as error:
            raise _Broken from error
        if header.type == tarfile.GNUTYPE_LONGNAME and 0 < header.size <= _NAME_MAX:
            padded = await _read(pipe, header.size + -header.size % _BLOCK)
            long_name = padded[: header.size].rstrip(b"\0").decode()
            continue
        if header.type != tarfile.REGTYPE:
            raise _Broken
        member = Member(long_name or header.name, header.size, pipe)
        long_name = None
        yield member
        async for _ in member.chunks():
            pass
        if padding := -member.size % _BLOCK:
            await _read(pipe, padding)
    # Behind the second block of the end there is nothing.
    if await asyncio.to_thread(pipe.read, _BLOCK + 1) != _END:
        raise _Broken


async def _read(pipe: IO[bytes], size: int) -> bytes:
    found = await asyncio.to_thread(pipe.read, size)
    if len(found) != size:
        raise _Broken
    return found


def sums_line(name: str, digest: str) -> bytes:
    """Return the line of a part among the digests, as `sha256sum` reads it."""
    return f"{digest}  {name}\n".encode()


async def _in_one(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _chunks_of(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
        yield chunk
