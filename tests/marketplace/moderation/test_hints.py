"""Hints of forbidden words: what staff put on the list is noticed in texts that are submitted from then on."""

from tests.harness.accounts import Accounts, unique
from tests.marketplace.moderation.staff_review import approved_business, submitted, waiting
from tests.marketplace.payloads import ok

WORDS = "/admin/forbidden-words"


async def test_a_word_of_the_list_is_noticed_in_whatever_letters(people: Accounts) -> None:
    staff, provider = await people.staff("STAFF_MODERATOR"), await people.make("SERVICE_PROVIDER")
    await approved_business(staff, provider)
    word = f"Crème {unique('brand')}"
    before = await submitted(provider, title="Nothing noticed here", description=f"We sell {word}s.")
    added = ok(await staff.client.post(WORDS, json={"word": word}), 201)
    there = await submitted(provider, title="Taps mended", description=f"We sell creme-{word[6:].upper()}, too.")
    beside = await submitted(provider, title="Taps polished", description=f"We sell {word}s, too.")
    ok(await staff.client.delete(f"{WORDS}/{added['id']}", headers={"If-Match": "*"}), 204)
    after = await submitted(provider, title="Nothing any more", description=f"We sell {word}.")

    hints = {one["id"]: (await waiting(staff, one["id"]))["hints"] for one in (before, there, beside, after)}
    assert [(hint["kind"], hint["field"], hint["text"]) for hint in hints[there["id"]]] == [
        ("FORBIDDEN_WORD", "DESCRIPTION", word)
    ]
    assert hints[before["id"]] == hints[beside["id"]] == hints[after["id"]] == []
