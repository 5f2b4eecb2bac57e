"""Quotes over HTTP: written unseen, sent, revised, and decided once, whatever races."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from impl.kernel.audit import AuditEvent
from impl.kernel.ids import new_id
from impl.kernel.personal_data import PersonalData
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.inquiries.tables import PERSONAL_DATA_POLICIES as INQUIRY_POLICIES
from impl.marketplace.capabilities.inquiries.tables import Inquiry
from impl.marketplace.capabilities.quotes.tables import PERSONAL_DATA_POLICIES, Quote
from impl.marketplace.provider_profile.tables import ProviderProfile
from impl.marketplace.quotes.service import MOST_QUOTES
from tests.harness.client import assert_problem
from tests.harness.doubles import take_last_place
from tests.identity.closure.test_closure import closed
from tests.identity.race_barrier import at_once
from tests.marketplace.inquiries.asking import INBOX, INQUIRIES, ask, asker, businesses, decline, states, withdraw
from tests.marketplace.payloads import Json, house, ids, kinds_of, ok
from tests.marketplace.quotes.quoting import DECLINED, LABOUR, QUOTES, draft, offer, quoted, received, step

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

PLACE = "marketplace.inquiries"


async def inquired(accounts: Accounts, number: int = 1, **changes: object) -> tuple[Account, Json, list[Account]]:
    """Return a homeowner, their inquiry, and so many businesses that were asked."""
    owner, home = await asker(accounts)
    asked = await businesses(accounts, number)
    inquiry = await ask(owner, home, *(profile for _, profile in asked), **changes)
    return owner, inquiry, [provider for provider, _ in asked]


async def events(service: Service, quote: Json) -> list[str]:
    """Return the names of the events about a quote, in order."""
    statement = select(AuditEvent.event).where(AuditEvent.subject_id == UUID(quote["id"])).order_by(AuditEvent.id)
    async with service.services.database.begin() as tx:
        return list(await tx.scalars(statement))


@pytest.mark.both_engines
async def test_of_two_quotes_one_is_accepted_and_everybody_is_mailed(
    accounts: Accounts, inbox: Inbox, service: Service
) -> None:
    owner, inquiry, (one, other, silent) = await inquired(accounts, 3)
    sent = await quoted(one, inquiry, terms="Two years of warranty.")
    amounts = ("subtotal_minor", "discount_minor", "net_minor", "tax_minor", "gross_minor")
    assert [sent[name] for name in amounts] == [25110, 1000, 24110, 975, 25085]
    assert [tax["net_minor"] for tax in sent["taxes"]] == [12962, 11148]
    assert [line["net_minor"] for line in sent["lines"]] == [13500, 11610]
    assert sent["expires_at"][:10] == (service.clock.now() + timedelta(days=14)).date().isoformat()
    mail = await inbox.wait_for(owner.email, "A quote of")
    assert inquiry["title"] in mail.text
    rival = await quoted(other, inquiry)
    assert ids(await received(owner, inquiry)) == [rival["id"], sent["id"]]
    assert states(ok(await owner.client.get(f"{INQUIRIES}/{inquiry['id']}"))) == ["QUOTED", "QUOTED", "SENT"]

    read = await owner.client.get(f"{QUOTES}/{sent['id']}")
    assert ok(read)["terms"] == "Two years of warranty."
    tag = read.headers["etag"]
    assert (await owner.client.get(f"{QUOTES}/{sent['id']}", headers={"If-None-Match": tag})).status_code == 304
    accepted = await owner.client.post(f"{QUOTES}/{sent['id']}/accept", headers={"If-Match": tag})
    assert ok(accepted)["state"] == "ACCEPTED"
    ended = ok(await owner.client.get(f"{INQUIRIES}/{inquiry['id']}"))
    assert (ended["state"], states(ended)) == ("ACCEPTED", ["QUOTED", "LOST", "LOST"])
    assert [to["lost_reason"] for to in ended["recipients"]] == [None, "OTHER_CHOSEN", "OTHER_CHOSEN"]
    lost = ok(await other.client.get(f"{QUOTES}/{rival['id']}"))
    assert (lost["state"], lost["end_reason"], lost["decline_reason"]) == ("DECLINED", "OTHER_CHOSEN", None)
    await inbox.wait_for(one.email, "Your quote was accepted")
    await inbox.wait_for(other.email, "Another quote was accepted")
    assert (await kinds_of(other))[0] == "QUOTE_LOST"
    late = await silent.client.post(f"{INBOX}/{inquiry['id']}/quotes", json=offer())
    assert assert_problem(late, 409, "invalid-transition")["state"] == "LOST"
    assert await events(service, sent) == ["quote.created", "quote.sent", "quote.accepted"]
    assert (await events(service, inquiry))[-1] == "inquiry.accepted"


async def test_a_draft_is_its_writers_alone_until_it_is_sent(accounts: Accounts) -> None:
    owner, inquiry, (one, other) = await inquired(accounts, 2)
    written = await draft(one, inquiry)
    path = f"{QUOTES}/{written['id']}"
    assert (written["state"], written["number"], written["sent_at"]) == ("DRAFT", 1, None)
    assert await received(owner, inquiry) == []
    for stranger in (owner, other):
        assert_problem(await stranger.client.get(path), 404, "not-found")
    assert_problem(await owner.client.post(f"{path}/accept"), 404, "not-found")
    assert_problem(await other.client.get(f"{INQUIRIES}/{inquiry['id']}/quotes"), 404, "not-found")

    tag = (await one.client.get(path)).headers["etag"]
    changed = await one.client.patch(path, json={"lines": [LABOUR], "discount": None}, headers={"If-Match": tag})
    assert (ok(changed)["gross_minor"], ok(changed)["discount"], ok(changed)["valid_days"]) == (13500, None, 14)
    assert (await one.client.patch(path, json={"lines": [LABOUR]})).headers["etag"] == changed.headers["etag"]
    assert_problem(await one.client.post(f"{path}/send", headers={"If-Match": tag}), 412, "precondition-failed")
    too_much = {"discount": {"kind": "AMOUNT", "amount_minor": 13501}}
    (error,) = assert_problem(await one.client.patch(path, json=too_much), 422, "validation-failed")["errors"]
    assert (error["pointer"], error["code"]) == ("/discount/amount_minor", "out_of_range")
    half = ok(await one.client.patch(path, json={"discount": {"kind": "PERCENT", "basis_points": 5000}}))
    assert (half["discount_minor"], half["gross_minor"]) == (6750, 6750)

    await step(one, written, "send")
    assert_problem(await one.client.patch(path, json={"valid_days": 7}), 409, "invalid-transition")
    assert_problem(await one.client.delete(path), 409, "invalid-transition")
    assert ids(await received(owner, inquiry)) == [written["id"]]


@pytest.mark.both_engines
async def test_a_revision_takes_the_place_of_what_was_sent_before(accounts: Accounts) -> None:
    owner, inquiry, (provider,) = await inquired(accounts)
    first = await quoted(provider, inquiry)
    second = await draft(provider, inquiry, lines=[LABOUR])
    assert [one["state"] for one in await received(owner, inquiry)] == ["SENT"], "while it is written, the first holds"
    second = await step(provider, second, "send")
    before = ok(await owner.client.get(f"{QUOTES}/{first['id']}"))
    assert (before["state"], before["end_reason"], before["superseded_by_id"]) == (
        "WITHDRAWN",
        "SUPERSEDED",
        second["id"],
    )
    assert (second["revises_id"], second["number"]) == (first["id"], 2)
    assert await kinds_of(owner) == ["QUOTE_REVISED", "QUOTE_RECEIVED"]
    refused = await owner.client.post(f"{QUOTES}/{first['id']}/accept")
    assert assert_problem(refused, 409, "invalid-transition")["state"] == "WITHDRAWN"
    assert (await step(owner, second, "accept"))["state"] == "ACCEPTED"


async def test_what_was_declined_or_withdrawn_makes_room_for_another(accounts: Accounts, inbox: Inbox) -> None:
    owner, inquiry, (provider,) = await inquired(accounts)
    declined = await step(owner, await quoted(provider, inquiry), "decline", DECLINED)
    assert (declined["decline_reason"], declined["note"]) == ("PRICE", DECLINED["note"])
    mail = await inbox.wait_for(provider.email, "Your quote was declined")
    assert DECLINED["note"] in mail.text
    assert (await kinds_of(provider))[0] == "QUOTE_DECLINED"
    await step(provider, await quoted(provider, inquiry), "withdraw")
    assert (await kinds_of(owner))[0] == "QUOTE_WITHDRAWN"
    third = await quoted(provider, inquiry)
    assert (third["number"], third["revises_id"]) == (3, None)
    assert states(ok(await owner.client.get(f"{INQUIRIES}/{inquiry['id']}"))) == ["QUOTED"]


async def test_nobody_writes_more_than_ten_for_one_inquiry(accounts: Accounts) -> None:
    _, inquiry, (one, other) = await inquired(accounts, 2)
    written = [await draft(one, inquiry) for _ in range(MOST_QUOTES - 1)]
    path = f"{INBOX}/{inquiry['id']}/quotes"
    await take_last_place(lambda key: one.client.post(path, json=offer(), headers=key))
    problem = assert_problem(await one.client.post(path, json=offer()), 409, "limit-reached")
    assert problem["limit"] == MOST_QUOTES
    await draft(other, inquiry)
    assert (await one.client.delete(f"{QUOTES}/{written[0]['id']}")).status_code == 204
    await draft(one, inquiry)
    assert len(ok(await one.client.get(path))["items"]) == MOST_QUOTES


@pytest.mark.both_engines
async def test_of_two_acceptances_at_once_one_is_done(accounts: Accounts, service: Service) -> None:
    owner, inquiry, (one, other) = await inquired(accounts, 2)
    quotes = [await quoted(provider, inquiry) for provider in (one, other)]
    answers = await at_once(
        service, PLACE, *(owner.client.post(f"{QUOTES}/{quote['id']}/accept") for quote in (*quotes, quotes[0]))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    for answer in answers:
        assert answer.json()["state"] in {"ACCEPTED", "DECLINED"}, "the state that the winner left"
    assert sorted(quote["state"] for quote in await received(owner, inquiry)) == ["ACCEPTED", "DECLINED"]
    ended = ok(await owner.client.get(f"{INQUIRIES}/{inquiry['id']}"))
    assert (ended["state"], sorted(states(ended))) == ("ACCEPTED", ["LOST", "QUOTED"])


@pytest.mark.both_engines
@pytest.mark.parametrize("rival", ["withdrawInquiry", "withdrawQuote", "sendQuote", "declineQuote"])
async def test_of_an_acceptance_and_what_ends_the_quote_at_once_one_is_done(
    accounts: Accounts, service: Service, rival: str
) -> None:
    owner, inquiry, (provider,) = await inquired(accounts)
    quote = await quoted(provider, inquiry)
    revision = await draft(provider, inquiry)
    others = {
        "withdrawInquiry": lambda: owner.client.post(f"{INQUIRIES}/{inquiry['id']}/withdraw"),
        "withdrawQuote": lambda: provider.client.post(f"{QUOTES}/{quote['id']}/withdraw"),
        "sendQuote": lambda: provider.client.post(f"{QUOTES}/{revision['id']}/send"),
        "declineQuote": lambda: owner.client.post(f"{QUOTES}/{quote['id']}/decline", json=DECLINED),
    }
    answers = await at_once(service, PLACE, owner.client.post(f"{QUOTES}/{quote['id']}/accept"), others[rival]())
    accepted, other = (answer.status_code for answer in answers)
    left = ok(await owner.client.get(f"{QUOTES}/{quote['id']}"))["state"]
    asked = ok(await owner.client.get(f"{INQUIRIES}/{inquiry['id']}"))["state"]
    after = {
        "withdrawInquiry": ("DECLINED", "WITHDRAWN"),
        "withdrawQuote": ("WITHDRAWN", "OPEN"),
        "sendQuote": ("WITHDRAWN", "OPEN"),
        "declineQuote": ("DECLINED", "OPEN"),
    }[rival]
    assert (accepted, other, left, asked) in [(200, 409, "ACCEPTED", "ACCEPTED"), (409, 200, *after)]


@pytest.mark.both_engines
@pytest.mark.parametrize("whose", ["quote", "inquiry"])
async def test_of_an_acceptance_and_an_expiry_at_once_one_is_done(
    accounts: Accounts, service: Service, whose: str
) -> None:
    owner, inquiry, (provider,) = await inquired(accounts)
    quote = await quoted(provider, inquiry)
    accepted, _ = await at_once(
        service,
        PLACE,
        owner.client.post(f"{QUOTES}/{quote['id']}/accept"),
        _over(service, inquiry if whose == "inquiry" else quote, "inquiries" if whose == "inquiry" else "quotes"),
    )
    assert accepted is not None
    for end in (service.services.marketplace.quotes.end_quotes, service.services.marketplace.inquiries.end_inquiries):
        await end()
    left = ok(await owner.client.get(f"{QUOTES}/{quote['id']}"))["state"]
    assert (accepted.status_code, left) in [(200, "ACCEPTED"), (409, "EXPIRED")]


@pytest.mark.both_engines
async def test_what_is_over_by_the_clock_is_not_accepted(accounts: Accounts, service: Service) -> None:
    owner, inquiry, (provider,) = await inquired(accounts)
    quote = await quoted(provider, inquiry)
    unsent = await draft(provider, inquiry)
    with service.clock.stopped():
        for ago in (timedelta(), timedelta(seconds=1)):
            await _over(service, quote, "quotes", ago)
            for who in (owner, provider):
                assert ok(await who.client.get(f"{QUOTES}/{quote['id']}"))["possible"] == []
            # Whether or not the worker has been there.
            answer = await owner.client.post(f"{QUOTES}/{quote['id']}/accept")
            assert assert_problem(answer, 409, "invalid-transition")["state"] == "EXPIRED"
    await service.services.marketplace.quotes.end_quotes()
    ended = ok(await provider.client.get(f"{QUOTES}/{quote['id']}"))
    assert (ended["state"], ended["end_reason"], ended["closed_at"] is None) == ("EXPIRED", None, False)
    assert "quote.expired" in await events(service, quote)
    assert (await kinds_of(owner))[0] == (await kinds_of(provider))[0] == "QUOTE_EXPIRED"
    revised = await quoted(provider, inquiry)
    assert (revised["state"], revised["revises_id"]) == ("SENT", None)
    with service.clock.stopped():
        await _over(service, inquiry, "inquiries", timedelta())
        left = ok(await provider.client.get(f"{QUOTES}/{unsent['id']}"))
        assert (left["state"], set(left["possible"])) == ("DRAFT", {"updateQuote", "deleteQuote"})


async def test_whoever_has_declined_or_is_not_asked_quotes_nothing(accounts: Accounts) -> None:
    owner, inquiry, (provider,) = await inquired(accounts)
    written = await draft(provider, inquiry)
    ((stranger, _),) = await businesses(accounts, 1)
    path = f"{INBOX}/{inquiry['id']}/quotes"
    assert_problem(await stranger.client.post(path, json=offer()), 404, "not-found")
    assert_problem(await stranger.client.get(path), 404, "not-found")
    another = await accounts.make()
    assert_problem(await another.client.get(f"{INQUIRIES}/{inquiry['id']}/quotes"), 404, "not-found")
    await decline(provider, inquiry)
    for answer in (
        await provider.client.post(path, json=offer()),
        await provider.client.post(f"{QUOTES}/{written['id']}/send"),
    ):
        assert assert_problem(answer, 409, "invalid-transition")["state"] == "DECLINED"
    await withdraw(owner, inquiry)
    assert ids(ok(await provider.client.get(path))["items"]) == [written["id"]], "a draft stays with its writer"


@pytest.mark.both_engines
async def test_nobody_deals_with_who_is_not_there(accounts: Accounts, service: Service, inbox: Inbox) -> None:
    owner, inquiry, (provider,) = await inquired(accounts)
    quote = await quoted(provider, inquiry)
    written = await draft(provider, inquiry)
    profile = core_table(ProviderProfile)
    mine = profile.c.user_id == UUID(ok(await provider.client.get("/users/me"))["id"])
    async with service.services.database.begin() as tx:
        await tx.execute(update(profile).where(mine).values(state="SUSPENDED"))
    assert await received(owner, inquiry) == []
    for answer in (
        await owner.client.get(f"{QUOTES}/{quote['id']}"),
        await owner.client.post(f"{QUOTES}/{quote['id']}/accept"),
    ):
        assert_problem(answer, 404, "not-found")
    async with service.services.database.begin() as tx:
        await tx.execute(update(profile).where(mine).values(state="APPROVED"))
    assert ids(await received(owner, inquiry)) == [quote["id"]]

    await closed(owner, inbox)
    for answer in (
        await provider.client.post(f"{INBOX}/{inquiry['id']}/quotes", json=offer()),
        await provider.client.post(f"{QUOTES}/{written['id']}/send"),
    ):
        assert_problem(answer, 404, "not-found")


async def test_the_database_holds_one_accepted_quote_of_an_inquiry(accounts: Accounts, service: Service) -> None:
    owner, inquiry, (provider,) = await inquired(accounts)
    accepted = await step(owner, await quoted(provider, inquiry), "accept")
    table = core_table(Quote)
    async with service.services.database.begin() as tx:
        row = (await tx.execute(select(table).where(table.c.id == UUID(accepted["id"])))).mappings().one()
    twin = {**row, "id": new_id(), "number": 2}
    with pytest.raises(IntegrityError):
        async with service.services.database.begin() as tx:
            await tx.execute(insert(table).values(**twin))


async def test_erasure_leaves_the_other_party_what_was_offered_without_words(
    accounts: Accounts, service: Service
) -> None:
    owner, inquiry, (one, other) = await inquired(accounts, 2)
    sent = await quoted(one, inquiry, terms="Call Ann.")
    kept = await step(owner, await quoted(other, inquiry), "accept")
    mine = ok(await owner.client.get("/users/me"))["id"]
    # The quotes go first, as they refer to what the others keep.
    erase = PersonalData((*INQUIRY_POLICIES, *PERSONAL_DATA_POLICIES)).erase
    async with service.services.database.begin() as tx:
        await erase(tx, UUID(mine))
    left = ok(await one.client.get(f"{QUOTES}/{sent['id']}"))
    assert (left["lines"], left["terms"], left["gross_minor"]) == ([], None, sent["gross_minor"])
    assert ok(await other.client.get(f"{QUOTES}/{kept['id']}"))["state"] == "ACCEPTED"
    inbox = ok(await other.client.get(f"{INBOX}/{inquiry['id']}"))
    assert (inbox["inquiry_state"], inbox["state"]) == ("ACCEPTED", "QUOTED"), "whoever was chosen has lost nothing"

    second, again, (third,) = await inquired(accounts)
    open_one = await quoted(third, again)
    async with service.services.database.begin() as tx:
        await erase(tx, UUID(ok(await third.client.get("/users/me"))["id"]))
    ended = ok(await second.client.get(f"{QUOTES}/{open_one['id']}"))
    assert (ended["state"], ended["end_reason"], ended["lines"]) == ("WITHDRAWN", "ACCOUNT_CLOSED", [])


async def _over(
    service: Service, thing: Json, name: str, ago: timedelta = timedelta(seconds=1)
) -> httpx.Response | None:
    """Let the time of a thing be over: the clock is every test's, and weeks would end others' as well."""
    inquiries, quotes = core_table(Inquiry), core_table(Quote)
    table, inquiry_id = (inquiries, thing["id"]) if name == "inquiries" else (quotes, thing["inquiry_id"])
    async with service.services.database.begin() as tx:
        # The inquiry comes first, as for whoever changes one or the other.
        await tx.execute(select(inquiries.c.id).where(inquiries.c.id == UUID(inquiry_id)).with_for_update())
        ends = service.clock.now() - ago
        await tx.execute(update(table).where(table.c.id == UUID(thing["id"])).values(expires_at=ends))
    return None


async def test_numbers_are_masked_as_they_are_dialled_where_the_property_is(accounts: Accounts) -> None:
    """Mask a quote as the messages of the same two are masked."""
    address = {**house()["address"], "region": None, "city": "London", "postal_code": "SW1A 1AA", "country": "GB"}
    owner, home = await asker(accounts, address=address, coordinates={"latitude": 51.5, "longitude": -0.12})
    ((provider, profile),) = await businesses(accounts, 1)
    inquiry = await ask(owner, home, profile, title="A tap drips, 020 7946 0018")
    words = {"lines": [{**LABOUR, "description": "Ring 020 7946 0018"}], "terms": "Or 020 7946 0019."}
    sent = await quoted(provider, inquiry, **words)
    read = ok(await owner.client.get(f"{QUOTES}/{sent['id']}"))
    assert (read["lines"][0]["description"], read["terms"]) == ("Ring *************", "Or *************.")
    refused = await step(owner, sent, "decline", {"decline_reason": "OTHER", "note": "Call me: 020 7946 0018"})
    assert refused["note"] == "Call me: *************"


async def test_ways_to_be_reached_are_masked_until_it_is_accepted(accounts: Accounts, inbox: Inbox) -> None:
    owner, inquiry, (one, other) = await inquired(accounts, 2, title="A tap drips, call 503-555-0119")
    words = {
        "lines": [{**LABOUR, "description": "Ask for jo.mark@example.com", "unit": "503-555-0117"}],
        "terms": "Or call 503-555-0118.",
    }
    sent, rival = await quoted(one, inquiry, **words), await quoted(other, inquiry, **words)
    assert (sent["terms"], sent["lines"][0]["description"]) == (words["terms"], "Ask for jo.mark@example.com")
    path = f"{QUOTES}/{sent['id']}"
    read = await owner.client.get(path)
    masked = (ok(read)["terms"], ok(read)["lines"][0]["description"], ok(read)["lines"][0]["unit"])
    assert masked == ("Or call ************.", "Ask for *******************", "************")
    refused = await step(owner, rival, "decline", {"decline_reason": "OTHER", "note": "Call me: 503-555-0119"})
    assert refused["note"] == "Call me: ************"
    mail = await inbox.wait_for(other.email, "was declined")
    assert "503-555-0119" not in mail.text
    accepted = ok(await owner.client.post(f"{path}/accept", headers={"If-Match": read.headers["etag"]}))
    assert (accepted["terms"], accepted["lines"][0]["description"]) == (sent["terms"], sent["lines"][0]["description"])
