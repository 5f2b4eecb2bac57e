"""Hints of forbidden words: what staff put on the list is noticed in texts that are submitted from then on."""

from impl.kernel.ids import new_id
from impl.marketplace.capabilities.hints.service import FoldedWord, hints_in
from impl.marketplace.capabilities.submissions.tables import RevisedField
from tests.harness.accounts import Accounts, unique
from tests.marketplace.moderation.staff_review import approved_business, submitted, waiting
from tests.marketplace.payloads import ok

WORDS = "/admin/forbidden-words"
NUMBER = "(503) 555-0170"


def _field(name: str, proposed: str | None) -> RevisedField:
    return {"name": name, "published": None, "proposed": proposed}


def test_hints_are_bounded_in_number_and_length() -> None:
    many = " ".join(f"a{number}@b.example.com" for number in range(51))
    hints = hints_in([_field("DESCRIPTION", many)], [])
    assert [hint["text"] for hint in hints] == many.split()[:50]
    address = "https://" + "x" * 190
    found = hints_in([_field("ABOUT", address), _field("ABOUT", address + "x" * 9)], [])
    assert [hint["text"] for hint in found] == [address] * 2
    long: FoldedWord = {"id": new_id(), "word": "ab " * 70, "folded": ("ab " * 70).strip()}
    (forbidden,) = hints_in([_field("LICENCES", long["word"])], [long])
    assert (forbidden["kind"], forbidden["text"]) == ("FORBIDDEN_WORD", long["word"][:200])
    title, service_id = "T" * 201, new_id()
    (duplicate,) = hints_in([_field("TITLE", title), _field("ABOUT", None)], [], duplicate_of=service_id)
    assert (duplicate["field"], duplicate["text"]) == ("TITLE", title[:200])
    assert duplicate["duplicate_of"] == str(service_id)


def test_contacts_are_noticed_where_people_write_in_their_own_words() -> None:
    places = ("BUSINESS_NAME", "ABOUT", "TITLE", "DESCRIPTION", "TAGS", "PRICING")
    fields = [_field(name, NUMBER) for name in (*places, "PHONE", "WEBSITE", "LICENCES", "CATEGORY")]
    assert [hint["field"] for hint in hints_in(fields, [])] == list(places)


def test_the_mark_that_ends_a_sentence_is_no_part_of_an_address() -> None:
    for address in ("www.example.com", "https://example.com/a.b", "example.com/taps"):
        for text in (f"See {address}.", f"{address}, and more", f"Is it {address}?!"):
            assert [hint["text"] for hint in hints_in([_field("ABOUT", text)], [])] == [address], text


def test_no_letters_that_look_like_others_hide_anything() -> None:
    words: list[FoldedWord] = [
        {"id": new_id(), "word": one, "folded": one} for one in ("cocaine", "\u0441\u043e\u043a")
    ]
    for text in ("\u0441\u043e\u0441aine", "C0CAINE", "c0c\u00e1ine", "c\u200bocaine", "\uff43ocaine"):
        assert [hint["text"] for hint in hints_in([_field("ABOUT", f"We sell {text}.")], words)] == ["cocaine"], text
    assert [hint["text"] for hint in hints_in([_field("ABOUT", "\u0421\u043e\u043a")], words)] == ["\u0441\u043e\u043a"]
    for written, kind in (
        ("jo\uff20example\uff0ecom", "EMAIL_ADDRESS"),
        ("jo\u200b@exa\u00admple.com", "EMAIL_ADDRESS"),
        ("www.exam\u200bple.com", "WEB_ADDRESS"),
        ("\uff08503\uff09 555\u20130170", "PHONE_NUMBER"),
    ):
        (hint,) = hints_in([_field("ABOUT", f"Write to {written} or so")], [])
        assert (hint["kind"], hint["text"]) == (kind, written)


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
