"""The demo data is loaded once, and has the resources that the contract's examples name."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from sqlalchemy import func, select

from generated.states import JobState
from impl import demo
from impl.demo.rows import DATA, PHOTOS, numbered, town_and_trade
from impl.demo.verifications import LICENSED
from impl.marketplace.capabilities.spelling.tables import WordChange
from impl.operations.usage.service import UsageService
from tests.harness.databases import Databases, Engine
from tests.harness.deliveries import until
from tests.harness.hashing import Hashing
from tests.harness.service import Service, run_service
from tests.identity.database_inspection import statements
from tests.marketplace.moderation.staff_review import APPROVE, on
from tests.marketplace.payloads import PROPERTIES, SERVICES, TAPS, Json, ok, whole


@pytest.fixture(scope="module")
async def shop(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Return a service with the demo data."""
    async with run_service(databases, engine, f"demo_{worker_id}") as running:
        await demo.load(running.services)
        async with running.services.database.begin() as tx:
            assert await tx.scalar(select(func.count()).select_from(WordChange)) == 0, "typos are not corrected yet"
        yield running


async def _read_until(client: httpx.AsyncClient, path: str, is_so: Callable[[Json], object]) -> Json:
    """Read something until the worker has drawn what it shows."""

    async def look() -> Json | None:
        found: Json = ok(await client.get(path))
        return found if is_so(found) else None

    return await until(look)


async def _sign_in(client: httpx.AsyncClient, login: str) -> None:
    answer = ok(await client.post("/auth/login", json={"login": login, "password": demo.PASSWORD}))
    client.headers["Authorization"] = f"Bearer {answer['access_token']}"


@pytest.mark.both_engines
async def test_loading_again_only_looks_and_changes_nothing(
    shop: Service, hashing: Hashing, capsys: pytest.CaptureFixture[str]
) -> None:
    said = await statements(lambda: demo.load(shop.services))
    # For its own people, and for an administrator who is not one of them.
    assert [one.split()[0] for one in said if not one.startswith("BEGIN")] == ["SELECT", "SELECT"]
    assert hashing == [], "each takes a quarter of a second"
    told = capsys.readouterr().out
    assert demo.PASSWORD in told
    assert told.count("@example.com") == 15
    async with shop.client() as anyone:
        assert len(await whole(anyone, "/services", limit=100)) == 190


async def test_the_people_of_the_examples_can_sign_in(shop: Service) -> None:
    for login, role in (
        ("hannah.homeowner@example.com", "HOMEOWNER"),
        ("peter.provider", "SERVICE_PROVIDER"),
        ("ada.admin@example.com", "STAFF_ADMIN"),
    ):
        async with shop.client() as client:
            await _sign_in(client, login)
            assert ok(await client.get("/auth/me"))["roles"] == [role]


