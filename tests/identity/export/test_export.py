"""The export holds all data of the caller, and none of anybody else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from pydantic_core import to_jsonable_python
from sqlalchemy import select

from impl.assembly import PERSONAL_DATA_POLICIES
from impl.identity.capabilities.mails.tables import MailKind
from impl.identity.capabilities.users.tables import User
from impl.kernel.personal_data import PersonalData, Section, Shape, exported_columns
from impl.kernel.tables import core_table
from tests.harness.client import assert_problem
from tests.identity.closure.test_closure import closed
from tests.identity.database_inspection import account_row, everything
from tests.identity.full_account import fill
from tests.marketplace.inquiries.asking import INQUIRIES, ask, asker, businesses
from tests.marketplace.payloads import PROPERTIES, house, ok
from tests.marketplace.reports.decisions import taken_down

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from impl.kernel.personal_data import PersonalDataPolicy
    from tests.harness.accounts import Account, Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

EXPORT = "/users/me/export"
# Delivered within moments, and gone then.
_FLEETING = {"messages"}


def leaves(value: object) -> Iterator[object]:
    """Yield all leaves of a value, however deep."""
    if isinstance(value, dict):
        for member in value.values():
            yield from leaves(member)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


async def export_of(person: Account) -> dict[str, Any]:
    return ok(await person.client.get(EXPORT))


async def test_all_that_a_person_brought_is_in_it_and_no_secret(
    client: httpx.AsyncClient, accounts: Accounts, service: Service
) -> None:
    filled = await fill(client, accounts, service)
    stored = await everything(service)
    assert [word for word in filled.planted if word not in stored] == [], "the test has to put it there to find it"

    text = json.dumps(await export_of(filled.account), ensure_ascii=False)

    assert [word for word in filled.planted if word not in text] == []
    assert [word for word in filled.secrets if word in text] == []


@pytest.mark.both_engines
async def test_every_value_of_every_row_is_in_it(
    client: httpx.AsyncClient, accounts: Accounts, service: Service
) -> None:
    filled = await fill(client, accounts, service)
    export = await export_of(filled.account)
    person = UUID(filled.id)

    for policy in PERSONAL_DATA_POLICIES:
        section = policy.export
        if not isinstance(section, Section) or section.name in _FLEETING:
            continue
        rows = await _rows(service, policy, section, person)
        assert rows, f"nothing is held in {section.name}: let the person use the feature"
        found = export[section.name]
        if section.shape is Shape.COUNT:
            assert found == len(rows)
            continue
        assert section.shape is Shape.ROW or len(found) == len(rows)
        told = [str(leaf) for leaf in leaves(found)]
        for row in rows:
            as_they_are = (
                name for name in exported_columns(policy, section) if name not in {*section.shown, *section.written}
            )
            for name in as_they_are:
                missing = [
                    one for one in leaves(to_jsonable_python(row[name])) if one is not None and str(one) not in told
                ]
                assert missing == [], f"{section.name}: {name}"


async def _rows(service: Service, policy: PersonalDataPolicy, section: Section, person: UUID) -> list[dict[str, Any]]:
    whose = section.rows or policy.rows
    assert whose is not None
    async with service.services.database.begin() as tx:
        conditions = [whose(person)]
        if section.since is not None:
            owned_since = await tx.scalar(select(User.once_verified_at).where(User.id == person))
            assert owned_since is not None
            conditions.append(section.since(owned_since))
        found = await tx.execute(select(core_table(policy.table)).where(*conditions))
        # The mail that tells of this very export is decided on after it.
        return [dict(row) for row in found.mappings() if row.get("kind") is not MailKind.DATA_EXPORTED]


async def test_it_is_a_file_to_keep_that_nobody_else_keeps(accounts: Accounts) -> None:
    person = await accounts.make()
    answer = await person.client.get(EXPORT)

    assert answer.headers["Cache-Control"] == "no-store"
    name = f"hestami-export-{answer.json()['exported_at'][:19].replace('-', '').replace(':', '')}Z.json"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.json()["activity"][0]["event"] == "account.exported", "it holds its own trace"


async def test_nothing_of_anybody_else_is_in_it(
    client: httpx.AsyncClient, accounts: Accounts, service: Service
) -> None:
    other = await fill(client, accounts, service)
    mine = await fill(client, accounts, service)
    text = json.dumps(await export_of(mine.account))

    ids = [str(leaf) for leaf in leaves(await export_of(other.account)) if _is_id(leaf)]
    shared = {leaf for leaf in leaves(await export_of(mine.account)) if _is_id(leaf)} & set(ids)
    assert other.id in ids
    assert [word for word in [*other.planted, *other.secrets] if word in text] == []
    # They offer the same kind of service; its category is nobody's.
    assert shared == {item["category_id"] for item in (await export_of(mine.account))["services"]}


def _is_id(leaf: object) -> bool:
    return isinstance(leaf, str) and len(leaf) == 36 and leaf.count("-") == 4


async def test_staff_who_act_on_an_account_are_not_named_and_do_not_take_it_along(
    accounts: Accounts, service: Service
) -> None:
    person, admin = await accounts.make(), await accounts.hire("STAFF_ADMIN")
    admin.client.headers["User-Agent"] = "an-office-machine"
    user = await account_row(service, person.email)
    staff = await account_row(service, admin.email)
    ok(await admin.client.post(f"/users/{user['id']}/suspend", json={"reason": "Asked for by their bank"}))
    ok(await admin.client.post(f"/users/{user['id']}/reactivate"))
    ok(await admin.client.get("/admin/audit-events", params={"actor_id": str(user["id"])}))
    await accounts.login(person)

    theirs = await export_of(person)
    text = json.dumps(theirs)
    done = {item["event"]: item for item in theirs["activity"] if item["by"] == "SOMEBODY_ELSE"}
    assert set(done) == {"account.suspended", "account.reactivated"}
    assert "Asked for by their bank" in text
    assert done["account.suspended"]["subject"] == {"type": "user", "id": str(user["id"])}
    assert done["account.suspended"]["request_id"] is None
    assert [word for word in (str(staff["id"]), admin.email, "an-office-machine") if word in text] == []

    ours = await export_of(admin)
    text = json.dumps(ours)
    assert {"account.suspended", "audit.read"} <= {item["event"] for item in ours["activity"]}
    assert [word for word in (str(user["id"]), person.email, "Asked for by their bank") if word in text] == []


async def test_whose_account_it_was_about_is_in_nobodys_activity(accounts: Accounts) -> None:
    owner, home = await asker(accounts)
    (provider, asked), (other, added) = await businesses(accounts, 2)
    sent = await ask(owner, home, asked)
    ok(await owner.client.post(f"{INQUIRIES}/{sent['id']}/recipients", json={"kind": "PROVIDER", "id": added}))
    moderator = await accounts.hire("STAFF_MODERATOR")
    await taken_down(moderator, owner, {"id": asked}, subject_kind="PROVIDER")
    theirs = {str(ok(await who.client.get("/users/me"))["id"]) for who in (provider, other)}
    for person in (owner, moderator):
        exported = await export_of(person)
        assert [one for one in leaves(exported) if one in theirs] == []
    sections = (await export_of(owner))["activity"]
    assert {"inquiry.sent", "inquiry.recipient_added"} <= {one["event"] for one in sections}


@pytest.mark.both_engines
async def test_after_erasure_there_is_nothing_to_give(
    client: httpx.AsyncClient, accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    filled = await fill(client, accounts, service)
    await closed(filled.account, inbox)
    assert_problem(await filled.account.client.get(EXPORT), 401, "invalid-token")
    service.clock.advance(timedelta(days=14, minutes=1))
    await service.services.cleanup_jobs["closed accounts"]()

    async with service.services.database.begin() as tx:
        left = await PersonalData(PERSONAL_DATA_POLICIES).collect(
            tx, UUID(filled.id), owned_since=service.clock.now() - timedelta(days=60)
        )
    sections = to_jsonable_python(left.sections)
    text = json.dumps(sections)
    assert [word for word in filled.planted if word in text] == []
    # What stands under a pseudonym for ever, or for the other party of an inquiry or a quote.
    kept = {
        "account",
        "activity",
        "inquiries",
        "inquiry_recipients",
        "inquiry_messages",
        "quotes",
        "jobs",
        "visits",
        "reviews",
    }
    assert {name for name, section in sections.items() if section} == kept


async def test_a_section_that_is_too_long_gives_the_newest_and_says_so(accounts: Accounts, service: Service) -> None:
    person = await accounts.make()
    for label in ("First", "Second", "Third"):
        ok(await person.client.post(PROPERTIES, json=house(label=label)), 201)
    user = await account_row(service, person.email)
    few = [
        replace(policy, export=replace(policy.export, most=2))
        for policy in PERSONAL_DATA_POLICIES
        if isinstance(policy.export, Section) and policy.export.name in {"properties", "roles"}
    ]

    async with service.services.database.begin() as tx:
        collected = await PersonalData(few).collect(tx, user["id"], owned_since=user["once_verified_at"])
    properties: Any = collected.sections["properties"]
    assert [item["label"] for item in properties] == ["Third", "Second"]
    assert collected.truncated == ["properties"]
