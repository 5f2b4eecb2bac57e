"""Successful requests to the operations of received inquiries."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.marketplace.inquiries.successes import inquiry_of
from tests.marketplace.provider_profile.successes import business


async def _inbox(stage: Stage, _: Body) -> Ready:
    return Ready(by=await business(stage))


async def _received(stage: Stage, example: Body) -> Ready:
    provider = await business(stage)
    return Ready(by=provider, ids={"inquiry_id": await inquiry_of(stage, await stage.person())}, body=example)


SUCCESSES: Entries = {
    "listReceivedInquiries": _inbox,
    "getReceivedInquiry": _received,
    "declineInquiry": _received,
}
