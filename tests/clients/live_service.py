"""Service as a developer runs it, with a folder into which its mails are written."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tests.harness.accounts import Accounts
from tests.harness.databases import Databases, Engine
from tests.harness.service import run_service
from tests.marketplace.places.small import SMALL


@contextlib.asynccontextmanager
async def serving(databases: Databases, engine: Engine, name: str, folder: Path) -> AsyncIterator[dict[str, str]]:
    """Serve, and say by which environment variables a client finds the service, its mails and a moderator."""
    mailbox = folder / "mailbox"
    async with run_service(databases, engine, name, mailbox_dir=mailbox) as service:
        await service.services.marketplace.places.load(SMALL)
        people = Accounts(service)
        staff = await people.hire("STAFF_MODERATOR")
        await people.close()
        yield {
            "HESTAMI_URL": service.url,
            "HESTAMI_MAILBOX": str(mailbox),
            "HESTAMI_STAFF": f"{staff.email} {staff.password}",
        }
