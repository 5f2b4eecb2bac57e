"""Files that a request left without a row: kept while it may be under way, deleted after that."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from impl.kernel.ids import new_id
from tests.harness.accounts import Accounts
from tests.harness.patience import PATIENCE
from tests.harness.service import Service
from tests.marketplace.payloads import PROPERTIES, house, ok
from tests.marketplace.photos.successes import picture

HOUR = 3600


def put(service: Service, folder: str, *, age: int) -> Path:
    """Put a file that nothing names into the storage, this many seconds old.

    It comes there with its age in one step: the worker deletes at any moment what it takes for old.
    """
    storage = service.settings.storage_dir
    assert storage is not None
    file, beside = storage / folder / str(new_id()), storage / f"{new_id()}.part"
    file.parent.mkdir(parents=True, exist_ok=True)
    beside.write_bytes(b"half a file")
    written = time.time() - age
    os.utime(beside, (written, written))
    return beside.rename(file)


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("job", "folder"),
    [
        ("originals", "originals"),
        ("message documents", "message-documents"),
        ("verification documents", "verifications"),
    ],
)
async def test_a_file_that_nothing_names_is_deleted(service: Service, job: str, folder: str) -> None:
    young, old = put(service, folder, age=5 * HOUR), put(service, folder, age=7 * HOUR)
    await service.services.cleanup_jobs[job]()
    assert young.exists(), "a request may be under way"
    async with asyncio.timeout(PATIENCE):
        # The worker may be at it, too.
        while old.exists():
            await asyncio.to_thread(old.exists)


async def test_pictures_without_a_photo_are_deleted_on_demand(service: Service, accounts: Accounts) -> None:
    owner = await accounts.make()
    home = ok(await owner.client.post(PROPERTIES, json=house()), 201)["id"]
    files = {"file": ("photo.png", picture(), "image/png")}
    photo = ok(await owner.client.post(f"{PROPERTIES}/{home}/photos", files=files), 201)["id"]
    left = [put(service, f"photos/{new_id()}", age=age * HOUR) for age in (5, 7)]
    kept = put(service, f"photos/{photo}", age=7 * HOUR)
    assert await service.services.marketplace.photos.delete_unnamed() >= 1, "others may be there, too"
    assert [file.exists() for file in (*left, kept)] == [True, False, True]
