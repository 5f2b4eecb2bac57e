"""A provider's profile over HTTP: created by its first PUT, and complete before its review."""

import asyncio

import pytest

from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.harness.service import Service
from tests.marketplace.payloads import NOBODYS, PROFILE, Json, approve_business, business, ok
from tests.marketplace.places.small import PORTLAND, SMALL


async def test_the_first_put_creates_and_the_next_replaces(accounts: Accounts) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    assert_problem(await provider.client.get(PROFILE), 404, "not-found")
    answer = await provider.client.put(PROFILE, json=business())
    made = ok(answer, 201)
    assert {name: made[name] for name in business()} == business()
    assert (made["state"], made["review_note"]) == ("DRAFT", None)
    assert answer.headers["location"] == f"/api/v1{PROFILE}"
    assert ok(await provider.client.get(PROFILE)) == made
    replaced = ok(await provider.client.put(PROFILE, json={"business_name": "Another Name"}))
    assert replaced["id"] == made["id"]
    assert replaced["slug"].startswith("another-name")
    assert replaced["business_name"] == "Another Name"
    assert replaced["about"] is replaced["phone"] is replaced["website"] is replaced["base_point"] is None
    assert replaced["licences"] == []


async def test_an_equal_put_leaves_the_version(accounts: Accounts) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    first = await provider.client.put(PROFILE, json=business())
    second = await provider.client.put(PROFILE, json=business())
    assert ok(second) == first.json()
    assert second.headers["etag"] == first.headers["etag"]


async def test_a_profile_is_its_providers_own(accounts: Accounts) -> None:
    one, other = await accounts.make("SERVICE_PROVIDER"), await accounts.make("SERVICE_PROVIDER")
    made = ok(await one.client.put(PROFILE, json=business()), 201)
    assert_problem(await other.client.get(PROFILE), 404, "not-found")
    assert_problem(await other.client.post(f"{PROFILE}/submit"), 404, "not-found")
    second = ok(await other.client.put(PROFILE, json=business()), 201)
    assert second["id"] != made["id"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Smith & Søns Plumbing, LLC", "smith-sons-plumbing-llc"),
        ("Ämtli Öfen", "amtli-ofen"),
        ("家の修理", "jianoxiuli"),
        ("🔧🔧", "provider"),
    ],
)
async def test_slugs_are_readable_and_unique(accounts: Accounts, name: str, slug: str) -> None:
    slugs = []
    for _ in range(3):
        provider = await accounts.make("SERVICE_PROVIDER")
        slugs.append(ok(await provider.client.put(PROFILE, json=business(business_name=name)), 201)["slug"])
    assert len(set(slugs)) == 3
    assert all(one == slug or one.startswith(f"{slug}-") for one in slugs)


@pytest.mark.both_engines
async def test_of_parallel_first_puts_one_creates(accounts: Accounts) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    puts = [provider.client.put(PROFILE, json=business(business_name=f"Business {n}")) for n in range(10)]
    answers = await asyncio.gather(*puts)
    assert sorted(one.status_code for one in answers) == [200] * 9 + [201]
    assert len({one.json()["id"] for one in answers}) == 1


async def test_submitting_a_complete_profile_gets_it_approved(accounts: Accounts) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    assert (await approve_business(provider))["state"] == "APPROVED"
    problem = assert_problem(await provider.client.post(f"{PROFILE}/submit"), 409, "invalid-transition")
    assert problem["state"] == "APPROVED"
    edited = ok(await provider.client.put(PROFILE, json=business(about="Now with two vans.")))
    assert edited["state"] == "APPROVED"


@pytest.mark.parametrize(
    ("lacking", "pointers"),
    [
        ({"about": None}, ["/about"]),
        ({"base_point": None, "service_radius_km": None}, ["/base_point", "/service_radius_km"]),
        ({"phone": None, "website": None}, ["/phone"]),
    ],
)
async def test_what_a_review_needs_is_pointed_at(accounts: Accounts, lacking: Json, pointers: list[str]) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    ok(await provider.client.put(PROFILE, json=business(**lacking)), 201)
    problem = assert_problem(await provider.client.post(f"{PROFILE}/submit"), 409, "profile-incomplete")
    assert [error["pointer"] for error in problem["errors"]] == pointers
    ok(await provider.client.put(PROFILE, json=business(phone=None)))
    assert ok(await provider.client.post(f"{PROFILE}/submit"))["state"] == "APPROVED"


