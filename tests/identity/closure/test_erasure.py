"""Erasure leaves nothing personal of a closed account, and the audit chain intact."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import func, select

from impl.assembly import PERSONAL_DATA_POLICIES
from impl.kernel.outbox import OutboxMessage
from impl.kernel.personal_data import PersonalDataPolicy
from impl.kernel.tables import Table, core_table
from impl.marketplace.capabilities.notices.tables import NotificationGroup
from tests.harness.client import assert_problem
from tests.harness.clock import INSTANT
from tests.harness.log_lines import log_lines
from tests.harness.patience import PATIENCE
from tests.identity.closure.test_closure import closed, restore
from tests.identity.database_inspection import account_row, everything, rows
from tests.identity.full_account import fill
from tests.marketplace.payloads import approve_business, complain, ok, publish
from tests.marketplace.reports.decisions import triaged

if TYPE_CHECKING:
    import httpx
    from sqlalchemy import Table as PlainTable

    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

TABLES = Table.metadata.sorted_tables
BY_TABLE = {core_table(policy.table).key: policy for policy in PERSONAL_DATA_POLICIES}


def of(table: PlainTable) -> PersonalDataPolicy:
    assert table.key in BY_TABLE, (
        f"{table.key}: say in its tables.py what it holds of people (PERSONAL_DATA_POLICIES), see assembly"
    )
    return BY_TABLE[table.key]


def test_every_column_is_said_to_be_personal_or_not() -> None:
    for table in TABLES:
        policy, name = of(table), table.name
        said = [*policy.blanked, *policy.pseudonyms, *policy.impersonal]

        assert len(said) == len(set(said)), f"{name}: a column is one of them"
        assert set(said) <= set(table.columns.keys()), name
        if policy.removed:
            assert bool(policy.blanked) == (policy.about is not None), name
            assert not policy.impersonal, f"{name}: the whole row goes"
        else:
            assert set(said) == set(table.columns.keys()), name
            assert bool(policy.blanked) == (policy.rows is not None), name


def test_whatever_refers_to_a_person_is_erased_or_a_pseudonym() -> None:
    for table in TABLES:
        policy = of(table)
        to_users = {key.parent.name for key in table.foreign_keys if key.column.table.name == "users"}
        if not policy.removed:
            assert to_users <= set(policy.pseudonyms), table.name
        elif policy.rows is None:
            owners = [key for key in table.foreign_keys if key.ondelete == "CASCADE" and of(key.column.table).removed]
            assert owners, f"{table.name}: no row that is removed takes these along"


@pytest.mark.both_engines
async def test_nothing_is_left_of_a_person(
    client: httpx.AsyncClient, accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    filled = await fill(client, accounts, service)
    person = filled.account
    before = await everything(service)
    assert [word for word in filled.planted if word not in before] == [], "the test has to put it there to see it go"
    with log_lines() as lines:
        token = await closed(person, inbox)
        service.clock.advance(timedelta(days=14, minutes=1))
        gone = await service.services.cleanup_jobs["closed accounts"]()
        # By the log an operator finds who comes back with a restored backup.
        await lines.up_to(f"the account {filled.id} was closed")
        await lines.up_to(f"the account {filled.id} was erased")
    assert all(gone[table] for table in ("users", "provider_profiles", "services", "properties", "user_roles"))

    left = await everything(service)
    assert [word for word in filled.planted if word in left] == []
    assert_problem(await restore(client, token), 422, "invalid-one-time-token")
    user_id = UUID(filled.id)
    user = (await rows(service, "SELECT * FROM identity.users WHERE id = :id", id=user_id))[0]
    assert (user["state"], user["password_hash"], user["username"]) == ("ERASED", None, None)
    sql = "SELECT event FROM operations.audit_events WHERE subject_id = :id ORDER BY id"
    events = [row["event"] for row in await rows(service, sql, id=user_id)]
    assert (events[0], events[-1]) == ("account.registered", "account.erased")
    assert (await service.services.operations.audit_chain.verify()).is_whole

    again = {"email": person.email, "full_name": "Some Body", "password": person.password, "username": person.username}
    sent = len(inbox.all(person.email))
    assert (await client.post("/auth/register", json=again)).status_code == 202
    assert "Verify" in (await inbox.wait_for(person.email, after=sent)).subject
    assert (await account_row(service, person.email))["id"] != user_id, "an id is never used again"


async def test_who_comes_back_at_the_last_moment_is_not_erased(
    client: httpx.AsyncClient, accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    person = await accounts.make()
    with service.clock.stopped():
        token = await closed(person, inbox)
        service.clock.advance(timedelta(days=14) - INSTANT)
        assert not sum((await service.services.cleanup_jobs["closed accounts"]()).values())
        assert (await restore(client, token)).status_code == 204
    service.clock.advance(timedelta(days=1))
    await service.services.cleanup_jobs["closed accounts"]()

    assert (await account_row(service, person.email))["state"] == "ACTIVE"


async def test_who_is_not_back_after_fourteen_days_is_erased(
    accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    person = await accounts.make()
    with service.clock.stopped():
        await closed(person, inbox)
        service.clock.advance(timedelta(days=14))
        assert (await service.services.cleanup_jobs["closed accounts"]())["users"] >= 1


@pytest.mark.both_engines
async def test_nothing_is_written_of_a_person_after_their_erasure(
    client: httpx.AsyncClient, accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    """Go on with what was begun before: a report of what was theirs is decided, and a mail program ends its mails."""
    person, reporter, moderator = (
        await accounts.make("SERVICE_PROVIDER"),
        await accounts.make(),
        await accounts.hire("STAFF_MODERATOR"),
    )
    await approve_business(person)
    decision = await triaged(moderator, await complain(reporter, await publish(person)))
    person_id = UUID(ok(await person.client.get("/users/me"))["id"])
    preferences = service.services.marketplace.notice_preferences
    ends = preferences.subscription(person_id, NotificationGroup.QUOTES).post_url.partition("/api/v1")[2]
    await closed(person, inbox)
    service.clock.advance(timedelta(days=14, minutes=1))
    await service.services.cleanup_jobs["closed accounts"]()

    await accounts.login(moderator)
    ok(await moderator.client.post(decision, json={"outcome": "DISMISSED", "statement": "It says what is included."}))
    ok(await client.post(ends), 204)
    await inbox.wait_for(reporter.email, "Your report was looked into")
    async with asyncio.timeout(PATIENCE):
        while await _waits(service, "marketplace.report_decided"):
            continue
    removed = [policy for policy in PERSONAL_DATA_POLICIES if policy.removed and policy.rows is not None]
    async with service.services.database.begin() as tx:
        for policy in removed:
            assert policy.rows is not None
            found = await tx.scalar(select(func.count()).select_from(policy.table).where(policy.rows(person_id)))
            assert found == 0, policy.table.__tablename__


async def _waits(service: Service, topic: str) -> bool:
    async with service.services.database.begin() as tx:
        return await tx.scalar(select(OutboxMessage.id).where(OutboxMessage.topic == topic).limit(1)) is not None
