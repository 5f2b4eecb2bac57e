"""Notifications over HTTP: numbers in order, a count that is a recount, marks, and races."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import func, select

from impl.kernel.ids import new_id
from impl.kernel.tables import enum_values
from impl.marketplace.capabilities.notices import service as notices
from impl.marketplace.capabilities.notices.service import About, NotificationKind, NotificationSubjectKind, notify
from impl.marketplace.capabilities.notices.tables import Notification
from impl.marketplace.notifications.repository import page_query
from tests.harness.client import assert_problem
from tests.harness.plans import planning
from tests.identity.race_barrier import at_once
from tests.identity.roles.role_requests import id_of
from tests.marketplace.inquiries.asking import ask, asker, businesses, decline
from tests.marketplace.messages.writing import talk
from tests.marketplace.payloads import NOBODYS, Json, ok, whole
from tests.marketplace.quotes.quoting import quoted, step

if TYPE_CHECKING:
    from tests.harness.accounts import Account, Accounts
    from tests.harness.service import Service

_ABOUT = About(NotificationSubjectKind.JOB, new_id())


async def _id_of(account: Account) -> UUID:
    return UUID(await id_of(account))


async def _list(account: Account, **parameters: int) -> Json:
    return ok(await account.client.get("/notifications", params={**parameters}))


async def _kinds(account: Account) -> list[str]:
    return [one["kind"] for one in (await _list(account))["items"]]


async def test_what_happens_in_a_trade_is_told_to_whoever_it_concerns(accounts: Accounts) -> None:
    """With ids and codes, and no word of the other side."""
    owner, home = await asker(accounts)
    (first, profile), (second, other) = await businesses(accounts, 2)
    inquiry = await ask(owner, home, profile, other, title="The kitchen tap drips")
    await decline(second, inquiry)
    offer = await quoted(first, inquiry)
    await step(owner, offer, "accept")
    assert await _kinds(owner) == ["QUOTE_RECEIVED", "INQUIRY_DECLINED"]
    listed = (await _list(first))["items"]
    assert [one["kind"] for one in listed] == ["QUOTE_ACCEPTED", "INQUIRY_RECEIVED"]
    assert listed[0]["refers_to"] == {"kind": "QUOTE", "id": offer["id"], "inquiry_id": None}
    assert [one["number"] for one in listed] == list(range(len(listed), 0, -1))
    assert "tap" not in json.dumps(listed)
    assert await _kinds(second) == ["INQUIRY_RECEIVED"]


@pytest.mark.both_engines
async def test_marks_leave_what_came_meanwhile(accounts: Accounts) -> None:
    """One is marked by its id, all by the number of the newest that was shown."""
    talking = await talk(accounts)
    owner, provider = talking.homeowner.account, talking.provider
    message = await provider.say("On Monday?")
    shown = (await _list(owner))["items"]
    assert shown[0]["title"] == "You have a new message."
    assert shown[0]["refers_to"]["inquiry_id"] == talking.inquiry["id"]
    await talking.homeowner.mark(message)
    await provider.say("Or on Tuesday?")
    answer = await owner.client.post("/notifications/read", json={"last_number": shown[0]["number"]})
    assert ok(answer) == {"unread_count": 1}
    (left,) = (await _list(owner, unread=True))["items"]
    assert left["number"] == shown[0]["number"] + 1
    for _ in range(2):
        assert ok(await owner.client.post(f"/notifications/{left['id']}/read")) == {"unread_count": 0}
    page = await _list(owner, include_total=True)
    assert (page["total"], page["unread_count"]) == (2, 0)
    assert [one["number"] for one in await whole(owner.client, "/notifications", limit=1)] == [2, 1]
    for path in (left["id"], NOBODYS):
        assert_problem(await provider.account.client.post(f"/notifications/{path}/read"), 404, "not-found")


@pytest.mark.both_engines
async def test_numbers_are_whole_and_the_count_is_a_recount_whatever_races(
    accounts: Accounts, service: Service
) -> None:
    """Two transactions that tell the same people in opposite orders both come to their end."""
    database = service.services.database
    people = [await accounts.make() for _ in range(3)]
    keys = [await _id_of(person) for person in people]

    async def tell(order: list[UUID]) -> None:
        async with database.begin() as tx:
            for account_id in order:
                notify(tx, NotificationKind.JOB_STARTED, account_id, _ABOUT)

    async def read() -> None:
        await people[0].client.post("/notifications/read", json={"last_number": 3})

    orders = [keys, keys[::-1], [keys[0], keys[0], keys[2]]] * 3
    await at_once(service, "marketplace.notification_boxes", *(tell(order) for order in orders), read(), read())
    for person, key, number in zip(people, keys, (12, 6, 9), strict=True):
        page = await _list(person, limit=100)
        assert [one["number"] for one in page["items"]] == list(range(number, 0, -1))
        unread = select(func.count()).where(Notification.account_id == key, Notification.read_at.is_(None))
        async with database.begin() as tx:
            assert page["unread_count"] == await tx.scalar(unread)


async def test_what_is_undone_is_told_to_nobody(accounts: Accounts, service: Service) -> None:
    person = await accounts.make()
    account_id = await _id_of(person)

    async def fail() -> None:
        async with service.services.database.begin() as tx:
            notify(tx, NotificationKind.JOB_STARTED, account_id, _ABOUT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await _kinds(person) == []


async def test_titles_are_in_the_language_of_the_account(accounts: Accounts, service: Service) -> None:
    person = await accounts.make()
    ok(await person.client.patch("/users/me", json={"locale": "de-AT"}))
    account_id = await _id_of(person)
    async with service.services.database.begin() as tx:
        notify(tx, NotificationKind.QUOTE_RECEIVED, account_id, _ABOUT)
    assert [one["title"] for one in (await _list(person))["items"]] == ["Sie haben ein Angebot erhalten."]


def test_each_kind_has_a_title_in_each_language() -> None:
    titles = json.loads(Path(notices.__file__).with_name("titles.json").read_text(encoding="utf-8"))
    assert {language: set(texts) for language, texts in titles.items()} == {
        language: set(enum_values(NotificationKind)) for language in ("en", "de")
    }


# Of twenty accounts and no others, two hundred each, so that no sort of a few rows is as quick.
_MANY = """
SET LOCAL session_replication_role = replica
---
DELETE FROM marketplace.notifications
---
INSERT INTO marketplace.notifications (id, account_id, number, kind, subject_kind, subject_id, created_at)
SELECT gen_random_uuid(), ('00000000-0000-7000-8000-' || lpad((n % 20)::text, 12, '0'))::uuid, n, 'JOB_STARTED', 'JOB',
    gen_random_uuid(), now()
FROM generate_series(1, 4000) n
---
ANALYZE marketplace.notifications
""".split("---")


@pytest.mark.both_engines
async def test_pages_are_read_from_an_index(service: Service) -> None:
    binds = {"account_id": new_id(), "last_number": 9, "limit": 20}
    async with planning(service, first=_MANY) as plan_of:
        for unread in (False, True):
            plan = await plan_of(page_query(unread=unread, continued=True), binds)
            assert "uq_notifications" in plan or "sqlite_autoindex_notifications" in plan or "ix_notifications" in plan
            assert "Sort" not in plan
            assert "TEMP B-TREE" not in plan
