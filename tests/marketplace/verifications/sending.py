"""Sending licences in, deciding them, and looking at their files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from tests.harness.patience import PATIENCE
from tests.marketplace.payloads import Json, ok
from tests.marketplace.verifications.successes import LICENCE, PDF, QUEUE, REJECTION, VERIFICATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness.accounts import Account
    from tests.harness.service import Service

VERIFY: Final = {"decision": "VERIFY"}
REVOCATION: Final = {"note": "The division has suspended it."}


async def send(owner: Account, document: bytes = PDF, **texts: str) -> Json:
    """Send in a licence whose name and media type claim to be something else."""
    files = {"document": ("holiday.html", document, "text/html")}
    return ok(await owner.client.post(VERIFICATIONS, data={**LICENCE, **texts}, files=files), 201)


async def decide(moderator: Account, sent: Json, decision: Json | None = None) -> Json:
    """Decide what was sent in: to verify it, unless told otherwise."""
    return ok(await moderator.client.post(f"{QUEUE}/{sent['id']}/decision", json=decision or VERIFY))


async def reject(moderator: Account, sent: Json) -> Json:
    return await decide(moderator, sent, dict(REJECTION))


def stored(service: Service, verification_id: str = "") -> list[Path]:
    """Return the documents in the storage, or the one of this licence."""
    folder = service.settings.storage_dir
    assert folder is not None
    return [path for path in (folder / "verifications").glob(f"{verification_id}*") if path.is_file()]


async def gone(service: Service, verification_id: str) -> None:
    """Wait until the worker has deleted a document."""
    async with asyncio.timeout(PATIENCE):
        while stored(service, verification_id):
            await asyncio.to_thread(stored, service, verification_id)
