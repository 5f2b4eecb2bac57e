"""Staff read the audit trail by filters and pages, and each reading is itself an event."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from impl.kernel import audit
from impl.kernel.personal_data import PersonalData
from tests.harness.accounts import Account, Accounts
from tests.harness.audit_intake import take_due
from tests.harness.client import assert_problem
from tests.harness.service import Service

PATH = "/admin/audit-events"


async def _id_of(account: Account) -> str:
    return str((await account.client.get("/users/me")).json()["id"])


async def _events(staff: Account, **filters: str) -> list[dict[str, Any]]:
    answer = await staff.client.get(PATH, params={"limit": "100", **filters})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_an_event_says_who_when_from_where_and_to_whom(service: Service, accounts: Accounts) -> None:
    person = await accounts.sign_up()
    user_id = await _id_of(person)
    refused = await person.client.post("/auth/login", json={"login": person.email, "password": "Wrong-Lantern-12"})
    await take_due(service.services)
    staff = await accounts.staff()
    (event,) = await _events(staff, subject_id=user_id, event="session.refused")
    assert event["actor_id"] is None
    assert event["subject"] == {"type": "user", "id": user_id}
    assert event["request_id"] == refused.headers["Request-Id"]
    assert event["personal"]["address"] == "127.0.0.1"
    assert {"name": "reason", "values": ["invalid-credentials"]} in event["details"]
    (one,) = await _events(staff, request_id=refused.headers["Request-Id"])
    assert one["id"] == event["id"]
    read = await staff.client.get(f"{PATH}/{event['id']}")
    # Its place in the chain may have been given to it between the two.
    assert {**read.json(), "position": None} == {**event, "position": None}


async def test_filters_narrow_together(accounts: Accounts) -> None:
    person = await accounts.sign_up()
    user_id = await _id_of(person)
    staff = await accounts.staff()
    everything = await _events(staff, subject_id=user_id)
    assert {event["event"] for event in everything} >= {"account.registered", "account.verified"}
    (verified,) = await _events(staff, subject_id=user_id, event="account.verified", actor_id=user_id)
    at = verified["occurred_at"]
    assert await _events(staff, subject_id=user_id, occurred_from=at, occurred_before=at) == []
    from_then_on = await _events(staff, subject_type="user", subject_id=user_id, occurred_from=at)
    assert verified["id"] in {event["id"] for event in from_then_on}
    before = await _events(staff, subject_id=user_id, occurred_before=at)
    assert {event["event"] for event in before} == {"account.registered"}
    assert await _events(staff, subject_type="session", subject_id=user_id) == []


async def test_pages_follow_one_another_in_both_directions(accounts: Accounts) -> None:
    person = await accounts.make()
    for _ in range(4):
        await accounts.login(person)
    staff = await accounts.staff()
    wanted = {"actor_id": await _id_of(person)}
    whole = await _events(staff, **wanted)
    assert [event["occurred_at"] for event in whole] == sorted((e["occurred_at"] for e in whole), reverse=True)
    for sort, expected in (("-occurred_at", whole), ("occurred_at", whole[::-1])):
        found: list[str] = []
        query: dict[str, Any] = {**wanted, "limit": 2, "sort": sort, "include_total": True}
        while True:
            page = (await staff.client.get(PATH, params=query)).json()
            assert (page["total"], page["total_capped"]) == (len(whole), False)
            found += [event["id"] for event in page["items"]]
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
        assert found == [event["id"] for event in expected]
        other = await staff.client.get(PATH, params={"cursor": query["cursor"]})
        assert_problem(other, 422, "invalid-cursor")


async def test_reading_the_trail_is_an_event_of_it(accounts: Accounts) -> None:
    staff = await accounts.staff()
    staff_id, somebody = await _id_of(staff), await _id_of(await accounts.sign_up())
    page = await staff.client.get(PATH, params={"subject_id": somebody, "limit": 2})
    event_id = page.json()["items"][0]["id"]
    one = await staff.client.get(f"{PATH}/{event_id}")
    (of_page,) = await _events(staff, request_id=page.headers["Request-Id"])
    assert (of_page["event"], of_page["actor_id"]) == ("audit.read", staff_id)
    assert {"name": "subject_id", "values": [somebody]} in of_page["details"]
    assert {"name": "events", "values": ["2"]} in of_page["details"]
    (of_one,) = await _events(staff, request_id=one.headers["Request-Id"])
    assert of_one["subject"] == {"type": "audit_event", "id": event_id}


async def test_what_is_personal_is_shown_as_long_as_it_stands(service: Service, accounts: Accounts) -> None:
    person = await accounts.sign_up()
    user_id = await _id_of(person)
    staff = await accounts.staff()
    before = await _events(staff, subject_id=user_id)
    assert all(event["personal"]["address"] for event in before)
    async with service.services.database.begin() as tx:
        await PersonalData(audit.PERSONAL_DATA_POLICIES).erase(tx, UUID(user_id))
    after = await _events(staff, subject_id=user_id)
    assert {event["id"] for event in after} == {event["id"] for event in before}
    assert all(event["personal"] is None for event in after)


async def test_the_trail_is_for_those_who_may_read_it(accounts: Accounts) -> None:
    support = await accounts.staff("STAFF_SUPPORT")
    homeowner = await accounts.homeowner()
    staff = await accounts.staff()
    event_id = (await _events(staff))[0]["id"]
    for client in (support.client, homeowner.client):
        for path in (PATH, f"{PATH}/{event_id}"):
            assert_problem(await client.get(path), 403, "forbidden")
    assert_problem(await staff.client.get(f"{PATH}/01980000-0000-7000-8000-000000000000"), 404, "not-found")


async def test_sealing_gives_an_event_its_place(service: Service, accounts: Accounts) -> None:
    person = await accounts.sign_up()
    while await service.services.operations.audit_chain.append_pending():
        pass
    staff = await accounts.staff()
    events = await _events(staff, actor_id=await _id_of(person), sort="occurred_at")
    positions = [event["position"] for event in events]
    # Another sealer, the service's own worker, may hold the last of them at this moment.
    sealed = [position for position in positions if position is not None]
    assert sealed
    assert sealed == sorted(sealed)
    assert (await service.services.operations.audit_chain.verify()).is_whole
