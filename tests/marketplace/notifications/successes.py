"""Successful requests to the operations of notifications."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage
from tests.marketplace.messages.successes import thread_of

# How many are left is in no reading of its own.
CHANGES_NO_ETAG = {"markNotificationRead", "markNotificationsRead"}


async def notified(stage: Stage) -> tuple[Person, str]:
    """Return a homeowner to whom a provider has written, and the notification of it."""
    owner = (await thread_of(stage)).owner
    found = (await stage.expect(200, "GET", "/notifications", by=owner)).json()["items"]
    return owner, str(found[0]["id"])


async def _listed(stage: Stage, example: Body) -> Ready:
    return Ready(by=(await notified(stage))[0], body=example)


async def _one(stage: Stage, _: Body) -> Ready:
    owner, notification_id = await notified(stage)
    return Ready(by=owner, ids={"notification_id": notification_id})


SUCCESSES: Entries = {
    "listNotifications": _listed,
    "markNotificationsRead": _listed,
    "markNotificationRead": _one,
}