@pytest.mark.both_engines
async def test_the_things_of_the_examples_are_there(shop: Service) -> None:
    async with shop.client() as client:
        shown = ok(await client.get("/services/01980000-0000-7000-8000-000000000e01"))
        assert shown["title"] == "Leaking tap repaired"
        assert shown["category"]["id"] == TAPS
        assert shown["provider"]["slug"] == "rose-city-plumbing"
        assert shown["provider"]["id"] == "01980000-0000-7000-8000-000000000d01"
        rating = {"average": 4.0, "review_count": 1, "punctuality": 3.0, "quality": 5.0, "value": 4.0}
        assert ok(await client.get("/providers/rose-city-plumbing"))["rating"] == rating
        (review,) = await whole(client, "/providers/rose-city-plumbing/reviews")
        assert review["id"] == "01980000-0000-7000-8000-000000002201"
        slots = ok(await client.get("/providers/rose-city-plumbing/slots", params={"days": 7}))
        assert slots["time_zone"] == "America/Los_Angeles"
        assert slots["items"] != []
        await _sign_in(client, "hannah.homeowner@example.com")
        home = ok(await client.get(f"{PROPERTIES}/01980000-0000-7000-8000-000000000c01"))
        assert home["label"] == "Home on Alder Street"
        assert len(await whole(client, PROPERTIES)) == 3
        kept = await whole(client, "/homeowners/favourites")
        assert sorted(one["available"] for one in kept) == [False, True, True, True, True]
        saved = ok(await client.get("/homeowners/saved-searches/01980000-0000-7000-8000-000000001301"))
        assert (saved["name"], saved["frequency"]) == ("Plumbers near home", "DAILY")
        asked = await whole(client, "/homeowners/inquiries")
        assert {one["state"] for one in asked} == {"OPEN", "WITHDRAWN", "EXPIRED", "ACCEPTED"}
        assert asked[0]["id"] == "01980000-0000-7000-8000-000000001a01"
        assert [one["state"] for one in asked[0]["recipients"]] == ["SENT", "VIEWED", "DECLINED"]
        lists = [ok(await client.get(f"/homeowners/inquiries/{one['id']}/quotes")) for one in asked]
        states = {quote["state"] for listed in lists for quote in listed["items"]}
        assert states == {"SENT", "ACCEPTED", "DECLINED", "WITHDRAWN", "EXPIRED"}
        assert [one["unread_messages"] for one in asked[0]["recipients"]] == [0, 1, 0]
        document = "/message-attachments/01980000-0000-7000-8000-000000002402"
        assert ok(await client.get(document))["kind"] == "DOCUMENT"
        assert (await client.get(f"{document}/document")).content.startswith(b"%PDF-")
        visits = await whole(client, "/visits", {"side": "HOMEOWNER"})
        assert {one["state"] for one in visits} == {"REQUESTED", "BOOKED"}
        assert "01980000-0000-7000-8000-000000002801" in {one["id"] for one in visits}
    async with shop.client() as client:
        licensed = await whole(client, "/providers", {"verified": "true"}, limit=100)
        assert len(licensed) == LICENSED - 1, "the newcomer's profile waits"
        await _sign_in(client, "peter.provider")
        licence = "/service-providers/verifications/01980000-0000-7000-8000-000000001801"
        assert ok(await client.get(licence))["state"] == "VERIFIED"
        assert len(await whole(client, "/service-providers/inquiries")) == 14
        assert {one["state"] for one in await whole(client, "/jobs", {"side": "PROVIDER"})} == set(JobState)
        address = ok(await client.get("/jobs/01980000-0000-7000-8000-000000001f01/address"))
        assert address["full_name"] == "Hannah Homeowner"
        draft = ok(await client.get("/quotes/01980000-0000-7000-8000-000000001b01"))
        assert (draft["state"], draft["gross_minor"]) == ("DRAFT", 25085)
        message = ok(await client.get("/messages/01980000-0000-7000-8000-000000002101"))
        assert (message["sender"], message["masked"]) == ("HOMEOWNER", ["PHONE"])
        assert (await client.get(f"{licence}/document")).content.startswith(b"%PDF-")
        await _sign_in(client, "mia.moderator@example.com")
        assert len(await whole(client, "/admin/verifications")) == 2
        assert len(await whole(client, "/admin/disputes")) == 1
    async with shop.client() as client:
        await _sign_in(client, "paula.provider")
        assert {one["state"] for one in await whole(client, SERVICES)} == {"PUBLISHED", "PAUSED", "DRAFT"}


@pytest.mark.both_engines
async def test_a_moderation_console_finds_something_of_each_kind(shop: Service) -> None:
    async with shop.client() as client:
        await _sign_in(client, "mia.moderator")
        waiting = await whole(client, "/admin/moderation")
        assert sorted((one["kind"], one["is_revision"]) for one in waiting) == [
            ("PROFILE", False),
            ("PROFILE", True),
            ("SERVICE", False),
            ("SERVICE", True),
        ]
        hinted = {hint["kind"] for one in waiting for hint in one["hints"]}
        assert hinted == {"PHONE_NUMBER", "WEB_ADDRESS", "FORBIDDEN_WORD"}
        assert len(await whole(client, "/admin/moderation", {"state": "REJECTED"})) == 1
        # Nothing waits for ever: each of them can be decided, in the order in which they came.
        for item in waiting:
            path = f"/admin/moderation/{item['id']}"
            ok(await client.post(f"{path}/claim"))
            ok(await client.post(f"{path}/decision", json=on(item, APPROVE)))
        reports = await whole(client, "/admin/reports")
        assert {one["state"] for one in reports} == {"OPEN", "TRIAGED", "ACTIONED", "DISMISSED"}
        down = next(one["subject"]["id"] for one in reports if one["action"] == "TAKE_DOWN")
        assert ok(await client.post(f"/admin/services/{down}/reinstate"))["state"] == "PUBLISHED"
        assert len(await whole(client, "/admin/forbidden-words")) == 3
    async with shop.client() as anyone:
        asked = ok(await anyone.get("/categories/tap-and-leak-repair/questions"))
        assert {one["kind"] for one in asked["questions"]} == {"CHOICE", "BOOLEAN", "DATE", "TEXT"}
        edited = ok(await anyone.get("/services/01980000-0000-7000-8000-000000000e02"))
        assert edited["title"] == "Clogged drain cleared the same day"
    async with shop.client() as client:
        await _sign_in(client, "peter.provider")
        rejected = ok(await client.get(f"{SERVICES}/01980000-0000-7000-8000-000000000e05"))
        assert (rejected["state"], rejected["revision"]["state"]) == ("REJECTED", "REJECTED")


