"""Recipients of inquiries in every state."""

from __future__ import annotations

import httpx

from tests.contract.walks import Edge, Send, Walk, World
from tests.marketplace.inquiries import states as inquiries
from tests.marketplace.inquiries.asking import DECLINED, INBOX, INQUIRIES, decline, read, withdraw
from tests.marketplace.messages.writing import talk_of
from tests.marketplace.payloads import Json, ok
from tests.marketplace.quotes.quoting import offer, quoted


async def _make(world: World, state: str, _: Edge | None) -> Json:
    """Return an inquiry whose one recipient is in this state."""
    inquiry = await inquiries.make(world, "OPEN")
    if state == "VIEWED":
        await read(inquiry["provider"], inquiry)
    elif state == "QUOTED":
        await quoted(inquiry["provider"], inquiry)
    elif state == "DECLINED":
        await decline(inquiry["provider"], inquiry)
    elif state == "LOST":
        await withdraw(inquiry["by"], inquiry)
    return inquiry


async def _open(_: World, inquiry: Json, __: str) -> httpx.Response:
    answer: httpx.Response = await inquiry["provider"].client.get(f"{INBOX}/{inquiry['id']}")
    return answer


async def _decline(_: World, inquiry: Json, __: str) -> httpx.Response:
    answer: httpx.Response = await inquiry["provider"].client.post(f"{INBOX}/{inquiry['id']}/decline", json=DECLINED)
    return answer


async def _write(_: World, inquiry: Json, __: str) -> httpx.Response:
    path = f"{INBOX}/{inquiry['id']}/quotes"
    answer: httpx.Response = await inquiry["provider"].client.post(path, json=offer())
    return answer


async def _quote(_: World, inquiry: Json, __: str) -> None:
    await quoted(inquiry["provider"], inquiry)


async def _accept(world: World, inquiry: Json, target: str) -> httpx.Response:
    """Accept the quote of this recipient, or that of another one."""
    if target == "LOST":
        return await inquiries.choose_rival(world, inquiry)
    return await inquiries.accept(world, inquiry, target)


def _say(side: str) -> Send[Json]:
    async def say(_: World, inquiry: Json, __: str) -> httpx.Response:
        talking = talk_of(inquiry, inquiry["by"], inquiry["provider"])
        return await (talking.provider if side == "provider" else talking.homeowner).write("In the morning?")

    return say


async def _read(_: World, inquiry: Json) -> str | None:
    """Ask whoever sent it, since the recipient's own reading is a step."""
    shown = ok(await inquiry["by"].client.get(f"{INQUIRIES}/{inquiry['id']}"))
    return str(shown["recipients"][0]["state"])


WALKS = {
    "RecipientState": Walk(
        _make,
        {
            "getReceivedInquiry": _open,
            "declineInquiry": _decline,
            "createQuote": _write,
            "sendQuote": _quote,
            "acceptQuote": _accept,
            "sendRecipientMessage": _say("homeowner"),
            "sendReceivedInquiryMessage": _say("provider"),
            "updateInquiry": inquiries.edit,
            "withdrawInquiry": inquiries.call_off,
            "worker.end_inquiries": inquiries.end,
        },
        _read,
    )
}
