"""Mails about what is new in a saved search: each listing once, none without news, ended by one click."""

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select, update

from impl.assembly import Services, assemble
from impl.identity.registration.service import NewAccount
from impl.kernel import outbox
from impl.kernel.ids import new_id
from impl.kernel.outbox import OutboxMessage
from impl.marketplace.saved_searches.service import SETTLED, TOPIC
from impl.marketplace.saved_searches.tables import SavedSearch, SavedSearchFrequency
from tests.harness.accounts import Account, Accounts, unique
from tests.harness.client import assert_problem
from tests.harness.clock import MovableClock
from tests.harness.inbox import Inbox, Mail
from tests.harness.patience import PATIENCE
from tests.harness.queries import UntypedQuery
from tests.harness.service import Service
from tests.harness.settings import make_settings
from tests.marketplace.payloads import NOBODYS, SERVICES, Json, approve_business, kinds_of, ok, publish
from tests.marketplace.saved_searches.test_saved_searches import SEARCHES, search
from tests.marketplace.verifications.sending import decide, send

DAY = timedelta(days=1)


@pytest.fixture
async def reader(accounts: Accounts) -> Account:
    """Return somebody to whom nothing but what the test is about is mailed."""
    return await accounts.make("HOMEOWNER")


@pytest.fixture
def word() -> str:
    """Return a word that the titles of this test's listings have, and no others."""
    return f"w{uuid4().hex}"


async def save(reader: Account, word: str, **changes: object) -> Json:
    body = search(name=f"About {word[:6]}", filters={"q": word}, **changes)
    return ok(await reader.client.post(SEARCHES, json=body), 201)


async def pass_days(service: Service, accounts: Accounts, days: int, *people: Account) -> None:
    """Let days pass, after which everybody has to sign in again."""
    service.clock.advance(timedelta(days=days) + SETTLED)
    while await service.services.marketplace.saved_searches.queue_due():
        pass  # beside the worker, which looks for it every few seconds
    for person in people:
        await accounts.login(person)


def titles(mail: Mail) -> list[str]:
    return re.findall(r"^- (.*), by ", mail.text, re.MULTILINE)


def post_url(mail: Mail) -> str:
    """Return the path of the one-click address, for the test's client."""
    found = re.fullmatch(r"<(https?://[^>]+)>", mail.message["List-Unsubscribe"])
    assert found is not None, mail.message["List-Unsubscribe"]
    return urlsplit(found[1]).path.removeprefix("/api/v1")


@pytest.mark.both_engines
async def test_a_daily_mail_tells_what_is_new_and_each_listing_once(
    *, service: Service, accounts: Accounts, inbox: Inbox, seller: Account, reader: Account, word: str
) -> None:
    await publish(seller, title=f"Before {word}")
    await save(reader, word)
    await publish(seller, title="Something else")
    hidden = await publish(seller, title=f"Paused {word}")
    ok(await seller.client.post(f"{SERVICES}/{hidden['id']}/pause"))
    fresh = [await publish(seller, title=f"Number {number} {word}") for number in range(11)]

    await pass_days(service, accounts, 1, seller)
    first = await inbox.wait_for(reader.email, f"11 new services for “About {word[:6]}”")
    assert titles(first) == [f"Number {number} {word}" for number in range(10, 0, -1)]
    assert "The newest 10 are listed here." in first.text
    assert f"/services/{fresh[10]['id']}" in first.text
    assert first.html is not None
    assert f"Number 10 {word}" in first.html

    # A day without news is a day without a mail; what was mailed is no news when it is edited or comes back.
    await pass_days(service, accounts, 1, seller)
    ok(await seller.client.post(f"{SERVICES}/{hidden['id']}/resume"))
    ok(await seller.client.patch(f"{SERVICES}/{fresh[0]['id']}", json={"title": f"Edited {word}"}))
    await publish(seller, title=f"Last {word}")
    await pass_days(service, accounts, 1)
    second = await inbox.wait_for(reader.email, "1 new service for")
    assert titles(second) == [f"Last {word}"]
    assert len(inbox.all(reader.email)) == 2
    await accounts.login(reader)
    assert await kinds_of(reader) == ["SAVED_SEARCH_NEWS"] * 2


async def test_a_weekly_mail_waits_for_its_week_and_none_comes_of_never(
    *, service: Service, accounts: Accounts, inbox: Inbox, seller: Account, reader: Account, word: str
) -> None:
    await save(reader, word, frequency="WEEKLY")
    never = await save(reader, word, frequency="NEVER")
    daily = await accounts.make("HOMEOWNER")
    await save(daily, word)
    await publish(seller, title=f"Monday {word}")
    await pass_days(service, accounts, 1, seller, reader)
    await inbox.wait_for(daily.email, "1 new service")
    assert inbox.all(reader.email) == []

    await publish(seller, title=f"Tuesday {word}")
    # From now on, and not with all that was published meanwhile.
    body = search(name="Again", filters={"q": word}, frequency="DAILY")
    ok(await reader.client.put(f"{SEARCHES}/{never['id']}", json=body))
    await publish(seller, title=f"Wednesday {word}")
    await pass_days(service, accounts, 6)
    weekly = await inbox.wait_for(reader.email, "3 new services for “About")
    assert titles(weekly) == [f"{day} {word}" for day in ("Wednesday", "Tuesday", "Monday")]
    again = await inbox.wait_for(reader.email, "1 new service for “Again”")
    assert titles(again) == [f"Wednesday {word}"]


