"""Successful requests to the operations of messages."""

from __future__ import annotations

from dataclasses import dataclass

from tests.contract.entries import Entries, Entry
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage, example_of
from tests.marketplace.inquiries.successes import INQUIRIES, inquiry_of
from tests.marketplace.provider_profile.successes import approved_profile_of, business


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread with a message of each side, as both of them know it."""

    owner: Person
    provider: Person
    inquiry_id: str
    recipient_id: str
    # Of the homeowner, and of the provider.
    first_id: str
    answer_id: str


async def thread_of(stage: Stage, provider: Person | None = None) -> Thread:
    """Ask a business, and write from both sides."""
    owner, provider = await stage.person(), provider or await business(stage)
    inquiry_id = await inquiry_of(stage, owner, provider)
    inquiry = (await stage.expect(200, "GET", f"{INQUIRIES}/{inquiry_id}", by=owner)).json()
    recipient_id = inquiry["recipients"][0]["id"]

    async def written(path: str, by: Person) -> str:
        body = example_of("sendRecipientMessage")
        return str((await stage.expect(201, "POST", f"{path}/messages", by=by, json=body)).json()["id"])

    first = await written(f"{INQUIRIES}/{inquiry_id}/recipients/{recipient_id}", owner)
    answer = await written(f"/service-providers/inquiries/{inquiry_id}", provider)
    return Thread(owner, provider, inquiry_id, recipient_id, first, answer)


async def _of_owner(stage: Stage, example: Body) -> Ready:
    thread = await thread_of(stage)
    ids = {"inquiry_id": thread.inquiry_id, "recipient_id": thread.recipient_id}
    return Ready(by=thread.owner, ids=ids, body=example)


async def _of_provider(stage: Stage, example: Body) -> Ready:
    thread = await thread_of(stage)
    return Ready(by=thread.provider, ids={"inquiry_id": thread.inquiry_id}, body=example)


async def _answered(stage: Stage, example: Body) -> Ready:
    # By a business of its own, since a key is its sender's.
    provider = await stage.person("SERVICE_PROVIDER")
    await approved_profile_of(stage, provider)
    thread = await thread_of(stage, provider)
    return Ready(by=provider, ids={"inquiry_id": thread.inquiry_id}, body=example)


def _marked(entry: Entry) -> Entry:
    async def ready(stage: Stage, example: Body) -> Ready:
        thread = await thread_of(stage)
        by_owner = entry is _of_owner
        ids = {"inquiry_id": thread.inquiry_id} | ({"recipient_id": thread.recipient_id} if by_owner else {})
        last = thread.answer_id if by_owner else thread.first_id
        by = thread.owner if by_owner else thread.provider
        return Ready(by=by, ids=ids, body={**example, "last_read_id": last})

    return ready


async def _one(stage: Stage, _: Body) -> Ready:
    thread = await thread_of(stage)
    return Ready(by=thread.owner, ids={"message_id": thread.answer_id})


SUCCESSES: Entries = {
    "listRecipientMessages": _of_owner,
    "sendRecipientMessage": _of_owner,
    "markRecipientMessagesRead": _marked(_of_owner),
    "listReceivedInquiryMessages": _of_provider,
    "sendReceivedInquiryMessage": _answered,
    "markReceivedInquiryMessagesRead": _marked(_of_provider),
    "getInquiryMessage": _one,
}