async def test_both_parties_have_news(shop: Service) -> None:
    for login, count in (("hannah.homeowner", 6), ("peter.provider", 8)):
        async with shop.client() as client:
            await _sign_in(client, login)
            told = ok(await client.get("/notifications"))
            # What the worker and other tests have told since then comes before.
            loaded = [one for one in told["items"] if one["id"].startswith("01980000-")]
            assert [one["number"] for one in loaded] == list(range(count, 0, -1))
            assert [one["read_at"] is None for one in loaded] == [True] * 2 + [False] * (count - 2)
            assert told["unread_count"] == 2 + len(told["items"]) - count
            assert len({one["kind"] for one in loaded}) == count
            # Each leads to something that is there.
            paths = {
                "JOB": "/jobs/{}",
                "QUOTE": "/quotes/{}",
                "SAVED_SEARCH": "/homeowners/saved-searches/{}",
                "VERIFICATION": "/service-providers/verifications/{}",
                "SERVICE": f"{SERVICES}/{{}}",
            }
            for one in loaded:
                if (path := paths.get(one["refers_to"]["kind"])) is not None:
                    ok(await client.get(path.format(one["refers_to"]["id"])))


@pytest.mark.both_engines
async def test_webhooks_are_in_each_status_and_nothing_is_sent(shop: Service) -> None:
    async with shop.client() as client:
        await _sign_in(client, "peter.provider")
        endpoints = await whole(client, "/service-providers/webhooks")
        assert [(one["is_enabled"], one["disabled_reason"]) for one in endpoints] == [(False, "GONE"), (True, None)]
        assert all(httpx.URL(one["url"]).host.endswith(".example") for one in endpoints), "nobody has such a host"
        path = "/service-providers/webhooks/01980000-0000-7000-8000-000000002701"
        deliveries = await whole(client, f"{path}/deliveries")
        assert {one["status"] for one in deliveries} == {"PENDING", "DELIVERED", "FAILED"}
        # Its secret can be read with this service's key.
        assert ok(await client.post(f"{path}/rotate-secret"))["secret"].startswith("whsec_")
    assert not await shop.services.marketplace.webhooks.sending.begin_due(), "the first is due tomorrow"


@pytest.mark.both_engines
async def test_businesses_and_services_have_photos_soon_and_only_once(shop: Service) -> None:
    await demo.draw_photos(shop.services, shown=1)
    async with shop.client() as client:
        page = await _read_until(client, "/providers/rose-city-plumbing", lambda page: page["photos"])
        service = "/services/01980000-0000-7000-8000-000000000e01"
        listed = await _read_until(client, service, lambda listed: listed["photos"])
    assert (page["photos"][0]["id"], listed["photo"]["id"]) == (str(numbered(PHOTOS)), str(numbered(PHOTOS + 1)))
    assert all(photo["alt_text"] for photo in (*page["photos"], *listed["photos"]))
    async with shop.client() as client:
        await _read_until(client, "/providers/rose-city-plumbing/reviews", lambda found: found["items"][0]["photos"])
        await _sign_in(client, "peter.provider")
        message = await _read_until(
            client,
            "/messages/01980000-0000-7000-8000-000000002101",
            lambda message: message["attachments"][0]["photo"]["state"] != "PENDING",
        )
        photo = message["attachments"][0]["photo"]
        assert (await client.get(photo["files"]["thumb"]["webp"])).status_code == 200
    async with shop.client() as client:
        await _sign_in(client, "peter.provider")
        ok(await client.delete(f"/photos/{page['photos'][0]['id']}"), 204)
    said = await statements(lambda: demo.draw_photos(shop.services, shown=1))
    assert "INSERT" not in {one.split()[0] for one in said}, "what its owner has deleted does not come back"


def test_the_businesses_are_in_twenty_towns() -> None:
    assert len({(town["city"], town["region"]) for town in DATA["towns"]}) == len(DATA["towns"]) == 20
    assert {town_and_trade(number)[0]["city"] for number in range(40)} == {town["city"] for town in DATA["towns"]}


async def test_demo_accounts_never_get_into_production(shop: Service) -> None:
    class Production:
        settings = shop.settings.model_copy(update={"environment": "production"})

    with pytest.raises(RuntimeError, match="development only"):
        await demo.load(Production())  # type: ignore[arg-type]  # it reads the settings only


async def test_staff_see_what_happened_in_the_last_weeks(shop: Service) -> None:
    # As the worker does, ten days at once.
    for _ in range(7):
        await UsageService(shop.services.database).count_up()
    async with shop.client() as client:
        await _sign_in(client, "ada.admin@example.com")
        report = ok(await client.get("/admin/usage", params={"days": "61"}))
        assert [step["step"] for step in report["funnel"] if not step["count"]] == []
        assert {figure for figure, count in report["totals"].items() if not count} <= {"errors"}
        # The worker of this service had counted today before the demo was there.
        recent = [day["figures"] for day in report["days"][-29:-1]]
        assert min(figures["logins"] for figures in recent) >= 3, recent
        assert sum(figures["inquiries"] for figures in recent) >= 5
    verdict = await shop.services.operations.audit_chain.verify(None)
    assert verdict.is_whole