async def test_a_search_for_those_who_have_a_licence_is_mailed_their_services_alone(
    *, service: Service, accounts: Accounts, inbox: Inbox, seller: Account, reader: Account, word: str
) -> None:
    saved = await save(reader, word)
    body = search(filters={"q": word, "verified": True})
    ok(await reader.client.put(f"{SEARCHES}/{saved['id']}", json=body))
    licensed = await accounts.make("SERVICE_PROVIDER")
    await approve_business(licensed)
    await decide(await accounts.staff("STAFF_MODERATOR"), await send(licensed))
    await publish(seller, title=f"Without {word}")
    await publish(licensed, title=f"With {word}")
    await pass_days(service, accounts, 1)
    assert titles(await inbox.wait_for(reader.email, "1 new service")) == [f"With {word}"]


@pytest.mark.both_engines
async def test_a_search_whose_place_has_gone_is_mailed_nothing(
    *, service: Service, accounts: Accounts, inbox: Inbox, seller: Account, reader: Account, word: str
) -> None:
    saved = await save(reader, word)
    await publish(seller, title=f"Too late {word}")
    row = update(SavedSearch).where(SavedSearch.id == UUID(saved["id"]))
    async with service.services.database.begin() as tx:
        await tx.execute(row.values(filters={"q": word, "place": NOBODYS}))
    await pass_days(service, accounts, 1)
    queued = UntypedQuery(select(OutboxMessage.payload).where(OutboxMessage.topic == TOPIC))
    async with asyncio.timeout(PATIENCE):
        while any(
            one["payload"]["saved_search_id"] == saved["id"]
            for one in await service.services.database.reader.all(queued)
        ):
            pass
    assert inbox.all(reader.email) == []


async def test_one_click_ends_the_mails_without_signing_in(
    *,
    service: Service,
    accounts: Accounts,
    inbox: Inbox,
    seller: Account,
    reader: Account,
    client: httpx.AsyncClient,
    word: str,
) -> None:
    made, other = await save(reader, word), await save(reader, word)
    await publish(seller, title=f"One {word}")
    await pass_days(service, accounts, 1, seller, reader)
    await inbox.wait_for(reader.email, "1 new service", after=1)
    mails = {post_url(mail): mail for mail in inbox.all(reader.email)}
    token = service.services.marketplace.saved_searches.token_of(UUID(made["id"]))
    url, mail = next((url, mail) for url, mail in mails.items() if token in url)
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.token == token, "the link in the text leads to the page that asks"

    # Scanners follow links: a GET shows where to ask, and ends nothing.
    page = await client.get(url)
    assert (page.status_code, page.headers["location"]) == (303, f"{service.settings.app_url}/unsubscribe#{token}")
    assert ok(await reader.client.get(f"{SEARCHES}/{made['id']}"))["frequency"] == "DAILY"
    form = {"List-Unsubscribe": "One-Click"}
    for _ in range(2):
        ok(await client.post(url, data=form), 204)
    assert ok(await reader.client.get(f"{SEARCHES}/{made['id']}"))["frequency"] == "NEVER"
    assert ok(await reader.client.get(f"{SEARCHES}/{other['id']}"))["frequency"] == "DAILY"
    staff = await accounts.staff()
    await accounts.login(staff)
    events = ok(await staff.client.get("/admin/audit-events", params={"subject_id": made["id"]}))["items"]
    assert [event["event"] for event in events] == ["saved_search.unsubscribed"]

    await publish(seller, title=f"Two {word}")
    await pass_days(service, accounts, 1, reader)
    assert post_url(await inbox.wait_for(reader.email, "1 new service", after=2)) != url
    assert len(inbox.all(reader.email)) == 3
    ok(await reader.client.delete(f"{SEARCHES}/{made['id']}"), 204)
    ok(await client.post(url, data=form), 204)


async def test_a_token_is_good_for_its_own_search_only(
    service: Service, reader: Account, client: httpx.AsyncClient, word: str
) -> None:
    one, other = await save(reader, word), await save(reader, word)
    tokens = [service.services.marketplace.saved_searches.token_of(UUID(made["id"])) for made in (one, other)]
    swapped = tokens[0][:32] + tokens[1][32:]
    for forged in (swapped, tokens[0][:-1] + ("A" if tokens[0][-1] != "A" else "B")):
        assert_problem(await client.post(f"/unsubscribe/{forged}"), 404, "not-found")
    assert {ok(await reader.client.get(f"{SEARCHES}/{made['id']}"))["frequency"] for made in (one, other)} == {"DAILY"}


