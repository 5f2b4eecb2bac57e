"""Search results and their order by relevance are the same on both engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import yaml

from impl.kernel.words import tokenize_query
from impl.marketplace.capabilities.relevance.service import Rank
from impl.marketplace.capabilities.search.service import Bounds
from impl.marketplace.catalogue.repository import CatalogueRepository
from impl.marketplace.catalogue.service import CatalogueService
from impl.marketplace.catalogue.tables import Filters
from tests.harness.accounts import Account, Accounts, unique
from tests.harness.service import Service
from tests.marketplace.payloads import Json, approve_business, money, ok, publish, whole

DATA: Final[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("relevance.yaml").read_text(encoding="utf-8"))
OFFERS: Final[dict[str, Json]] = DATA["offers"]
CASES: Final[list[Json]] = DATA["cases"]
# Its name has no word of any offer.
DEFAULT_CATEGORY: Final = "decks-porches"


@pytest.fixture
async def seller(accounts: Accounts) -> Account:
    """Return a provider of the test's own, whose business is called by a word that no other's is."""
    provider = await accounts.make("SERVICE_PROVIDER")
    await approve_business(provider, business_name=unique("Searched"))
    return provider


async def test_each_text_finds_these_in_this_order(
    client: httpx.AsyncClient, seller: Account, service: Service
) -> None:
    known = await _published(client, seller)
    wrong = {}
    for case in CASES:
        text, filters = case["q"], case.get("filters", {})
        # What else narrows or sorts goes over HTTP.
        found = await (
            _over_http(client, {"q": text, **filters})
            if filters
            else _ranked(service.services.marketplace.catalogue, text)
        )
        if (names := [known[one] for one in found if one in known]) != case["finds"]:
            wrong[text, str(filters)] = names
    assert wrong == {}
    assert len(CASES) >= 120


# The ways of a frequent word, which the service takes on a catalogue of a million: here each word is one.
SMALL: Final = (
    Bounds(few=2, frequent=0, walked=3),
    Bounds(few=1, frequent=0, walked=1),
    Bounds(few=3, frequent=10**9, walked=2),
)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")
async def test_frequent_words_are_found_in_the_same_order(
    client: httpx.AsyncClient, seller: Account, service: Service
) -> None:
    known = await _published(client, seller)
    reader, wrong = service.services.database.reader, {}
    repositories = [CatalogueRepository(reader, "postgresql", bounds) for bounds in SMALL]
    for number, case in enumerate(case for case in CASES if not case.get("filters")):
        # Each way with short pages and with long ones.
        repository, limit = repositories[number % 3], (2, 100)[number % 2]
        found = await _ranked(repository, case["q"], limit=limit)
        if (names := [known[one] for one in found if one in known]) != case["finds"]:
            wrong[case["q"], number % 3, limit] = names
    assert wrong == {}


async def _published(client: httpx.AsyncClient, seller: Account) -> dict[str, str]:
    tree = ok(await client.get("/categories"))["items"]
    ids = {one["slug"]: one["id"] for group in tree for one in [group, *group["children"]]}
    known: dict[str, str] = {}
    for name, offer in OFFERS.items():
        price: Json = {"kind": "FIXED", "price": money(offer.get("price", 12900))}
        shown = {
            "category_id": ids[offer.get("category", DEFAULT_CATEGORY)],
            "title": offer["title"],
            "description": offer.get("description", "As told."),
            "tags": offer.get("tags", []),
            "pricing": {"kind": "QUOTE"} if offer.get("quote") else price,
        }
        if "duration_minutes" in offer:
            shown["duration_minutes"] = offer["duration_minutes"]
        known[(await publish(seller, **shown))["id"]] = name
    return known


async def _over_http(client: httpx.AsyncClient, parameters: Json) -> list[str]:
    # To the end: other tests publish the like, and a hundred of theirs may stand before these.
    return [item["id"] for item in await whole(client, "/services", parameters, limit=100)]


async def _ranked(catalogue: CatalogueService | CatalogueRepository, text: str, *, limit: int = 100) -> list[str]:
    filters = Filters(words=tokenize_query(text))
    found: list[str] = []
    last: Rank | None = None
    while True:
        page = await catalogue.ranked(filters, after=last, limit=limit)
        found += [str(row["id"]) for _, row in page.items]
        if not page.more:
            return found
        last = page.items[-1][0]
