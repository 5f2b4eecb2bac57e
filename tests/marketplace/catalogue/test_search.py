"""Search during changes: edits are found at once, hidden content never is, and pages remain complete."""

from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from generated.states import ProfileState
from impl.marketplace.capabilities.search.postgresql import NAMED_WORDS
from impl.marketplace.capabilities.search.service import LISTINGS, SearchPlanner
from impl.marketplace.capabilities.search.tables import Term
from impl.marketplace.capabilities.spelling.service import SpellingService
from impl.marketplace.provider_profile.tables import ProviderProfile
from tests.harness.accounts import Account, unique
from tests.harness.client import assert_problem
from tests.harness.service import Service as Running
from tests.marketplace.payloads import PROFILE, SERVICES, Json, add, business, ids, ok, publish, whole


async def _found(client: httpx.AsyncClient, text: str, **parameters: str | int) -> list[str]:
    return ids(await whole(client, "/services", {"q": text, **parameters}))


# SQLite has an index of prefixes and asks for no words.
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")
async def test_a_prefix_is_searched_for_by_the_few_words_that_begin_with_it(
    client: httpx.AsyncClient, seller: Account, service: Running
) -> None:
    begun = unique("begun").replace("-", "")
    made = [(await publish(seller, title=f"All of {begun}{end}"))["id"] for end in ("a", "b")]
    planner = SearchPlanner(service.services.database.reader, "postgresql")

    async def named() -> object:
        (term,) = (await planner.terms(LISTINGS, (begun,))).binds["words"]
        return (term.word, {*term.longer}) if isinstance(term, Term) else term

    assert await named() == (begun, {f"{begun}a", f"{begun}b"})
    assert sorted(await _found(client, begun)) == sorted(made)
    # The same once the worker has added the words up, and of too many words the prefix itself.
    while await SpellingService(service.services.database).add_up():
        pass
    assert await named() == (begun, {f"{begun}a", f"{begun}b"})
    words = " ".join(f"{begun}{number}" for number in range(NAMED_WORDS))
    made.append((await publish(seller, title=f"All of {begun}c", description=words))["id"])
    assert await named() == begun
    assert sorted(await _found(client, begun)) == sorted(made)


@pytest.mark.parametrize("sort", ["relevance", "-published_at", "price"])
async def test_pages_through_many_ties_are_complete(client: httpx.AsyncClient, seller: Account, sort: str) -> None:
    word = unique("tied")
    texts: list[Json] = [
        {"title": f"All of {word}"},
        {"title": f"All of {word}"},
        {"tags": [word]},
        {"tags": [word]},
        {"tags": [word]},
        {"description": f"A word on {word}."},
        {"description": f"A word on {word}."},
    ]
    made = [(await publish(seller, **{"tags": ["equal"], "description": "Equal too.", **one}))["id"] for one in texts]
    parameters: dict[str, str | int] = {"sort": sort, "currency": "USD"}

    async def another() -> str:
        other: str = (await publish(seller, title=f"One more {word}", description="Equal too."))["id"]
        return other

    found = ids(await whole(client, "/services", {"q": word, **parameters}, limit=7))
    assert sorted(found) == sorted(made)
    for limit in (1, 2, 3):
        assert ids(await whole(client, "/services", {"q": word, **parameters}, limit=limit)) == found
    if sort == "relevance":
        assert found == [made[1], made[0], *made[4:1:-1], made[6], made[5]]
    while_others = ids(await whole(client, "/services", {"q": word, **parameters}, limit=2, between=another))
    assert [one for one in while_others if one in made] == found
    assert len(while_others) == len(set(while_others))


async def test_what_says_more_comes_first_within_a_tier(client: httpx.AsyncClient, seller: Account) -> None:
    word = unique("told")
    offers: dict[str, Json] = {
        "long": {"description": "Told at length. " * 30},
        "whole": {},
        "no time": {"duration_minutes": None},
        "no price": {"pricing": {"kind": "QUOTE"}},
        "bare": {"pricing": {"kind": "QUOTE"}, "duration_minutes": None, "tags": []},
    }
    known = {(await publish(seller, title=f"Of {word}", **offer))["id"]: name for name, offer in offers.items()}
    assert [known[one] for one in await _found(client, word)] == list(offers)


async def test_only_what_anyone_may_read_is_found(client: httpx.AsyncClient, seller: Account, service: Running) -> None:
    word = unique("hidden")
    await add(seller, title=f"Draft of {word}")
    paused, archived, shown = [await publish(seller, title=f"Offer of {word}") for _ in range(3)]
    assert len(await _found(client, word)) == 3
    ok(await seller.client.post(f"{SERVICES}/{paused['id']}/pause"))
    assert (await seller.client.delete(f"{SERVICES}/{archived['id']}")).status_code == 204
    assert await _found(client, word) == [shown["id"]]
    ok(await seller.client.post(f"{SERVICES}/{paused['id']}/resume"))
    assert sorted(await _found(client, word)) == sorted([shown["id"], paused["id"]])
    for sort in ("relevance", "-published_at"):
        await _set_state(service, shown["provider"]["id"], ProfileState.SUSPENDED)
        assert await _found(client, word, sort=sort) == []
        page = ok(await client.get("/services", params={"q": word, "include_total": "true"}))
        assert (page["total"], page["items"]) == (0, [])
        await _set_state(service, shown["provider"]["id"], ProfileState.APPROVED)
        assert len(await _found(client, word, sort=sort)) == 2


