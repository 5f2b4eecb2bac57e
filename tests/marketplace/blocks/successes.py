"""Successful requests to the operations of blocks."""

from __future__ import annotations

from tests.contract.entries import Entries, as_homeowner
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.marketplace.messages.successes import thread_of


async def _by_owner(stage: Stage, _: Body) -> Ready:
    thread = await thread_of(stage)
    return Ready(by=thread.owner, ids={"inquiry_id": thread.inquiry_id, "recipient_id": thread.recipient_id})


async def _by_provider(stage: Stage, _: Body) -> Ready:
    # Only whoever asked here is blocked, whom no other test knows.
    thread = await thread_of(stage)
    return Ready(by=thread.provider, ids={"inquiry_id": thread.inquiry_id})


async def _blocked(stage: Stage, _: Body) -> Ready:
    thread = await thread_of(stage)
    path = f"/homeowners/inquiries/{thread.inquiry_id}/recipients/{thread.recipient_id}/block"
    blocked = (await stage.expect(200, "PUT", path, by=thread.owner)).json()
    return Ready(by=thread.owner, ids={"block_id": blocked["id"]})


SUCCESSES: Entries = {
    "blockProvider": _by_owner,
    "blockHomeowner": _by_provider,
    "listBlocks": as_homeowner,
    "unblock": _blocked,
}
# Nobody is told.
CHANGES_NO_ETAG = {"blockProvider", "blockHomeowner"}
