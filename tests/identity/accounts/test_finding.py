"""Staff find accounts by prefixes and filters, page by page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from impl.identity.accounts.repository import Filters, Order, binds_of, page_query
from impl.identity.accounts.service import search_prefixes
from tests.harness.accounts import Account, Accounts, unique
from tests.harness.service import Service
from tests.identity.roles.role_requests import define, id_of, refused


async def _found(staff: Account, **query: object) -> list[str]:
    answer = await staff.client.get("/users", params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def _invite(staff: Account, **details: object) -> dict[str, Any]:
    given = {"email": f"{unique('guest')}@example.test", "full_name": "Gerda Guest", **details}
    answer = await staff.client.post("/users", json=given)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_an_account_is_found_by_what_it_begins_with(accounts: Accounts) -> None:
    staff = await accounts.staff()
    mark = unique("zoe")  # letters and digits
    made = await _invite(staff, email=f"{mark}.A@Example.test", username=f"n{mark}", full_name=f"Ágnes F{mark} Ł{mark}")
    for q in (f"{mark}.a", f"{mark.upper()}.A@EX", f"N{mark}", f"agnes f{mark}", f"ÁGNES  F{mark} l", f"l{mark}"):
        assert await _found(staff, q=q) == [made["id"]], q
    for q in (
        f"f{mark}",
        f"{mark}.b",
        f"{mark}%",
        f"{mark}_a",
        f"_{mark[1:]}",
        "%",
        "\\",
        "\N{COMBINING ACUTE ACCENT}",
    ):
        assert made["id"] not in await _found(staff, q=q), q


@pytest.mark.both_engines
async def test_filters_hold_together(service: Service, accounts: Accounts) -> None:
    staff = await accounts.staff()
    role = (await define(staff, "account:read"))["name"]
    before = service.clock.now()
    person = await accounts.hire(role)
    invited = await _invite(staff, roles=[role])
    service.clock.advance(timedelta(seconds=2))
    after = service.clock.now().isoformat()
    mine = await id_of(person)
    assert set(await _found(staff, role=role)) == {mine, invited["id"]}
    assert await _found(staff, role=role, verified="true") == [mine]
    assert await _found(staff, role=role, verified="false") == [invited["id"]]
    assert await _found(staff, role=role, state="PENDING", created_from=before.isoformat()) == [invited["id"]]
    assert len(await _found(staff, role=role, created_before=after)) == 2
    for nothing in ({"created_from": after}, {"state": "SUSPENDED"}, {"q": "nobody"}):
        assert await _found(staff, role=role, **nothing) == []


@pytest.mark.both_engines
@pytest.mark.parametrize("sort", ["created_at", "-created_at", "email", "-email"])
async def test_pages_hold_everyone_once_and_in_order(accounts: Accounts, sort: str) -> None:
    staff = await accounts.staff()
    role = (await define(staff))["name"]
    made = [await _invite(staff, roles=[role]) for _ in range(5)]
    name = sort.removeprefix("-")
    expected = [item["id"] for item in sorted(made, key=lambda item: str(item[name]), reverse=sort.startswith("-"))]
    by_cursor: list[str] = []
    query: dict[str, str] = {"role": role, "sort": sort, "limit": "2"}
    while True:
        page = (await staff.client.get("/users", params=query)).json()
        by_cursor += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert by_cursor == expected
    by_offset = [await _found(staff, role=role, sort=sort, limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert by_offset == [expected[0:2], expected[2:4], expected[4:5], []]
    total = await staff.client.get("/users", params={"role": role, "include_total": "true", "limit": 1, "offset": 3})
    assert (total.json()["total"], total.json()["total_capped"]) == (5, False)


async def test_a_cursor_goes_with_its_filters_and_without_offset(accounts: Accounts) -> None:
    staff = await accounts.staff()
    await _invite(staff)
    cursor = (await staff.client.get("/users", params={"limit": 1})).json()["next_cursor"]
    other = await staff.client.get("/users", params={"limit": 1, "cursor": cursor, "state": "ACTIVE"})
    assert refused(other) == (422, "invalid-cursor")
    both = await staff.client.get("/users", params={"limit": 1, "cursor": cursor, "offset": 1})
    assert refused(both) == (422, "validation-failed")
    assert both.json()["errors"][0]["parameter"] == "offset"


@pytest.mark.both_engines
async def test_a_search_asks_the_indexes(service: Service) -> None:
    database = service.services.database
    filters = Filters(beginnings=search_prefixes("han"))
    order = Order("created_at", descending=True)
    statement = page_query(filters.names(), order, database.dialect, continued=False).statement
    async with database.begin() as tx:
        plain = statement.params(limit=20, offset=0, **binds_of(filters, database.dialect)).compile(
            dialect=tx.get_bind().dialect, compile_kwargs={"literal_binds": True}
        )
        if service.engine == "postgresql":
            # A table of a few rows is read whole, and in the order of the list, if that is allowed.
            for way in ("enable_seqscan", "enable_indexscan"):
                await tx.execute(text(f"SET LOCAL {way} = off"))
            plan = await tx.scalars(text(f"EXPLAIN {plain.string}".replace(":", "\\:")))
            told = "\n".join(plan)
        else:
            rows = await tx.execute(text(f"EXPLAIN QUERY PLAN {plain.string}".replace("identity.", "")))
            told = "\n".join(row.detail for row in rows)
    for index in ("email", "username", "full_name", "last_name"):
        # SQLite takes the unique one of two that are the same to it.
        assert f"ix_users_{index}_beginning" in told or f"uq_users_{index}_key" in told or "autoindex" in told, told
    assert "MULTI-INDEX OR" in told or "BitmapOr" in told


@pytest.mark.both_engines
async def test_whom_staff_have_looked_at_is_on_record(accounts: Accounts) -> None:
    """By ids: the trail stays for ever, and what somebody typed is a name or an address."""
    admin, support, person = await accounts.staff(), await accounts.hire("STAFF_SUPPORT"), await accounts.make()
    user_id = await id_of(person)
    assert await _found(support, q=person.email, state="ACTIVE") == [user_id]
    for path in (f"/users/{user_id}", f"/users/{user_id}/sessions"):
        assert (await support.client.get(path)).status_code == 200
    assert (await support.client.get(f"/users/{uuid4()}")).status_code == 404

    by = {"actor_id": await id_of(support), "sort": "occurred_at"}
    events = (await admin.client.get("/admin/audit-events", params=by)).json()["items"]
    listed, *read = [event for event in events if event["event"].startswith("account.")]
    assert (listed["event"], listed["subject"]) == ("account.listed", None)
    assert {detail["name"]: detail["values"] for detail in listed["details"]} == {
        "accounts": [user_id],
        "searched": ["true"],
        "state": ["ACTIVE"],
    }
    assert listed["personal"]["details"] == []
    subject = {"type": "user", "id": user_id}
    assert [(event["event"], event["subject"]) for event in read] == [
        ("account.read", subject),
        ("account.sessions_read", subject),
    ]
    told = (await person.client.get("/users/me/activity")).json()["items"]
    assert [(item["by"], item["address"]) for item in told if item["event"] == "account.read"] == [
        ("SOMEBODY_ELSE", None)
    ]
    export = (await support.client.get("/users/me/export")).json()
    (own,) = [event for event in export["activity"] if event["event"] == "account.listed"]
    assert (own["by"], own["details"]) == ("SELF", [])
