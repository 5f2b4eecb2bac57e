"""Files in a folder and in a bucket of a real S3 server: whole or not at all, read in chunks, listed, deleted."""

from __future__ import annotations

import _thread
import asyncio
import io
import threading
from collections.abc import AsyncIterator, Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from impl.gateways.storage import (
    ObjectStorage,
    StoredFileMissing,
    delete_unnamed,
    forget_deleted,
    in_bucket,
    in_folder,
    put_back,
    wait_for_foreign_threads,
)
from impl.kernel.errors import Unavailable
from tests.gateways.s3_server import S3Server, s3_server
from tests.harness.patience import PATIENCE

LARGE = 12 * 1024 * 1024


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStorage:
    return in_folder(tmp_path / "files") if request.param == "folder" else bucket(request.getfixturevalue("s3"))


@pytest.fixture(params=["folder", "bucket"])
def keeping(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStorage:
    """Return a storage that keeps what is deleted."""
    if request.param == "folder":
        return in_folder(tmp_path / "files", keeps_deleted=True)
    return bucket(request.getfixturevalue("s3"), keeps_deleted=True)


def bucket(server: S3Server, *, secret: str | None = None, keeps_deleted: bool = False) -> ObjectStorage:
    return in_bucket(
        "hestami",
        endpoint=server.endpoint,
        region="us-east-1",
        access_key_id=server.access_key_id,
        secret_access_key=secret or server.secret_access_key,
        virtual_hosted=False,
        keeps_deleted=keeps_deleted,
    )


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def parts(*, broken: bool = False) -> AsyncIterator[bytes]:
    for number in range(12):
        yield bytes([number]) * (1024 * 1024)
    if broken:
        raise EOFError


async def test_what_is_stored_is_read_listed_and_deleted(storage: ObjectStorage) -> None:
    await storage.put("shelf/one", b"first")
    await storage.put("shelf/one", b"again")
    await storage.put("shelf/deep/two.jpg", io.BytesIO(b"second"))
    await storage.put("shelf-too/three", b"")

    assert await storage.get("shelf/one") == b"again"
    assert await storage.get("shelf-too/three") == b""
    assert {(file.key, file.size) async for file in storage.files("shelf")} == {
        ("shelf/one", 5),
        ("shelf/deep/two.jpg", 6),
    }
    for _ in range(2):
        await storage.delete("shelf/one")
    with pytest.raises(StoredFileMissing):
        await storage.get("shelf/one")
    with pytest.raises(StoredFileMissing):
        await storage.open("shelf/one")
    assert [file.key async for file in storage.files("shelf")] == ["shelf/deep/two.jpg"]
    assert [file async for file in storage.files("nothing")] == []
    assert {file.key async for file in storage.files()} >= {"shelf/deep/two.jpg", "shelf-too/three"}


async def test_a_large_file_streams_in_and_out_in_chunks(storage: ObjectStorage) -> None:
    await storage.put("large/file", parts())

    content = await storage.open("large/file")
    sizes: list[int] = []
    numbers: set[int] = set()
    async for chunk in content.chunks:
        sizes.append(len(chunk))
        numbers.update(chunk[:: 1024 * 64])

    assert content.size == sum(sizes) == LARGE
    assert numbers == set(range(12))
    assert max(sizes) < LARGE / 2


async def test_what_nothing_names_is_deleted_in_steps_that_ask_once(tmp_path: Path) -> None:
    storage = in_folder(tmp_path)
    kept, *gone = (uuid4() for _ in range(4))
    for name in (str(kept), *map(str, gone), "of-no-id"):
        await storage.put(f"proofs/{name}", b"content")
    asked: list[int] = []

    async def named(ids: Collection[UUID]) -> Collection[UUID]:
        asked.append(len(ids))
        return {kept} & set(ids)

    assert [number async for number in delete_unnamed(storage, "proofs", named=named)] == [0]
    assert not asked, "nothing is old enough"
    no_age = timedelta(hours=-1)
    steps = [number async for number in delete_unnamed(storage, "proofs", age=no_age, named=named, at_once=2)]
    assert (len(steps), sum(steps), sum(asked)) == (3, 4, 4)
    assert [file.key async for file in storage.files("proofs")] == [f"proofs/{kept}"]


async def test_whether_it_is_up_is_told_without_a_file(storage: ObjectStorage, s3: S3Server) -> None:
    await storage.put("shelf/one", b"makes the bucket")
    await storage.require_up()
    with pytest.raises(Unavailable):
        await bucket(s3, secret="of-somebody-else").require_up()


async def test_what_breaks_off_is_not_stored(storage: ObjectStorage) -> None:
    await storage.put("broken/file", b"before")
    with pytest.raises(EOFError):
        await storage.put("broken/file", parts(broken=True))

    assert await storage.get("broken/file") == b"before"
    assert [file.key async for file in storage.files("broken")] == ["broken/file"]


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../up", "a/../../up", "a/./b", "a//b", "a/", ".hidden", "a\x00b", "a\\b", "%2e%2e/up"]
)
async def test_no_key_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    storage = in_folder(tmp_path / "files")
    with pytest.raises(ValueError, match="a key is made of"):
        await storage.put(key, b"1")
    with pytest.raises(ValueError, match="a key is made of"):
        await storage.open(key)

    assert files_below(tmp_path) == []