async def _set_state(service: Running, profile_id: str, state: ProfileState) -> None:
    async with service.services.database.begin() as tx:
        await tx.execute(update(ProviderProfile).where(ProviderProfile.id == UUID(profile_id)).values(state=state))


async def test_an_edit_is_found_at_once_and_what_it_replaced_no_more(
    client: httpx.AsyncClient, seller: Account
) -> None:
    before, after, renamed = unique("before"), unique("after"), unique("renamed")
    made = await publish(seller, title=f"Called {before}", tags=[before], description=f"About {before}.")
    at = f"{SERVICES}/{made['id']}"
    for change in ({"title": f"Called {after}"}, {"tags": [after]}, {"description": f"About {after}."}):
        assert await _found(client, before) == [made["id"]]
        ok(await seller.client.patch(at, json=change))
        assert await _found(client, after) == [made["id"]]
    assert await _found(client, before) == []
    assert await _found(client, f"{after} {renamed}") == []
    ok(await seller.client.put(PROFILE, json=business(business_name=f"The {renamed}")))
    assert await _found(client, f"{after} {renamed}") == [made["id"]]
    assert await _found(client, f"{after} rose city") == []


async def test_the_total_counts_what_matches(client: httpx.AsyncClient, seller: Account) -> None:
    word = unique("counted")
    for text in (f"Title of {word}", f"Other title of {word}", "Without the word"):
        await publish(seller, title=text)
    page = ok(await client.get("/services", params={"q": word, "limit": 1, "include_total": "true"}))
    assert (page["total"], page["total_capped"], len(page["items"])) == (2, False, 1)
    assert page["next_cursor"] is not None


async def test_a_cursor_is_bound_to_the_words(client: httpx.AsyncClient, seller: Account) -> None:
    word = unique("bound")
    for _ in range(2):
        await publish(seller, title=f"Title of {word}")
    cursor = ok(await client.get("/services", params={"q": word, "limit": 1}))["next_cursor"]
    for parameters in ({}, {"q": "bound"}, {"q": f"{word} title"}, {"q": word, "sort": "-published_at"}):
        refused = await client.get("/services", params={**parameters, "cursor": cursor})
        assert_problem(refused, 422, "invalid-cursor")
    # The same words, however they are written.
    for text in (word, f" {word.upper()}! "):
        assert len(ok(await client.get("/services", params={"q": text, "cursor": cursor}))["items"]) == 1


async def test_relevance_needs_words(client: httpx.AsyncClient) -> None:
    problem = assert_problem(await client.get("/services", params={"sort": "relevance"}), 422, "validation-failed")
    assert problem["errors"] == [
        {"parameter": "q", "code": "missing", "detail": "`sort=relevance` needs a text."},
    ]


WORDLESS = ['"', "*", "'", ":", "&|!", "( )", "--", "%", "_", "\\", "{}", "^", "~", "🚰", "؟", "\u200b"]
ODD = [
    "AND",
    "OR NOT",
    "NEAR(",
    'NEAR("a" "b", 2)',
    "title : tap",
    "{title} : tap",
    "tap*",
    '"tap',
    "tap''; DROP TABLE listings;--",
    "a & b | !c <-> d",
    "tap:*A",
    "\\tap",
    "^tap",
    "-tap",
    "+tap",
    "%tap_",
    "tap\u0301\u0302\u200d",
    "x" * 200,
    "é" * 200,
    "ß" * 200,
    "ﷺ" * 200,
    "a " * 100,
    "'" * 200,
    "𝔱𝔞𝔭 𐐀 𞤀 ꙮ ᏸ",  # noqa: RUF001 - letters of planes that few look at
    " ".join(f"word{n}" for n in range(30))[:200],
]


@pytest.mark.parametrize("sort", ["relevance", "price"])
async def test_no_text_is_more_than_words(client: httpx.AsyncClient, seller: Account, sort: str) -> None:
    await publish(seller)
    for text in WORDLESS + ODD:
        parameters: dict[str, str | int] = {
            "q": text,
            "sort": sort,
            "currency": "USD",
            "include_total": "true",
            "limit": 100,
        }
        page = ok(await client.get("/services", params=parameters))
        if text in WORDLESS:
            assert (page["items"], page["total"], page["next_cursor"]) == ([], 0, None), text


@pytest.mark.parametrize(
    "query", ["q=", "q=%00", "q=a%00b", "q=%ED%A0%80", "q=%FF", "q=a&q=b", "q=a%0Ab", f"q={'x' * 201}"]
)
async def test_a_text_that_is_none_is_refused(client: httpx.AsyncClient, query: str) -> None:
    refused = await client.get(f"/services?{query}")
    assert refused.status_code == 422, refused.text
