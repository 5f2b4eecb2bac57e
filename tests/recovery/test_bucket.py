"""Files of a bucket are saved with the database, and come back into another bucket."""

from __future__ import annotations

from pathlib import Path

from impl.gateways.storage import ObjectStorage, in_bucket
from tests.gateways.s3_server import S3Server
from tests.harness.databases import Databases
from tests.recovery.commands import Place, refused

# More than a part of an upload.
_LARGE = bytes(range(256)) * 40_000


def bucket(server: S3Server, name: str) -> ObjectStorage:
    return in_bucket(
        name,
        endpoint=server.endpoint,
        region="us-east-1",
        access_key_id=server.access_key_id,
        secret_access_key=server.secret_access_key,
        virtual_hosted=False,
    )


async def made(server: S3Server, name: str) -> ObjectStorage:
    """Return an empty bucket, which this server makes with the first upload."""
    storage = bucket(server, name)
    await storage.put("first", b"")
    await storage.delete("first")
    return storage


def _place(url: str, folder: Path, server: S3Server, name: str) -> Place:
    settings = {
        "STORAGE_DIR": "",
        "STORAGE_S3_BUCKET": name,
        "STORAGE_S3_ENDPOINT": server.endpoint,
        "STORAGE_S3_ACCESS_KEY_ID": server.access_key_id,
        "STORAGE_S3_SECRET_ACCESS_KEY": server.secret_access_key,
    }
    return Place(url, folder, settings)


# Whose database it is, the storage does not know.
async def test_a_bucket_is_saved_and_restored(
    databases: Databases, s3: S3Server, worker_id: str, tmp_path: Path
) -> None:
    here = _place(databases.migrated("sqlite", f"bucket_{worker_id}"), tmp_path, s3, "saved")
    there = _place(databases.empty("sqlite", f"bucket_new_{worker_id}"), tmp_path, s3, "restored")
    saved, restored = await made(s3, "saved"), await made(s3, "restored")
    files = {"pictures/one/large.webp": _LARGE, "pictures/one/thumb.webp": b"thumb", "documents/empty": b""}
    for key, content in files.items():
        await saved.put(key, content)
    identity, archive = tmp_path / "key.txt", tmp_path / "one.age"
    recipient = here.run("backup-key", identity).stdout.strip()
    done = here.run("backup", archive, "--recipient", recipient)
    assert done.returncode == 0, done.stderr
    assert ", 3 files, " in done.stdout

    done = there.run("restore", archive, "--identity", identity)
    assert done.returncode == 0, done.stderr
    assert {file.key: await restored.get(file.key) async for file in restored.files()} == files
    # Neither is anything of it replaced: the files alone are enough to refuse.
    databases.drop(there.url)
    refused(there.run("restore", archive, "--identity", identity), "The storage is not empty")
    nowhere = Place(here.url, tmp_path, {**here.settings, "STORAGE_S3_ENDPOINT": "http://127.0.0.1:9"})
    refused(nowhere.run("backup", tmp_path / "two.age", "--recipient", recipient), "The storage of files does not work")
    assert not (tmp_path / "two.age").exists()
    databases.drop(here.url)