@pytest.mark.both_engines
async def test_a_suspended_account_is_mailed_nothing_and_misses_nothing(
    *, service: Service, accounts: Accounts, inbox: Inbox, seller: Account, reader: Account, word: str
) -> None:
    made = await save(reader, word)
    reader_id = ok(await reader.client.get("/users/me"))["id"]
    staff = await accounts.staff()
    ok(await staff.client.post(f"/users/{reader_id}/suspend", json={"reason": "A test."}))
    await publish(seller, title=f"Meanwhile {word}")
    other = await accounts.make("HOMEOWNER")
    await save(other, word)
    await publish(seller, title=f"Later {word}")
    # One that was queued before the suspension.
    now = service.clock.now()
    payload = {
        "saved_search_id": made["id"],
        "user_id": reader_id,
        "after": (now - DAY).isoformat(),
        "until": now.isoformat(),
    }
    async with service.services.database.begin() as tx:
        message_id = await outbox.put(tx, TOPIC, payload)
    waits = UntypedQuery(select(OutboxMessage.id).where(OutboxMessage.id == message_id))
    async with asyncio.timeout(PATIENCE):
        while await service.services.database.reader.first(waits) is not None:
            continue
    await pass_days(service, accounts, 1, staff)
    await inbox.wait_for(other.email, "1 new service")
    assert [mail.subject for mail in inbox.all(reader.email) if "new service" in mail.subject] == []

    ok(await staff.client.post(f"/users/{reader_id}/reactivate"))
    await pass_days(service, accounts, 1)
    assert titles(await inbox.wait_for(reader.email, "2 new services")) == [f"Later {word}", f"Meanwhile {word}"]


@contextlib.asynccontextmanager
async def _without_worker(url: str, clock: MovableClock) -> AsyncIterator[Services]:
    services = assemble(make_settings(url, web_port=1, smtp_port=1), clock=clock)
    await services.open()
    try:
        yield services
    finally:
        await services.close()


async def _queued(services: Services) -> tuple[Counter[str], dict[UUID, bool]]:
    """Return how many messages wait for each search, and which of the searches were moved on."""
    async with services.database.begin() as tx:
        messages = list(await tx.scalars(select(OutboxMessage).where(OutboxMessage.topic == TOPIC)))
        searches = list(await tx.scalars(select(SavedSearch)))
    moved = {one.id: one.mailed_until_at > one.created_at for one in searches}
    return Counter(str(message.payload["saved_search_id"]) for message in messages), moved


async def _add_searches(services: Services, frequency: SavedSearchFrequency, due_at: datetime, number: int) -> None:
    new = NewAccount(f"{unique()}@example.test", "Some Body", None, roles=("HOMEOWNER",))
    owner = await services.identity.registration.create_verified(new, password_hash="x")
    at = services.database.clock.now()
    async with services.database.begin() as tx:
        tx.add_all(
            SavedSearch(
                id=new_id(),
                owner_id=owner,
                name=f"Search {one}",
                filters={},
                frequency=frequency,
                mailed_until_at=at,
                next_due_at=due_at,
                created_at=at,
                updated_at=at,
                version=1,
            )
            for one in range(number)
        )


@pytest.mark.both_engines
@pytest.mark.parametrize(("frequency", "days"), [(SavedSearchFrequency.DAILY, 1), (SavedSearchFrequency.WEEKLY, 7)])
async def test_however_long_the_worker_was_away_the_next_mail_is_due_at_the_same_time_of_the_day(
    fresh_database_url: str, frequency: SavedSearchFrequency, days: int
) -> None:
    clock, period = MovableClock(), timedelta(days=days)
    due = UntypedQuery(select(SavedSearch.next_due_at))
    async with _without_worker(fresh_database_url, clock) as services:
        with clock.stopped():
            due_at = clock.now() + period
            await _add_searches(services, frequency, due_at, 1)
            for missed in range(4):
                clock.advance(due_at - clock.now() + missed * period)
                await services.marketplace.saved_searches.queue_due()
                due_at += (missed + 1) * period
                assert [row["next_due_at"] for row in await services.database.reader.all(due)] == [due_at]
                assert not await services.marketplace.saved_searches.queue_due()


@pytest.mark.both_engines
async def test_workers_that_end_at_any_moment_queue_each_mail_once(fresh_database_url: str) -> None:
    clock = MovableClock()
    async with _without_worker(fresh_database_url, clock) as services:
        await _add_searches(services, SavedSearchFrequency.DAILY, clock.now() + DAY, 5)
        clock.advance(DAY + SETTLED)
        service = services.marketplace.saved_searches
        for steps in range(0, 40, 3):
            ending = asyncio.create_task(service.queue_due())
            for _ in range(steps):
                await asyncio.sleep(0)
            ending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ending
            messages, moved = await _queued(services)
            assert messages == Counter(str(one) for one, is_moved in moved.items() if is_moved)
        await asyncio.gather(*(service.queue_due() for _ in range(4)))
        messages, moved = await _queued(services)
        assert set(messages.values()) == {1}
        assert all(moved.values())
