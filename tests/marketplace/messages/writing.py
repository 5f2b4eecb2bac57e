"""Both sides of a thread, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.marketplace.inquiries.asking import INBOX, INQUIRIES, ask, asker, businesses
from tests.marketplace.payloads import Json, ok
from tests.marketplace.verifications.successes import PDF

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts


@dataclass(frozen=True, slots=True)
class Side:
    """Side of a thread: the account, and the address of the thread for it."""

    account: Account
    path: str

    async def write(self, text: str, **headers: str) -> httpx.Response:
        return await self.account.client.post(self.path, json={"text": text}, headers=headers)

    async def say(self, text: str) -> Json:
        return ok(await self.write(text), 201)

    async def messages(self) -> list[Json]:
        found: list[Json] = ok(await self.account.client.get(self.path))["items"]
        return found

    async def mark(self, message: Json) -> int:
        answer = await self.account.client.put(f"{self.path}/read-marker", json={"last_read_id": message["id"]})
        return int(ok(answer)["unread_messages"])


@dataclass(frozen=True, slots=True)
class Talk:
    """Inquiry to one business, and its thread from both sides."""

    inquiry: Json
    homeowner: Side
    provider: Side


def talk_of(inquiry: Json, owner: Account, provider: Account, number: int = 0) -> Talk:
    recipient = inquiry["recipients"][number]["id"]
    return Talk(
        inquiry,
        Side(owner, f"{INQUIRIES}/{inquiry['id']}/recipients/{recipient}/messages"),
        Side(provider, f"{INBOX}/{inquiry['id']}/messages"),
    )


async def talk(accounts: Accounts) -> Talk:
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    return talk_of(await ask(owner, home, profile), owner, provider)


async def send_documents(talking: Talk, sent: Json, words: str) -> None:
    """Let either side of an inquiry send these words, with a document that is called so."""
    recipient = {"recipient_id": sent["recipients"][0]["id"]}
    for side, thread in ((talking.homeowner, recipient), (talking.provider, {})):
        files, data = {"file": ("a.pdf", PDF)}, {"inquiry_id": sent["id"], **thread, "name": words}
        paper = ok(await side.account.client.post("/message-attachments", files=files, data=data), 201)
        ok(await side.account.client.post(side.path, json={"text": words, "attachment_ids": [paper["id"]]}), 201)
