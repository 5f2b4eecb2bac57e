"""Storage of files by key: a folder of this machine, or a bucket of any server that speaks S3."""

from __future__ import annotations

import asyncio
import atexit
import os
import re
import shutil
import sys
import threading
import time
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import IO, TYPE_CHECKING, Final, Protocol
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from impl.kernel import tracing
from impl.kernel.clock import Clock
from impl.kernel.errors import Unavailable
from impl.kernel.retention import CleanupJob, Steps

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from obstore import GetResult
    from obstore.store import ClientConfig, RetryConfig, S3Config

# What one transfer may hold in memory, apart from the network's own buffers. Parts of an S3 upload have 5 MiB at least.
_PART_BYTES: Final = 5 * 1024 * 1024
_CHUNK_BYTES: Final = 64 * 1024
_LISTED_AT_ONCE: Final = 500
_DELETED_AT_ONCE: Final = 100
# A file that no row names after this time was sent by a request that did not come to its end.
ORPHANED_AFTER: Final = timedelta(hours=6)
_CONNECT_SECONDS: Final = 5
_REQUEST_SECONDS: Final = 60
# For the head of an answer, and three times as much to store what is there whole: a storage that hangs keeps nobody
# waiting for as long as a large file may take.
_ANSWER_SECONDS: Final = 10.0
_RETRIES: Final = 3
# A thread is on its way out of Python for microseconds, unless the machine is very busy.
_PARTING_SECONDS: Final = 5
_LOOKED_AGAIN_SECONDS: Final = 0.001
_ROOM_BYTES: Final = 1024 * 1024
# Folder below which nothing is ever stored: to list it shows that the bucket is there and lets us in.
_NOTHING: Final = "nothing"
# Folder of what was deleted and is kept for a while, each below the time of its deletion.
_DELETED: Final = "deleted"
_DELETED_AT: Final = "%Y%m%dT%H%M%SZ"
_KEY_MAX: Final = 512
# Segments begin with a letter or digit: none is hidden, `.` or `..`, and no key means anything to a file system.
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")


def wait_for_foreign_threads() -> None:
    """Wait until no thread that Python has not started is within Python.

    A thread of obstore hands a result to the event loop, which may use it and end before the thread is back. The
    interpreter ends such a thread where it stands, and with it, since it is Rust's, the whole process (SIGABRT).
    """
    latest = time.monotonic() + _PARTING_SECONDS
    while time.monotonic() < latest:
        started = {thread.ident for thread in threading.enumerate()}
        if sys._current_frames().keys() <= started:  # noqa: SLF001 - documented; its name only warns of its cost
            return
        time.sleep(_LOOKED_AGAIN_SECONDS)


atexit.register(wait_for_foreign_threads)