async def test_a_refused_key_of_the_bucket_is_no_answer(s3: S3Server) -> None:
    with pytest.raises(Unavailable):
        await bucket(s3, secret="another").get("shelf/one")


async def test_the_end_waits_for_threads_that_others_have_started() -> None:
    within, leave, ended = threading.Event(), threading.Event(), list[str]()

    def foreign() -> None:
        within.set()
        leave.wait()
        ended.append("thread")

    _thread.start_new_thread(foreign, ())
    await asyncio.to_thread(within.wait)
    waiting = asyncio.create_task(asyncio.to_thread(wait_for_foreign_threads))
    waiting.add_done_callback(lambda _: ended.append("waiting"))
    leave.set()
    await waiting
    assert ended == ["thread", "waiting"]


async def test_what_was_deleted_is_kept_for_a_while_and_comes_back(keeping: ObjectStorage) -> None:
    kept = keeping
    before = datetime.now(UTC)
    for key in ("photos/one", "photos/two", "photos/three"):
        await kept.put(key, key.encode())
        await kept.delete(key)
        await kept.delete(key)
    await kept.put("photos/two", b"again")
    with pytest.raises(StoredFileMissing):
        await kept.get("photos/one")
    assert "photos/one" not in {file.key async for file in kept.files()}
    assert {file.key async for file in kept.files("photos")} == {"photos/two"}

    assert await put_back(kept, since=datetime.now(UTC) + timedelta(minutes=1)) == 0
    assert await put_back(kept, since=before) == 2
    assert [await kept.get(f"photos/{name}") for name in ("one", "two", "three")] == [
        b"photos/one",
        b"again",
        b"photos/three",
    ]
    assert sum([number async for number in forget_deleted(kept, before=before - timedelta(minutes=1))]) == 0
    assert sum([number async for number in forget_deleted(kept, before=before + timedelta(days=1))]) == 1
    assert [file.key async for file in kept.files("deleted")] == []


async def test_a_bucket_that_hangs_is_given_up_long_before_a_large_file_would_be() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        hung = in_bucket(
            "hung",
            endpoint=f"http://127.0.0.1:{port}",
            region="us-east-1",
            access_key_id="key",
            secret_access_key="of-tests",
            virtual_hosted=False,
            answer_seconds=0.1,
        )
        asked = (hung.get("a/b"), hung.open("a/b"), hung.put("a/b", b"1"), hung.delete("a/b"), hung.require_up())
        async with asyncio.timeout(PATIENCE):
            found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in found] == [Unavailable] * len(asked)
