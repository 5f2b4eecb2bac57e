"""A listing that says nearly the same as another one is noticed, and one of the same trade is not."""

from __future__ import annotations

from uuid import uuid4

import pytest

from impl.kernel.words import SKETCH_SIZE, resemblance, shingles, sketch
from impl.marketplace.capabilities.listings.repository import OF_ONE_HASH, RESEMBLING
from impl.marketplace.capabilities.listings.service import RESEMBLES
from tests.harness.accounts import Account, Accounts
from tests.harness.plans import plan_of
from tests.harness.service import Service
from tests.marketplace.moderation.staff_review import approved_business, published, submitted, waiting

_TITLE = "Kobold fountain winterised"
_TEXT = (
    "We drain the basin of your kobold fountain before the first frost. The pump is taken out, cleaned and stored "
    "in our workshop until April. Nozzles get a cover of oak, which we measure and build in 3 days. "
    "It costs $ 249.50 a season."
)
_REORDERED = (
    "It costs $ 249.50 a season. Nozzles get a cover of oak, which we measure and build in 3 days. "
    "The pump is taken out, cleaned and stored in our workshop until April. "
    "We drain the basin of your kobold fountain before the first frost."
)
_NUMBERS = _TEXT.replace("249.50", "199").replace("3 days", "14 days")
_REPLACED = _TEXT.replace("workshop", "cellar").replace("oak", "pine").replace("drain", "EMPTY")
# Somebody else of the trade, in their own words.
_HONEST = (
    "Our family looks after kobold fountains in winter. Before it freezes we empty the water, take the pump home "
    "and oil it. Covers of pine are made to measure. You pay $ 249.50 a season, and we come back in April."
)


@pytest.fixture(scope="module")
async def copied(people: Accounts) -> tuple[Account, Account, str]:
    """Return a moderator, a provider, and the id of the listing that others copy."""
    staff, provider = await people.staff("STAFF_MODERATOR"), await people.make("SERVICE_PROVIDER")
    await approved_business(staff, provider)
    listing = await published(staff, provider, title=_TITLE, description=_TEXT)
    return staff, provider, listing["id"]


@pytest.mark.parametrize(
    ("title", "text", "is_copy"),
    [
        (_TITLE, _TEXT, True),
        ("Fountain, kobold: winter service", _REORDERED, True),
        (_TITLE.upper(), _NUMBERS, True),
        (_TITLE, _REPLACED, True),
        (_TITLE, _HONEST, False),
        (_TITLE, "Ask us.", False),
    ],
    ids=["equal", "reordered", "numbers", "replaced", "honest", "short"],
)
async def test_near_copies_are_noticed_and_honest_competitors_are_not(
    copied: tuple[Account, Account, str], title: str, text: str, *, is_copy: bool
) -> None:
    staff, provider, copied_id = copied
    made = await submitted(provider, title=title, description=text)
    hints = [hint for hint in (await waiting(staff, made["id"]))["hints"] if hint["kind"] == "DUPLICATE"]
    assert [hint["duplicate_of"] for hint in hints] == ([copied_id] if is_copy else [])


async def test_a_text_of_twelve_pairs_of_words_is_long_enough_to_resemble_another(
    copied: tuple[Account, Account, str],
) -> None:
    staff, provider, _ = copied
    title, text = "Elf pond cover", "We fold it out in autumn and take it away"
    listing = await published(staff, provider, title=title, description=f"{text} later")
    half = "We fold it out in autumn and move all leaves back"
    assert resemblance(shingles(title, half), shingles(title, f"{text} later")) == RESEMBLES
    for own, number in ((f"{text} again", 12), (half, 12), (text, 11)):
        assert len(shingles(title, own)) == number
        made = await submitted(provider, title=title, description=own)
        hints = [hint for hint in (await waiting(staff, made["id"]))["hints"] if hint["kind"] == "DUPLICATE"]
        assert [hint["duplicate_of"] for hint in hints] == ([listing["id"]] if number == 12 else []), own


def test_what_texts_share_says_what_is_a_copy() -> None:
    own = shingles(_TITLE, _TEXT)
    shared = {text: resemblance(own, shingles(_TITLE, text)) for text in (_REORDERED, _NUMBERS, _REPLACED, _HONEST)}
    assert shared[_NUMBERS] == 1
    assert min(shared[_REORDERED], shared[_REPLACED]) > RESEMBLES > 2 * shared[_HONEST]
    assert len(set(sketch(own)) & set(sketch(shingles(_TITLE, _REORDERED)))) > SKETCH_SIZE / 2
    assert sketch(shingles("Tap", "")) != sketch(frozenset()) == []


@pytest.mark.both_engines
async def test_what_is_compared_is_bounded_and_found_by_an_index(reviewed: Service) -> None:
    binds = {f"hash_{number}": number for number in range(SKETCH_SIZE)} | {"id": uuid4()}
    plan = await plan_of(reviewed, RESEMBLING, binds)
    assert "pk_listing_sketches" in plan or "sqlite_autoindex_listing_sketches_1" in plan
    assert str(RESEMBLING.statement).count("LIMIT") == SKETCH_SIZE + 1
    assert OF_ONE_HASH * SKETCH_SIZE <= 400
