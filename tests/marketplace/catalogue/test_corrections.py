"""A text that finds nothing is searched for with its typos corrected, and the answer says so."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, update

from impl.kernel.tables import core_table
from impl.marketplace.capabilities.search.tables import ListingText
from impl.marketplace.capabilities.spelling.repository import KNOWN, NEAR
from impl.marketplace.capabilities.spelling.tables import WordChange
from tests.harness.accounts import Account, Accounts
from tests.harness.plans import plan_of
from tests.harness.service import Service
from tests.marketplace.payloads import PROFILE, SERVICES, Json, approve_business, business, ids, ok, publish, whole

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


@pytest.fixture
async def seller(accounts: Accounts, service: Service) -> Account:
    """Return a provider with three offers, whose words are known."""
    provider = await accounts.make("SERVICE_PROVIDER")
    await approve_business(provider, business_name="Quillback & Daughters")
    for title in ("Quibbled fountains mended", "Quibbled fountains drained", "Quibblex cisterns"):
        await publish(provider, title=title, tags=["brunnen"], description="As told.")
    await _learn(service)
    return provider


async def _learn(service: Service) -> None:
    while await service.services.marketplace.spelling.add_up():
        pass


async def _search(client: httpx.AsyncClient, text: str, **parameters: str | int) -> Json:
    return ok(await client.get("/services", params={"q": text, "include_total": True, **parameters}))


async def test_typos_are_corrected_and_the_answer_says_so(
    client: httpx.AsyncClient, seller: Account, service: Service
) -> None:
    corrected = {
        "Fuontains": "fountains",
        "fountians MENDED": "fountains MENDED",
        "quibled founttains": "quibbled fountains",
        "fointians": "fountains",
        "quibbler": "quibbled",  # as near as `quibblex`, and more frequent
        "brunen": "brunnen",
        "qillback": "quillback",
    }
    told = {text: (await _search(client, text))["corrected_query"] for text in corrected}
    assert told == corrected
    found = await _search(client, "fuontains")
    assert (len(found["items"]), found["total"]) == (2, 2)
    # By any order, and page after page.
    for sort in ("relevance", "-published_at"):
        pages = await whole(client, "/services", {"q": "fuontains", "sort": sort}, limit=1)
        assert sorted(ids(pages)) == sorted(ids(found["items"]))
    second = await _search(
        client, "fuontains", limit=1, cursor=(await _search(client, "fuontains", limit=1))["next_cursor"]
    )
    assert (second["corrected_query"], second["total"]) == ("fountains", 2)

    for text in ("fountains", "fount", "quibbled cisterns", "fauntleroy", "qib", "fuontains xyzzyx", "f0untains"):
        page = await _search(client, text)
        assert page["corrected_query"] is None, text
    as_written = await _search(client, "fuontains", verbatim=True)
    assert (as_written["items"], as_written["corrected_query"], as_written["total"]) == ([], None, 0)
    # All words are known, and what narrows is not a typo's.
    narrowed = await _search(client, "fountains", category="electrical")
    assert (narrowed["items"], narrowed["corrected_query"]) == ([], None)


async def test_what_a_search_finds_with_a_typo_corrected_is_counted(client: httpx.AsyncClient, seller: Account) -> None:
    """A page asks for both at once, with what was typed."""

    async def counted(text: str, **parameters: str | int) -> tuple[str | None, int]:
        facets = ok(await client.get("/services/facets", params={"q": text, **parameters}))
        return facets["corrected_query"], sum(one["count"]["count"] for one in facets["pricing"])

    for text, parameters in (
        ("fuontains", {}),
        ("fountains", {}),
        ("fuontains xyzzyx", {}),
        ("fuontains", {"verbatim": "true"}),
        ("fuontains", {"category": "electrical"}),
    ):
        page = await _search(client, text, **parameters)
        assert await counted(text, **parameters) == (page["corrected_query"], page["total"]), text
    assert (await counted("fuontains"))[1] == (await counted("fountains"))[1] >= 2


async def test_of_a_listing_that_changes_only_words_that_differ_are_noted(seller: Account, service: Service) -> None:
    """A category that is renamed has thousands of listings, each with a hundred words."""
    offer = await publish(seller, title="Quibbled gutters mended", tags=["gutters"])
    texts, changes = core_table(ListingText), core_table(WordChange)
    this = texts.c.service_id == UUID(offer["id"])

    async def noted(tx: AsyncSession, **values: object) -> set[tuple[str, int]]:
        before = await tx.scalar(select(func.max(changes.c.number))) or 0
        await tx.execute(update(texts).where(this).values(**values))
        found = await tx.execute(select(changes.c.word, changes.c.delta).where(changes.c.number > before))
        return {(word, delta) for word, delta in found}

    async with service.services.database.begin() as tx:
        row = (await tx.execute(select(texts.c.title).where(this))).one()
        # The other word of the title that goes stays a tag.
        assert await noted(tx, title="quibbled roofs mended ") == {("roofs", 1)}
        hidden = await noted(tx, live=False)
        assert {("roofs", -1), ("gutters", -1), ("mended", -1)} <= hidden
        assert await noted(tx, live=True) == {(word, 1) for word, _ in hidden}
        assert await noted(tx, title=row.title) == {("roofs", -1)}


async def test_a_worker_is_found_with_a_typo_where_only_the_work_is_written(
    client: httpx.AsyncClient, seller: Account, service: Service
) -> None:
    unknown = await _search(client, "upholstrer")
    assert (unknown["items"], unknown["corrected_query"]) == ([], None)
    offer = await publish(seller, title="Upholstery of quibbleton chairs")
    await _learn(service)
    for text, corrected in {"upholstrer": "upholsterer", "upholsterer quibbletn": "upholsterer quibbleton"}.items():
        page = await _search(client, text)
        assert (page["corrected_query"], ids(page["items"])) == (corrected, [offer["id"]])
    assert (await _search(client, "upholsterer"))["corrected_query"] is None


async def test_businesses_are_found_by_the_same_rules_with_the_words_that_businesses_have(
    client: httpx.AsyncClient, accounts: Accounts, service: Service
) -> None:
    await approve_business(await accounts.make("SERVICE_PROVIDER"), business_name="Thistlewright Brothers")
    provider = await accounts.make("SERVICE_PROVIDER")
    named = {"business_name": "Thistlewright & Sons", "about": "We grind quernstones."}
    profile = await approve_business(provider, **named)
    await publish(provider, title="Quernpost sharpened")
    await _learn(service)

    async def search(text: str, **parameters: str | int) -> Json:
        return ok(await client.get("/providers", params={"q": text, "include_total": True, **parameters}))

    page = await search("Thistelwright", limit=1)
    assert (page["corrected_query"], page["total"], len(page["items"])) == ("thistlewright", 2, 1)
    second = await search("Thistelwright", limit=1, cursor=page["next_cursor"])
    assert (second["corrected_query"], second["total"], second["next_cursor"]) == ("thistlewright", 2, None)
    assert sorted(ids(page["items"] + second["items"])) == sorted(
        ids(await whole(client, "/providers", {"q": "thistlewright"}))
    )
    for sort in ("name", "-published_at"):
        assert len(await whole(client, "/providers", {"q": "thistelwright", "sort": sort}, limit=1)) == 2
    assert (await search("thistelwright", verbatim=True))["items"] == []
    # Each search knows its own words only.
    assert (await search("quernpsot"))["corrected_query"] is None
    assert (await _search(client, "quernstoens"))["corrected_query"] is None
    assert (await search("quernstoens"))["corrected_query"] == "quernstones"

    path = f"/admin/providers/{profile['id']}"
    staff = await accounts.staff()
    for step, body in (("suspend", {"note": "Nobody came."}), ("reinstate", None)):
        ok(await staff.client.post(f"{path}/{step}", json=body))
        await _learn(service)
        assert (await search("thistelwright"))["total"] == (1 if step == "suspend" else 2)
    ok(await provider.client.put(PROFILE, json=business(business_name="Thistlewrought")))
    await _learn(service)
    assert (await search("thistelwrought"))["corrected_query"] == "thistlewrought"


async def test_words_that_nobody_lists_any_more_are_forgotten(
    client: httpx.AsyncClient, accounts: Accounts, seller: Account, service: Service
) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    await approve_business(provider)
    paused, edited = [await publish(provider, title=title) for title in ("Zephyrine vanes", "Marzipanny roofs")]
    await _learn(service)
    assert (await _search(client, "zephyrin vnaes"))["corrected_query"] == "zephyrin vanes"

    other = await publish(seller, title="Copper vanes")
    await _learn(service)
    ok(await provider.client.post(f"{SERVICES}/{paused['id']}/pause"))
    await _learn(service)
    assert (await _search(client, "vnaes"))["corrected_query"] == "vanes", "one of two is left"
    ok(await seller.client.post(f"{SERVICES}/{other['id']}/pause"))
    ok(await provider.client.patch(f"{SERVICES}/{edited['id']}", json={"title": "Marzipanly roofs"}))
    await _learn(service)

    assert (await _search(client, "vnaes"))["corrected_query"] is None
    assert (await _search(client, "marzipanmy"))["corrected_query"] == "marzipanly"
    ok(await provider.client.post(f"{SERVICES}/{paused['id']}/resume"))
    await _learn(service)
    assert (await _search(client, "vnaes"))["corrected_query"] == "vanes"


async def test_words_are_looked_up_by_an_index(service: Service) -> None:
    prefix = {"begin": "tap", "end": "tap\U0010ffff"}
    near = {"remainders": ["tap", "ap"]}
    for queries, binds, table in ((KNOWN, prefix, "known_words"), (NEAR, near, "misspellings")):
        for query in queries.values():
            plan = await plan_of(service, query, binds)
            assert f"pk_{table}" in plan or f"sqlite_autoindex_{table}_1" in plan