class StoredFileMissing(LookupError):
    """Raised when nothing is stored under a key."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """File in the storage, as a listing tells of it."""

    key: str
    size: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class StoredContent:
    """Content of a stored file: its size in bytes, and its chunks, which are read once and then closed."""

    size: int
    chunks: AsyncGenerator[bytes, None]


class Storage(Protocol):
    """Files by key: `a/b/c`, of letters, digits, `.`, `_` and `-`. Raises Unavailable when the storage fails."""

    async def put(self, key: str, content: bytes | IO[bytes] | AsyncIterator[bytes]) -> None:
        """Store the content atomically, replacing an existing file."""
        ...

    async def get(self, key: str) -> bytes:
        """Return a small file whole; raises StoredFileMissing."""
        ...

    async def open(self, key: str) -> StoredContent:
        """Begin to read a file of any size; raises StoredFileMissing."""
        ...

    async def delete(self, key: str) -> None:
        """Delete a file, if it is there."""
        ...

    def files(self, prefix: str | None = None) -> AsyncIterator[StoredFile]:
        """List the files below a folder `a/b`, or all files except deleted ones, in no order."""
        ...

    async def require_up(self) -> None:
        """Raise Unavailable when it does not answer, or takes no files."""
        ...


class ObjectStorage:
    """Storage on what obstore can reach; LocalStore and S3Store both replace a file in one step.

    The store is made with the first use: a program that only lists its routes leaves no folder behind.
    """

    def __init__(
        self,
        connect: Callable[[], ObjectStore],
        folder: Path | None = None,
        *,
        keeps_deleted: bool = False,
        answer_seconds: float = _ANSWER_SECONDS,
    ) -> None:
        """Take what makes the store, its folder if it is one of this machine, and whether deleted files are kept."""
        self._answer_seconds = answer_seconds
        self._connect = connect
        self._folder = folder
        self._keeps_deleted = keeps_deleted

    @cached_property
    def _store(self) -> ObjectStore:
        return self._connect()

    async def put(self, key: str, content: bytes | IO[bytes] | AsyncIterator[bytes]) -> None:
        # What comes in parts takes as long as whoever makes it.
        bound = 3 * self._answer_seconds if isinstance(content, bytes) else None
        with _failures(_checked(key)), _traced("put"):
            async with asyncio.timeout(bound):
                await obstore.put_async(self._store, key, content, chunk_size=_PART_BYTES, max_concurrency=1)

    async def get(self, key: str) -> bytes:
        with _failures(_checked(key)), _traced("get"):
            found = await self._found(key)
            return bytes(await found.bytes_async())

    async def open(self, key: str) -> StoredContent:
        with _failures(_checked(key)), _traced("get"):
            found = await self._found(key)
            stream = found.stream(min_chunk_size=_CHUNK_BYTES)
            size = found.meta["size"]

        async def chunks() -> AsyncGenerator[bytes, None]:
            with _failures(key):
                async for chunk in stream:
                    yield bytes(chunk)

        return StoredContent(size, chunks())

    async def _found(self, key: str) -> GetResult:
        async with asyncio.timeout(self._answer_seconds):
            return await obstore.get_async(self._store, key)

    async def delete(self, key: str) -> None:
        try:
            with _failures(_checked(key)), _traced("delete"):
                async with asyncio.timeout(self._answer_seconds):
                    if self._keeps_deleted and not _is_deleted(key):
                        at = datetime.now(UTC).strftime(_DELETED_AT)
                        await obstore.rename_async(self._store, key, f"{_DELETED}/{at}/{key}")
                    else:
                        await obstore.delete_async(self._store, key)
        except StoredFileMissing:
            return

    async def files(self, prefix: str | None = None) -> AsyncIterator[StoredFile]:
        with _failures("" if prefix is None else _checked(prefix)):
            async for found in obstore.list(self._store, prefix, chunk_size=_LISTED_AT_ONCE):
                for one in found:
                    if prefix is not None or not _is_deleted(one["path"]):
                        yield StoredFile(one["path"], one["size"], one["last_modified"])

    async def require_up(self) -> None:
        if self._folder is not None:
            await asyncio.to_thread(_require_writable, self._folder)
            return
        with _failures(""):
            async with asyncio.timeout(self._answer_seconds):
                async for _ in obstore.list(self._store, _NOTHING, chunk_size=1):
                    return


def _require_writable(folder: Path) -> None:
    """Raise Unavailable unless files can be made in a folder, or it can be made where it is missing."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK) or shutil.disk_usage(there).free < _ROOM_BYTES:
        raise Unavailable("The folder of the storage cannot be written to, or is full.")


async def delete_unnamed(
    storage: Storage,
    folder: str,
    *,
    named: Callable[[Collection[UUID]], Awaitable[Collection[UUID]]],
    age: timedelta = ORPHANED_AFTER,
    at_once: int = _DELETED_AT_ONCE,
) -> AsyncGenerator[int, None]:
    """Delete the files of a folder that have an age and that nothing names, and yield the number after each step.

    `named` tells which of these ids are named by something: a name in the folder is an id, or nothing names it. Ages go
    by the time of the machine, as the storage's own times of its files do.
    """
    before = datetime.now(UTC) - age
    looked_at: list[StoredFile] = []
    async for file in storage.files(folder):
        looked_at.append(file)
        if len(looked_at) == at_once:
            yield await _delete_unnamed(storage, looked_at, before, named)
            looked_at.clear()
    yield await _delete_unnamed(storage, looked_at, before, named)


async def _delete_unnamed(
    storage: Storage,
    files: Sequence[StoredFile],
    before: datetime,
    named: Callable[[Collection[UUID]], Awaitable[Collection[UUID]]],
) -> int:
    ids = {file.key: _id_of(file.key) for file in files if file.modified_at < before}
    asked = {one for one in ids.values() if one is not None}
    kept = set(await named(asked)) if asked else set()
    gone = [key for key, one in ids.items() if one not in kept]
    for key in gone:
        await storage.delete(key)
    return len(gone)


