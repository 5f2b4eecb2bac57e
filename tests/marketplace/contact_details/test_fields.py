"""Texts that one party writes and the other reads before an acceptance are masked: each field of the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

from tests.harness.contract import load_contract
from tests.marketplace.inquiries.asking import INBOX, INQUIRIES, ask, asker, businesses
from tests.marketplace.messages.writing import send_documents, talk_of
from tests.marketplace.payloads import TRADE, ok
from tests.marketplace.photos.successes import picture
from tests.marketplace.quotes.quoting import LABOUR, quoted, step

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox

_TEXTS: Final = frozenset({"#/components/schemas/OneLine", "#/components/schemas/MultiLine"})
_BEFORE: Final = {
    "createInquiry /title",
    "createInquiry /details",
    "createInquiry /answers/*/text",
    "updateInquiry /title",
    "updateInquiry /details",
    "declineInquiry /note",
    "createQuote /lines/*/description",
    "createQuote /lines/*/unit",
    "createQuote /terms",
    "updateQuote /lines/*/description",
    "updateQuote /lines/*/unit",
    "updateQuote /terms",
    "declineQuote /note",
    "sendRecipientMessage /text",
    "sendReceivedInquiryMessage /text",
    "createMessageAttachment /name",
    "addInquiryPhoto /alt_text",
    # Of whatever its photo is of; nobody else reads that of a property.
    "updatePhoto /alt_text",
}
# Everybody reads these, also those who have not agreed: masked there by test_reviews.py, and by reviewers of listings.
_PUBLIC: Final = {
    "addReviewPhoto /alt_text",
    "createReview /text",
    "updateReview /text",
    "replyToReview /text",
    "addServicePhoto /alt_text",
    "addProfilePhoto /alt_text",
}
_NOT_BEFORE: Final = {
    "addPropertyPhoto /alt_text": "its owner alone",
    "requestJobChanges /text": "of a job",
    "cancelJob /note": "of a job",
    "disputeJob /text": "of a job",
    "decideDispute /statement": "by staff",
    "hideReview /statement": "by staff",
}
_REACHED: Final = "503-555-0119"
_WORDS: Final = f"Call {_REACHED}"


def _resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        found: Any = load_contract().document
        for part in node["$ref"].split("/")[1:]:
            found = found[part]
        node = found
    return node


def _texts(node: Mapping[str, Any], place: str, *, above: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the places of texts that people write freely, by the schemas that they have."""
    name = str(node.get("$ref", ""))
    if name in above:
        return
    if name in _TEXTS:
        yield place
        return
    schema = _resolved(node)
    for choice in ("allOf", "anyOf", "oneOf"):
        for one in schema.get(choice, ()):
            yield from _texts(one, place, above=(*above, name))
    for member, one in schema.get("properties", {}).items():
        yield from _texts(one, f"{place}/{member}", above=(*above, name))
    if "items" in schema:
        yield from _texts(schema["items"], f"{place}/*", above=(*above, name))


def test_each_text_that_a_party_writes_is_in_a_table() -> None:
    written = {
        f"{operation.id} {place}"
        for operation in load_contract().operations
        if operation.tag in TRADE | {"photos"} and "requestBody" in operation.raw
        for body in _resolved(cast("Mapping[str, Any]", operation.raw["requestBody"]))["content"].values()
        for place in _texts(body["schema"], "")
    }
    assert written == _BEFORE | _PUBLIC | set(_NOT_BEFORE)


def _is_reached(answer: httpx.Response) -> bool:
    assert answer.is_success, answer.text
    return _REACHED in answer.text


@pytest.mark.both_engines
async def test_before_an_acceptance_neither_side_reads_how_the_other_is_reached(
    accounts: Accounts, inbox: Inbox
) -> None:
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    line = {**LABOUR, "description": _WORDS, "unit": _REACHED}
    sent = await ask(owner, home, profile)
    path, their_path = f"{INQUIRIES}/{sent['id']}", f"{INBOX}/{sent['id']}"
    patch = {"Content-Type": "application/merge-patch+json"}
    changed = {"title": f"The tap, {_REACHED}", "details": _WORDS}
    ok(await owner.client.patch(path, json=changed, headers=patch))
    files = {"file": ("a.png", picture())}
    photo = ok(await owner.client.post(f"{path}/photos", files=files, data={"alt_text": "A tap"}), 201)
    described = {"alt_text": _WORDS}
    ok(await owner.client.patch(f"/photos/{photo['id']}", json=described, headers=patch))
    talking = talk_of(sent, owner, provider)
    await send_documents(talking, sent, _WORDS)
    quote = await quoted(provider, sent, lines=[line], terms=_WORDS)

    by_provider = [INBOX, their_path, f"{their_path}/photos", talking.provider.path, "/notifications"]
    by_owner = [talking.homeowner.path, f"{path}/quotes", f"/quotes/{quote['id']}", "/notifications"]
    reads = [*((provider, read) for read in by_provider), *((owner, read) for read in by_owner)]
    revealing = [read for person, read in reads if _is_reached(await person.client.get(read))]
    assert revealing == []
    for person, own in ((provider, {"quotes"}), (owner, {"inquiries", "photos"})):
        await accounts.login(person)
        exported = ok(await person.client.get("/users/me/export"))
        assert {name for name, part in exported.items() if _REACHED in str(part)} == own
    noted = await step(owner, quote, "decline", {"decline_reason": "PRICE", "note": _WORDS})
    assert _REACHED not in noted["note"]
    mails = [mail for person in (owner, provider) for mail in inbox.all(person.email)]
    # An owner's own title stands in theirs.
    texts = [(mail.text + str(mail.html)).replace(changed["title"], "") for mail in mails]
    assert [text for text in texts if _REACHED in text] == []
    to_provider = [mail.text + str(mail.html) for mail in inbox.all(provider.email)]
    assert [text for text in to_provider if _REACHED in text] == []
