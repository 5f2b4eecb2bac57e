"""Inquiries over HTTP: sent to few, changed while nobody has read them, and ended once, whatever races."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from impl.kernel.ids import new_id
from impl.kernel.personal_data import PersonalData
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.inquiries.tables import PERSONAL_DATA_POLICIES, Inquiry
from impl.marketplace.inquiries.service import MOST_OPEN
from tests.harness.accounts import unique
from tests.harness.client import assert_problem
from tests.harness.doubles import take_last_place
from tests.identity.closure.test_closure import closed
from tests.identity.race_barrier import at_once
from tests.marketplace.inquiries.asking import (
    DECLINED,
    INBOX,
    INQUIRIES,
    ask,
    asker,
    businesses,
    decline,
    events,
    question,
    read,
    states,
    withdraw,
)
from tests.marketplace.payloads import NOBODYS, PROPERTIES, approve_business, house, ids, kinds_of, ok, publish, whole

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

CATEGORIES = "/admin/categories"
PLACE = "marketplace.inquiries"


async def test_an_inquiry_is_sent_read_declined_and_withdrawn(
    accounts: Accounts, inbox: Inbox, service: Service
) -> None:
    owner, home = await asker(accounts)
    (one, first), (other, second) = await businesses(accounts, 2)
    offer = await publish(other)
    chosen = [{"kind": "PROVIDER", "id": first}, {"kind": "SERVICE", "id": offer["id"]}]
    sent = await ask(owner, home, recipients=chosen, budget={"amount_minor": 20000, "currency": "USD"})
    assert (sent["state"], states(sent), sent["closed_at"]) == ("OPEN", ["SENT", "SENT"], None)
    assert [to["provider"]["id"] for to in sent["recipients"]] == [first, second]
    assert sent["recipients"][1]["service"] == {"id": offer["id"], "title": offer["title"]}
    mail = await inbox.wait_for(one.email, "A new inquiry")
    assert "1 other business" in mail.text

    (listed,) = ok(await one.client.get(INBOX))["items"]
    assert (listed["state"], listed["others_asked"], listed["title"]) == ("SENT", 1, sent["title"])
    assert states(ok(await owner.client.get(f"{INQUIRIES}/{sent['id']}"))) == ["SENT", "SENT"]
    seen = await read(one, sent)
    assert (seen["state"], seen["details"], seen["homeowner"]) == (
        "VIEWED",
        "It has dripped for a week.",
        {"email_verified": True, "phone_verified": False},
    )
    assert (await read(one, sent))["viewed_at"] == seen["viewed_at"]
    assert (await decline(one, sent))["state"] == "DECLINED"
    mail = await inbox.wait_for(owner.email, "declines your inquiry")
    assert "across the river" in mail.text
    assert "across the river" in (mail.html or "")

    ended = await withdraw(owner, sent)
    assert (ended["state"], states(ended)) == ("WITHDRAWN", ["DECLINED", "LOST"])
    assert [to["lost_reason"] for to in ended["recipients"]] == [None, "WITHDRAWN"]
    lost = await read(other, sent)
    assert (lost["state"], lost["inquiry_state"], lost["viewed_at"]) == ("LOST", "WITHDRAWN", None)
    assert await events(service, sent) == [
        "inquiry.sent",
        "inquiry.viewed",
        "inquiry.declined",
        "inquiry.withdrawn",
    ]


async def test_whoever_cannot_be_asked_is_not_asked(accounts: Accounts) -> None:
    owner, home = await asker(accounts)
    _, foreign = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    offer = await publish(provider)

    async def refused(**changes: object) -> list[tuple[str, str]]:
        answer = await owner.client.post(INQUIRIES, json=question(home, profile, **changes))
        if answer.status_code == 404:
            return [("", "not-found")]
        return [(one["pointer"], one["code"]) for one in assert_problem(answer, 422, "validation-failed")["errors"]]

    missing = [("", "not-found")]
    assert await refused(property_id=foreign) == missing
    assert await refused(category_id=NOBODYS) == missing
    assert await refused(recipients=[{"kind": "PROVIDER", "id": NOBODYS}]) == missing
    assert await refused(recipients=[{"kind": "SERVICE", "id": profile}]) == missing
    twice = [{"kind": "PROVIDER", "id": profile}, {"kind": "SERVICE", "id": offer["id"]}]
    assert await refused(recipients=twice) == [("/recipients/1/id", "not_unique")]
    assert await refused(questions_version=7) == [("/questions_version", "outdated")]
    answers = [{"kind": "TEXT", "key": "colour", "text": "Blue"}]
    assert await refused(answers=answers) == [("/answers/0", "unknown")]
    assert await refused(timing={"kind": "DATES", "dates": ["2020-01-01"]}) == [("/timing/dates/0", "in_the_past")]
    window = {"kind": "WINDOW", "from_date": "2090-03-02", "until_date": "2090-03-01"}
    assert await refused(timing=window) == [("/timing/until_date", "out_of_range")]
    both = await accounts.make("SERVICE_PROVIDER", also=("HOMEOWNER",))
    own_profile = (await approve_business(both))["id"]
    own_home = ok(await both.client.post(PROPERTIES, json=house()), 201)["id"]
    own = await both.client.post(INQUIRIES, json=question(own_home, own_profile))
    (error,) = assert_problem(own, 422, "validation-failed")["errors"]
    assert (error["pointer"], error["code"]) == ("/recipients/0/id", "own_business")


async def test_each_question_that_has_to_be_answered_is_named(accounts: Accounts) -> None:
    """The error is at all answers, since there is none of that question: only the words say which one is missing."""
    staff = await accounts.staff("STAFF_MODERATOR")
    added = {"parent_id": None, "slug": unique("asking-"), "name": "Asking"}
    category_id = ok(await staff.client.post("/admin/categories", json=added), 201)["id"]
    asked = [
        {"kind": "TEXT", "key": "where", "label": "Where is it?", "help": "", "required": True, "max_length": 100},
        {"kind": "BOOLEAN", "key": "urgent", "label": "Is it urgent?", "help": "", "required": True},
        {"kind": "BOOLEAN", "key": "ladder", "label": "Is there a ladder?", "help": "", "required": False},
    ]
    place = f"/admin/categories/{category_id}/questions"
    ok(await staff.client.put(place, json={"questions": asked}, headers={"If-Match": "*"}))
    owner, home = await asker(accounts)
    ((_, profile),) = await businesses(accounts, 1)

    body = question(home, profile, category_id=category_id, questions_version=1)
    errors = assert_problem(await owner.client.post(INQUIRIES, json=body), 422, "validation-failed")["errors"]
    assert [(error["pointer"], error["code"], error["detail"]) for error in errors] == [
        ("/answers", "missing", "“Where is it?” has to be answered."),
        ("/answers", "missing", "“Is it urgent?” has to be answered."),
    ]


@pytest.mark.both_engines
async def test_it_is_changed_until_somebody_has_read_it(accounts: Accounts) -> None:
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    sent = await ask(owner, home, profile)
    path = f"{INQUIRIES}/{sent['id']}"
    tag = (await owner.client.get(path)).headers["etag"]
    days = {"kind": "DATES", "dates": ["2090-04-02", "2090-04-03"]}
    changed = await owner.client.patch(path, json={"title": "The bath tap drips", "timing": days})
    assert (ok(changed)["title"], ok(changed)["timing"]) == ("The bath tap drips", days)
    assert_problem(await owner.client.post(f"{path}/withdraw", headers={"If-Match": tag}), 412, "precondition-failed")
    assert (await owner.client.patch(path, json={"timing": days})).headers["etag"] == changed.headers["etag"]

    assert (await read(provider, sent))["title"] == "The bath tap drips"
    problem = assert_problem(
        await owner.client.patch(path, json={"title": "Both taps drip"}), 409, "invalid-transition"
    )
    assert (problem["state"], problem["possible"]) == (
        "VIEWED",
        ["addInquiryRecipient", "addInquiryPhoto", "withdrawInquiry"],
    )


@pytest.mark.both_engines
async def test_it_is_widened_by_its_owner_alone_to_five(accounts: Accounts, service: Service) -> None:
    owner, home = await asker(accounts)
    asked = await businesses(accounts, 6)
    sent = await ask(owner, home, *(profile for _, profile in asked[:4]))
    path = f"{INQUIRIES}/{sent['id']}/recipients"
    again = await owner.client.post(path, json={"kind": "PROVIDER", "id": asked[0][1]})
    assert len(ok(again)["recipients"]) == 4

    async def add(profile: str) -> tuple[int, int | None]:
        answer = await owner.client.post(path, json={"kind": "PROVIDER", "id": profile})
        return answer.status_code, answer.json().get("limit")

    results = await at_once(service, PLACE, add(asked[4][1]), add(asked[5][1]))
    assert sorted(results, key=str) == [(200, None), (409, 5)]
    widened = ok(await owner.client.get(f"{INQUIRIES}/{sent['id']}"))
    assert (len(widened["recipients"]), widened["possible"]) == (
        5,
        ["updateInquiry", "addInquiryPhoto", "withdrawInquiry"],
    )
    for stranger, _ in asked[:2]:
        assert_problem(await stranger.client.post(path, json={"kind": "PROVIDER", "id": asked[5][1]}), 403, "forbidden")


@pytest.mark.both_engines
async def test_of_a_withdrawal_and_a_decline_at_once_each_state_is_one_of_two(
    accounts: Accounts, service: Service
) -> None:
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    sent = await ask(owner, home, profile)
    answers = await at_once(
        service,
        PLACE,
        owner.client.post(f"{INQUIRIES}/{sent['id']}/withdraw"),
        provider.client.post(f"{INBOX}/{sent['id']}/decline", json=DECLINED),
    )
    withdrawn, declined = (answer.status_code for answer in answers)
    ended = ok(await owner.client.get(f"{INQUIRIES}/{sent['id']}"))
    assert withdrawn == 200, "nothing of a decline keeps an inquiry from being withdrawn"
    assert (declined, states(ended)) in [(200, ["DECLINED"]), (409, ["LOST"])]


@pytest.mark.both_engines
async def test_days_count_from_today_on_and_a_window_may_be_one_day(accounts: Accounts, service: Service) -> None:
    owner, home = await asker(accounts)
    ((_, profile),) = await businesses(accounts, 1)
    path = f"{INQUIRIES}/{(await ask(owner, home, profile))['id']}"
    with service.clock.stopped():
        today = service.clock.now().date()
        day, before = today.isoformat(), (today - timedelta(days=1)).isoformat()
        for timing in ({"kind": "DATES", "dates": [day]}, {"kind": "WINDOW", "from_date": day, "until_date": day}):
            assert ok(await owner.client.patch(path, json={"timing": timing}))["timing"] == timing
        for timing, place in (
            ({"kind": "DATES", "dates": [before, day]}, "dates/0"),
            ({"kind": "WINDOW", "from_date": before, "until_date": before}, "until_date"),
        ):
            problem = assert_problem(await owner.client.patch(path, json={"timing": timing}), 422, "validation-failed")
            assert [(one["pointer"], one["code"]) for one in problem["errors"]] == [(f"/timing/{place}", "in_the_past")]


@pytest.mark.both_engines
async def test_of_an_expiry_and_a_decline_at_once_one_is_done(accounts: Accounts, service: Service) -> None:
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    sent = await ask(owner, home, profile)
    declined, _ = await at_once(
        service,
        PLACE,
        provider.client.post(f"{INBOX}/{sent['id']}/decline", json=DECLINED),
        _expires_in(service, sent["id"], timedelta(seconds=-1)),
    )
    await service.services.marketplace.inquiries.end_inquiries()
    ended = ok(await owner.client.get(f"{INQUIRIES}/{sent['id']}"))
    assert ended["state"] == "EXPIRED"
    lost = [to["lost_reason"] for to in ended["recipients"]]
    assert declined is not None
    assert (declined.status_code, states(ended), lost) in [(200, ["DECLINED"], [None]), (409, ["LOST"], ["EXPIRED"])]


async def test_what_is_over_by_the_clock_is_over(accounts: Accounts, service: Service) -> None:
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    sent = await ask(owner, home, profile)
    with service.clock.stopped():
        for left in (timedelta(), timedelta(seconds=-1)):
            await _expires_in(service, sent["id"], left)
            for who, path in ((owner, INQUIRIES), (provider, INBOX)):
                assert ok(await who.client.get(f"{path}/{sent['id']}"))["possible"] == []
            # Whether or not the worker has been there: of the recipient it says so as well.
            answer = await provider.client.post(f"{INBOX}/{sent['id']}/decline", json=DECLINED)
            assert assert_problem(answer, 409, "invalid-transition")["state"] in {"EXPIRED", "LOST"}
            answer = await owner.client.post(f"{INQUIRIES}/{sent['id']}/withdraw")
            assert assert_problem(answer, 409, "invalid-transition")["state"] == "EXPIRED"


async def test_its_owner_is_mailed_once_before_it_expires(accounts: Accounts, service: Service, inbox: Inbox) -> None:
    owner, home = await asker(accounts)
    ((_, profile),) = await businesses(accounts, 1)
    sent = await ask(owner, home, profile)
    assert sent["expires_at"][:10] == (service.clock.now() + timedelta(days=30)).date().isoformat()
    await _expires_in(service, sent["id"], timedelta(days=2))
    for _ in range(2):
        await service.services.marketplace.inquiries.end_inquiries()
    mail = await inbox.wait_for(owner.email, "expires soon")
    assert "Nobody can answer it after that" in mail.text
    assert await kinds_of(owner) == ["INQUIRY_ENDING"]
    assert ok(await owner.client.get(f"{INQUIRIES}/{sent['id']}"))["state"] == "OPEN"


@pytest.mark.both_engines
async def test_two_first_readings_at_once_leave_one_event(accounts: Accounts, service: Service) -> None:
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    sent = await ask(owner, home, profile)
    path = f"{INBOX}/{sent['id']}"
    answers = await at_once(service, PLACE, provider.client.get(path), provider.client.get(path))
    assert {ok(answer)["state"] for answer in answers} == {"VIEWED"}
    tag = answers[0].headers["etag"]
    assert (await provider.client.get(path, headers={"If-None-Match": tag})).status_code == 304
    assert (await events(service, sent)).count("inquiry.viewed") == 1


@pytest.mark.both_engines
async def test_lists_are_read_in_pages_and_by_state(accounts: Accounts) -> None:
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    sent = [await ask(owner, home, profile) for _ in range(4)]
    await withdraw(owner, sent[1])
    await decline(provider, sent[2])
    newest = ids(list(reversed(sent)))
    assert ids(await whole(owner.client, INQUIRIES)) == newest
    assert ids(await whole(owner.client, INQUIRIES, {"state": "WITHDRAWN"})) == [sent[1]["id"]]
    assert ids(await whole(provider.client, INBOX)) == newest
    assert ids(await whole(provider.client, INBOX, {"state": "SENT"})) == [sent[3]["id"], sent[0]["id"]]
    assert ok(await provider.client.get(INBOX, params={"state": "LOST", "include_total": True}))["total"] == 1


async def test_nobody_has_more_than_twenty_open_ones(accounts: Accounts, service: Service) -> None:
    owner, home = await asker(accounts)
    ((_, profile),) = await businesses(accounts, 1)
    sent = await ask(owner, home, profile)
    table = core_table(Inquiry)
    async with service.services.database.begin() as tx:
        row = (await tx.execute(select(table).where(table.c.id == UUID(sent["id"])))).mappings().one()
        await tx.execute(insert(table), [{**row, "id": new_id()} for _ in range(MOST_OPEN - 2)])
    await take_last_place(lambda key: owner.client.post(INQUIRIES, json=question(home, profile), headers=key))
    problem = assert_problem(await owner.client.post(INQUIRIES, json=question(home, profile)), 409, "limit-reached")
    assert problem["limit"] == MOST_OPEN
    await withdraw(owner, sent)
    await ask(owner, home, profile)


async def test_a_category_that_was_asked_about_is_not_deleted(accounts: Accounts) -> None:
    owner, home = await asker(accounts)
    ((_, profile),) = await businesses(accounts, 1)
    staff = await accounts.staff("STAFF_MODERATOR")
    slug = unique("asked-about-")
    category = ok(await staff.client.post(CATEGORIES, json={"parent_id": None, "slug": slug, "name": "Asked"}), 201)
    await ask(owner, home, profile, category_id=category["id"])
    deletion = await staff.client.delete(f"{CATEGORIES}/{category['id']}", headers={"If-Match": "*"})
    assert_problem(deletion, 409, "category-in-use")


async def test_a_recipient_answers_once(accounts: Accounts) -> None:
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    sent = await ask(owner, home, profile)
    declined = await decline(provider, sent)
    assert (declined["viewed_at"], declined["answered_at"] is None) == (None, False)
    again = await provider.client.post(f"{INBOX}/{sent['id']}/decline", json=DECLINED)
    assert assert_problem(again, 409, "invalid-transition")["state"] == "DECLINED"


async def test_inquiries_of_closed_accounts_are_out_of_sight(accounts: Accounts, inbox: Inbox) -> None:
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    sent = await ask(owner, home, profile)
    await closed(owner, inbox)
    assert ok(await provider.client.get(INBOX))["items"] == []
    assert_problem(await provider.client.get(f"{INBOX}/{sent['id']}"), 404, "not-found")
    assert_problem(await provider.client.post(f"{INBOX}/{sent['id']}/decline", json=DECLINED), 404, "not-found")


async def _expires_in(service: Service, inquiry_id: str, time: timedelta) -> None:
    """Let an inquiry expire after a time: the clock is every test's, and thirty days would end others' as well."""
    table = core_table(Inquiry)
    async with service.services.database.begin() as tx:
        ends = service.clock.now() + time
        await tx.execute(update(table).where(table.c.id == UUID(inquiry_id)).values(expires_at=ends))


async def test_erasure_leaves_the_other_party_a_row_without_words(accounts: Accounts, service: Service) -> None:
    owner, home = await asker(accounts)
    (one, first), (other, second) = await businesses(accounts, 2)
    sent = await ask(owner, home, first, second)
    kept = await ask(owner, home, second)
    await decline(one, sent)
    erase = PersonalData(PERSONAL_DATA_POLICIES).erase
    async with service.services.database.begin() as tx:
        await erase(tx, UUID(ok(await other.client.get("/users/me"))["id"]))
    mine = ok(await owner.client.get(f"{INQUIRIES}/{kept['id']}"))
    assert states(mine) == ["LOST"]
    assert mine["recipients"][0]["lost_reason"] == "ACCOUNT_CLOSED"
    async with service.services.database.begin() as tx:
        await erase(tx, UUID(ok(await owner.client.get("/users/me"))["id"]))
    left = ok(await one.client.get(f"{INBOX}/{sent['id']}"))
    assert (left["title"], left["details"], left["property"]) == ("Erased inquiry", "Erased inquiry", None)
    assert (left["inquiry_state"], left["state"], left["note"]) == ("WITHDRAWN", "DECLINED", None)
