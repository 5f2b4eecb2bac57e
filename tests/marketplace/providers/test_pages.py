"""The public page of a business: what it shows, under which slug, and when it is gone."""

from __future__ import annotations

import asyncio
import gzip
from datetime import timedelta

import httpx
from sqlalchemy import update

from impl.marketplace.capabilities.pages.service import slug_of
from impl.marketplace.capabilities.pages.tables import ProviderSlug
from impl.marketplace.provider_profile.tables import ProviderProfile
from tests.harness.accounts import Account, Accounts, unique
from tests.harness.client import assert_problem
from tests.harness.clock import MovableClock
from tests.harness.service import Service
from tests.marketplace.payloads import (
    LIGHTING,
    PROFILE,
    SERVICES,
    TAPS,
    add,
    approve_business,
    business,
    ids,
    ok,
    publish,
    whole,
)

BASE = {"latitude": 45.5231, "longitude": -122.6765}


async def _business(accounts: Accounts, name: str, **changes: object) -> tuple[Account, str]:
    """Return a provider with a public page, and its slug."""
    provider = await accounts.make("SERVICE_PROVIDER")
    return provider, (await approve_business(provider, business_name=name, **changes))["slug"]


async def _rename(provider: Account, name: str) -> str:
    slug: str = ok(await provider.client.put(PROFILE, json=business(business_name=name)))["slug"]
    return slug


def test_a_slug_spells_latin_letters_that_no_normal_form_takes_apart() -> None:
    named = {
        "Ünïcödé Straße": "unicode-strasse",
        "Øresund Rør": "oresund-ror",
        "Zażółć": "zazolc",
        "水道屋": "shuidaowu",
        "Сантехник Ольга": "santekhnik-olga",
        "Υδραυλικός": "ydraylikos",
        "배관공": "baegwangong",
        "Café 水道屋 🔧 Plumbing": "cafe-shuidaowu-plumbing",
        "Joe\u2019s Plumbing": "joes-plumbing",
        "🔧🔧": "provider",
        "水" * 40: "shui" * 15,
    }
    assert {name: slug_of(name) for name in named} == named


async def test_a_slug_of_before_stays_until_the_name_changes(accounts: Accounts, service: Service) -> None:
    """Give a page the fixed word that names without Latin letters had before."""
    provider, slug = await _business(accounts, "水道屋")
    former = "provider-1234"
    async with service.services.database.begin() as tx:
        await tx.execute(update(ProviderSlug).where(ProviderSlug.slug == slug).values(slug=former))
        await tx.execute(update(ProviderProfile).where(ProviderProfile.slug == slug).values(slug=former))
    kept = ok(await provider.client.put(PROFILE, json=business(business_name="水道屋", about="Taps and pipes.")))
    assert kept["slug"] == former
    renamed = ok(await provider.client.put(PROFILE, json=business(business_name="水道屋電気")))
    assert renamed["slug"].startswith("shuidaowudianqi")