async def test_a_business_sets_out_from_a_place_as_well_as_from_a_point(accounts: Accounts, service: Service) -> None:
    await service.services.marketplace.places.load(SMALL)
    provider = await accounts.make("SERVICE_PROVIDER")
    placed = business(base_place=PORTLAND)
    both = assert_problem(await provider.client.put(PROFILE, json=placed), 422, "validation-failed")
    assert [(error["pointer"], error["code"]) for error in both["errors"]] == [("/base_place", "too_many")]
    del placed["base_point"]
    nobodys = await provider.client.put(PROFILE, json={**placed, "base_place": NOBODYS})
    unknown = assert_problem(nobodys, 422, "validation-failed")
    assert [(error["pointer"], error["code"]) for error in unknown["errors"]] == [("/base_place", "unknown_place")]

    made = ok(await provider.client.put(PROFILE, json=placed), 201)
    assert made["base_point"] == {"latitude": 45.5234, "longitude": -122.6762}
    assert ok(await provider.client.post(f"{PROFILE}/submit"))["state"] == "APPROVED"


@pytest.mark.both_engines
async def test_of_parallel_submissions_one_wins(accounts: Accounts) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    ok(await provider.client.put(PROFILE, json=business()), 201)
    answers = await asyncio.gather(*(provider.client.post(f"{PROFILE}/submit") for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 7


async def test_a_stale_profile_is_not_overwritten(accounts: Accounts) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    for tag in ("*", '"0"', '"1"'):
        early = await provider.client.put(PROFILE, json=business(), headers={"If-Match": tag})
        assert_problem(early, 412, "precondition-failed")
    first = (await provider.client.put(PROFILE, json=business())).headers["etag"]
    ok(await provider.client.put(PROFILE, json=business(about="Two"), headers={"If-Match": first}))
    late = await provider.client.put(PROFILE, json=business(about="Three"), headers={"If-Match": first})
    assert_problem(late, 412, "precondition-failed")
    malformed = await provider.client.put(PROFILE, json=business(), headers={"If-Match": "1"})
    assert_problem(malformed, 400, "malformed-request")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"state": "APPROVED"}, "/state"),
        ({"slug": "mine"}, "/slug"),
        ({"service_radius_km": 301}, "/service_radius_km"),
        ({"service_radius_km": 0}, "/service_radius_km"),
        ({"phone": "555-0170"}, "/phone"),
        ({"website": "javascript:alert(1)"}, "/website"),
        ({"licences": None}, "/licences"),
        ({"business_name": None}, "/business_name"),
        (
            {"licences": [{"title": "A", "number": "1", "authority": "B", "expires_date": "2031-02-30"}]},
            "/licences/0/expires_date",
        ),
    ],
)
async def test_input_that_breaks_the_contract_is_pointed_at(accounts: Accounts, change: Json, pointer: str) -> None:
    provider = await accounts.provider()
    problem = assert_problem(await provider.client.put(PROFILE, json=business(**change)), 422, "validation-failed")
    assert pointer in [error["pointer"] for error in problem["errors"]]


@pytest.mark.parametrize(
    "website",
    [
        "https://example.com/a%20b",
        "https://example.com:8443/",
        "http://xn--bcher-kva.example.com",
        "https://xn--e1afmkfd.xn--p1ai/uslugi",
        "https://example.com?ref=list",
        "https://example.com/#prices",
        "https://example.com/plumber's",
        "HTTPS://Example.COM",
    ],
)
async def test_a_website_is_any_public_address(accounts: Accounts, website: str) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    assert ok(await provider.client.put(PROFILE, json=business(website=website)), 201)["website"] == website


@pytest.mark.parametrize(
    ("website", "code"),
    [
        ("https://somebody@example.com/", "wrong_format"),
        ("https://a:b@example.com/", "wrong_format"),
        ("ftp://files.example.com", "wrong_format"),
        ("https://example.com/100%", "wrong_format"),
        ("https://example.com:0/", "wrong_format"),
        ("https://example.com:65536/", "wrong_format"),
        ("https://localhost/", "wrong_format"),
        ("https://127.0.0.1/", "wrong_format"),
        ("http://[::1]/there", "wrong_format"),
        ("https://www.localhost/", "private_host"),
        ("https://printer.local:631", "private_host"),
        ("https://Shop.Internal?x", "private_host"),
        ("https://nas.home.arpa#top", "private_host"),
    ],
)
async def test_what_not_everybody_can_open_is_no_website(accounts: Accounts, website: str, code: str) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    answer = await provider.client.put(PROFILE, json=business(website=website))
    errors = assert_problem(answer, 422, "validation-failed")["errors"]
    assert ("/website", code) in [(error["pointer"], error["code"]) for error in errors]


async def test_a_homeowner_has_no_profile(accounts: Accounts) -> None:
    owner = await accounts.homeowner()
    for answer in (
        await owner.client.get(PROFILE),
        await owner.client.put(PROFILE, json=business()),
        await owner.client.post(f"{PROFILE}/submit"),
    ):
        assert_problem(answer, 403, "forbidden")