async def forget_deleted(
    storage: Storage, *, before: datetime, at_once: int = _DELETED_AT_ONCE
) -> AsyncGenerator[int, None]:
    """Remove the kept files that were deleted before a time, and yield the number after each step."""
    gone = 0
    async for file in storage.files(_DELETED):
        if _deletion_of(file.key)[0] < before:
            await storage.delete(file.key)
            gone += 1
            if gone == at_once:
                yield gone
                gone = 0
    if gone:
        yield gone


def cleanup_of_deleted(storage: Storage, clock: Clock, kept: timedelta) -> CleanupJob:
    """Return the job that removes deleted files after their retention period."""

    async def steps() -> Steps:
        async for number in forget_deleted(storage, before=clock.now() - kept):
            yield {"deleted_files": number}

    return CleanupJob(steps)


async def put_back(storage: Storage, *, since: datetime) -> int:
    """Restore files that were deleted at a time or later, unless their place is taken; return their number."""
    first: dict[str, str] = {}
    # Names have no parts of seconds: rather a file too many than one too few.
    since = since.astimezone(UTC).replace(microsecond=0)
    async for file in storage.files(_DELETED):
        at, key = _deletion_of(file.key)
        # Names sort by time: the first deletion after that time took what was there then.
        if at >= since and (key not in first or file.key < first[key]):
            first[key] = file.key
    async for file in storage.files():
        first.pop(file.key, None)
    for key, kept in first.items():
        content = await storage.open(kept)
        async with aclosing(content.chunks) as chunks:
            await storage.put(key, chunks)
        await storage.delete(kept)
    return len(first)


def _is_deleted(key: str) -> bool:
    return key.startswith(f"{_DELETED}/")


def _deletion_of(key: str) -> tuple[datetime, str]:
    """Return when a kept file was deleted, and the key that it had."""
    _, at, former = key.split("/", 2)
    return datetime.strptime(at, _DELETED_AT).replace(tzinfo=UTC), former


def _id_of(key: str) -> UUID | None:
    try:
        return UUID(key.split("/")[1])
    except ValueError:
        return None


def in_folder(folder: Path, *, keeps_deleted: bool = False) -> ObjectStorage:
    """Store files in a folder, which is made when it is missing."""
    return ObjectStorage(
        lambda: LocalStore(folder.resolve(), automatic_cleanup=True, mkdir=True),
        folder.resolve(),
        keeps_deleted=keeps_deleted,
    )


def in_bucket(
    bucket: str,
    *,
    endpoint: str | None,
    region: str,
    access_key_id: str | None,
    secret_access_key: str | None,
    virtual_hosted: bool,
    keeps_deleted: bool = False,
    answer_seconds: float = _ANSWER_SECONDS,
) -> ObjectStorage:
    """Store files in a bucket that is there; without an endpoint it is one of AWS.

    Without keys, those of the machine's role or of the AWS environment variables are used.
    """
    config: S3Config = {"region": region, "virtual_hosted_style_request": virtual_hosted}
    if endpoint is not None:
        config["endpoint"] = endpoint
    if access_key_id is not None and secret_access_key is not None:
        config["access_key_id"] = access_key_id
        config["secret_access_key"] = secret_access_key
    client: ClientConfig = {
        "allow_http": endpoint is not None and endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=_CONNECT_SECONDS),
        "timeout": timedelta(seconds=_REQUEST_SECONDS),
    }
    retries: RetryConfig = {"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=_REQUEST_SECONDS)}
    return ObjectStorage(
        lambda: S3Store(bucket, config=config, client_options=client, retry_config=retries),
        keeps_deleted=keeps_deleted,
        answer_seconds=answer_seconds,
    )


def _traced(operation: str) -> AbstractContextManager[object]:
    """Record an operation without its key, which may hold the id of somebody's file."""
    return tracing.span(f"storage {operation}", {"hestami.storage.operation": operation})


def _checked(key: str) -> str:
    if len(key) > _KEY_MAX or not _KEY.fullmatch(key):
        raise ValueError("a key is made of segments of letters, digits, dot, hyphen and underscore")
    return key


@contextmanager
def _failures(key: str) -> Iterator[None]:
    """Turn the library's errors into ours; its messages may hold the bucket's address, which is for the log alone."""
    try:
        yield
    except FileNotFoundError as error:
        raise StoredFileMissing(key) from error
    except (BaseError, OSError) as error:
        raise Unavailable("Files cannot be stored or read at the moment.") from error