async def test_a_page_shows_what_is_published_and_no_exact_place(
    accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    towns = (
        "TOWN\t1\tUS\tOR\tPortland\t45.5234\t-122.6762\t652503\nTOWN\t2\tUS\tOR\tGresham\t45.4983\t-122.4314\t110000"
    )
    await service.services.marketplace.places.load(gzip.compress(towns.encode(), mtime=0))
    provider, slug = await _business(accounts, unique("Shown Plumbers"))
    taps = [(await publish(provider, title=f"Tap number {number}"))["id"] for number in range(4)]
    lamp = (await publish(provider, category_id=LIGHTING))["id"]
    paused, _ = await publish(provider), await add(provider)
    ok(await provider.client.post(f"{SERVICES}/{paused['id']}/pause"))

    answer = await client.get(f"/providers/{slug}")

    page = ok(answer)
    assert (page["about"], page["website"], page["service_radius_km"]) == (
        "Family plumbers since 1998.",
        "https://rosecity.example.com",
        40,
    )
    assert page["base_town"]["name"] == "Portland"
    assert (page["licences"], page["photos"], page["response_minutes"], page["is_verified"]) == ([], [], None, False)
    none = dict.fromkeys(("average", "punctuality", "quality", "value"))
    assert page["rating"] == {**none, "review_count": 0}
    groups = [(group["category"]["id"], group["services_count"], ids(group["items"])) for group in page["services"]]
    assert groups == [(LIGHTING, 1, [lamp]), (TAPS, 4, taps[:0:-1])]
    assert page["services_count"] == 5
    for exact in ("45.5231", "122.6765", "base_point", "+1503"):
        assert exact not in answer.text

    offers = await whole(client, f"/providers/{slug}/services")
    assert ids(offers) == [lamp, *reversed(taps)]
    grouped = [one for group in page["services"] for one in group["items"]]
    alone = ok(await client.get(f"/services/{lamp}"))
    assert {one["provider_town"] for one in (*offers, *grouped, alone)} == {"Portland"}
    points = [one["provider_town_coordinates"] for one in (*offers, *grouped, alone)]
    assert all(point == page["base_town"]["coordinates"] for point in points)
    assert ids(await whole(client, f"/providers/{slug}/services", {"category": "plumbing"})) == taps[::-1]
    asked = {"include_total": "true", "category": "plumbing"}
    counted = ok(await client.get(f"/providers/{slug}/services", params=asked))
    assert counted["total"] == 4


async def test_places_that_are_imported_later_are_given_to_the_businesses_that_are_there(
    accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    _, slug = await _business(accounts, unique("Early"), base_point={"latitude": -49.35, "longitude": 70.22})
    assert ok(await client.get(f"/providers/{slug}"))["base_town"] is None
    town = "TOWN\t9\tTF\t\tPort-aux-Français\t-49.3500\t70.2167\t100"
    await service.services.marketplace.places.load(gzip.compress(town.encode(), mtime=0))

    assert await service.services.marketplace.provider_profiles.place_bases() >= 1

    assert ok(await client.get(f"/providers/{slug}"))["base_town"]["name"] == "Port-aux-Français"


async def test_a_slug_that_changed_redirects(accounts: Accounts, client: httpx.AsyncClient) -> None:
    first, second = unique("Old Name"), unique("New Name")
    provider, old = await _business(accounts, first)
    await publish(provider)
    await publish(provider)
    cursor = ok(await client.get(f"/providers/{old}/services", params={"limit": 1}))["next_cursor"]

    new = await _rename(provider, second)

    assert new != old
    for method in ("GET", "HEAD"):
        moved = await client.request(method, f"/providers/{old}")
        assert (moved.status_code, moved.content) == (301, b"")
        assert moved.headers["location"] == f"/api/v1/providers/{new}"
        assert moved.headers["cache-control"] == "public, max-age=30"
        assert "etag" not in moved.headers
        condition = {"If-None-Match": "*", "If-Modified-Since": "Sat, 01 Mar 2099 11:29:59 GMT"}
        assert (await client.request(method, f"/providers/{old}", headers=condition)).status_code == 301
    query = {"limit": 1, "cursor": cursor, "include_total": "true", "category": "plumbing"}
    below = await client.get(f"/providers/{old}/services", params=query | {"category": "plumbing"})
    assert below.status_code == 301
    assert httpx.URL(below.headers["location"]).path == f"/api/v1/providers/{new}/services"
    assert dict(httpx.URL(below.headers["location"]).params) == {key: str(value) for key, value in query.items()}
    kept = await client.get(f"/providers/{old}/services", params={"limit": 1, "cursor": cursor}, follow_redirects=True)
    assert len(ok(kept)["items"]) == 1
    assert ok(await client.get(f"/providers/{new}"))["business_name"] == second


async def test_a_slug_is_nobody_elses_while_it_redirects(accounts: Accounts, client: httpx.AsyncClient) -> None:
    first, second = unique("Taken"), unique("Left")
    provider, old = await _business(accounts, first)
    new = await _rename(provider, second)

    _, others = await _business(accounts, first)

    assert others not in {old, new}
    assert others.startswith(f"{old}-")
    # The way back: its own slug again, and the one between redirects.
    assert await _rename(provider, first) == old
    assert ok(await client.get(f"/providers/{old}"))["business_name"] == first
    assert (await client.get(f"/providers/{new}")).headers["location"] == f"/api/v1/providers/{old}"


async def test_only_the_last_twenty_slugs_of_a_business_redirect(accounts: Accounts, client: httpx.AsyncClient) -> None:
    names = [unique("Often renamed") for _ in range(23)]
    provider, first = await _business(accounts, names[0])
    slugs = [first, *[await _rename(provider, name) for name in names[1:]]]

    answers = [(await client.get(f"/providers/{slug}")).status_code for slug in slugs]

    assert answers == [404, 404, *[301] * 20, 200]


async def test_a_page_that_nobody_has_seen_leaves_no_slug_behind(accounts: Accounts) -> None:
    provider, other = await accounts.make("SERVICE_PROVIDER"), await accounts.make("SERVICE_PROVIDER")
    name = unique("Draft")
    draft = ok(await provider.client.put(PROFILE, json=business(business_name=name)), 201)
    await _rename(provider, unique("Another draft"))

    assert ok(await other.client.put(PROFILE, json=business(business_name=name)), 201)["slug"] == draft["slug"]


async def test_of_parallel_businesses_of_one_name_each_has_a_slug(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    name = unique("Same")
    renaming = [(await _business(accounts, unique("Renaming")))[0] for _ in range(3)]
    fresh = [await accounts.make("SERVICE_PROVIDER") for _ in range(3)]

    puts = [one.client.put(PROFILE, json=business(business_name=name)) for one in (*renaming, *fresh)]
    slugs = [answer.json()["slug"] for answer in await asyncio.gather(*puts)]

    assert len(set(slugs)) == 6
    for provider, slug in zip(renaming, slugs, strict=False):
        mine = ok(await provider.client.get(PROFILE))
        assert ok(await client.get(f"/providers/{slug}"))["id"] == mine["id"]


async def test_a_page_that_is_not_public_is_404_under_every_slug(accounts: Accounts, client: httpx.AsyncClient) -> None:
    staff = await accounts.staff()
    provider, old = await _business(accounts, unique("Hidden"))
    new = await _rename(provider, unique("Hidden later"))
    profile = ok(await provider.client.get(PROFILE))
    draft = await accounts.make("SERVICE_PROVIDER")
    never = ok(await draft.client.put(PROFILE, json=business(business_name=unique("Never"))), 201)["slug"]

    async def is_gone(*slugs: str) -> None:
        for slug in slugs:
            for path in (f"/providers/{slug}", f"/providers/{slug}/services"):
                assert_problem(await client.get(path), 404, "not-found")

    await is_gone(never, "nobody-has-this")
    ok(await staff.client.post(f"/admin/providers/{profile['id']}/suspend", json={"note": "Nobody came."}))
    await is_gone(old, new)
    listed = ok(await client.get("/providers", params={"q": profile["business_name"]}))["items"]
    assert profile["id"] not in ids(listed)
    ok(await staff.client.post(f"/admin/providers/{profile['id']}/reinstate"))
    assert ok(await client.get(f"/providers/{new}"))["id"] == profile["id"]
    closed = {"current_password": provider.password}
    assert (await provider.client.request("DELETE", "/users/me", json=closed)).status_code == 204
    await is_gone(old, new)


async def test_the_date_of_a_page_moves_with_all_that_it_shows(
    accounts: Accounts, client: httpx.AsyncClient, clock: MovableClock
) -> None:
    name = unique("Dated")
    provider, slug = await _business(accounts, name)
    made = await publish(provider)
    service = f"{SERVICES}/{made['id']}"
    changes: tuple[tuple[str, str, object], ...] = (
        ("PUT", PROFILE, business(business_name=name, about="Another text.")),
        ("POST", f"{service}/pause", None),
        ("POST", f"{service}/resume", None),
        ("PATCH", service, {"title": "Another title"}),
        ("DELETE", service, None),
    )
    for method, path, body in changes:
        before = (await client.get(f"/providers/{slug}")).headers["last-modified"]
        since = {"If-Modified-Since": before}
        assert (await client.get(f"/providers/{slug}", headers=since)).status_code == 304
        clock.advance(timedelta(seconds=1))
        assert (await provider.client.request(method, path, json=body)).status_code in {200, 204}
        answer = await client.get(f"/providers/{slug}", headers=since)
        assert (answer.status_code, answer.headers["last-modified"] != before) == (200, True)
