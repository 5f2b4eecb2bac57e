"""Every retention period of the settings is enforced: `purge` deletes older rows and keeps younger ones."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import asyncpg as over_asyncpg

from generated.states import AccountState
from impl import cli
from impl.assembly import PERSONAL_DATA_POLICIES, Services, assemble
from impl.identity.capabilities.mails.tables import SentMail
from impl.identity.capabilities.users.tables import User
from impl.kernel.audit import AuditEvent
from impl.kernel.ids import new_id
from impl.kernel.outbox import OutboxMessage
from impl.kernel.personal_data import ALWAYS, WITH_ACCOUNT, Period
from impl.kernel.retention import BATCH
from impl.kernel.tables import Table, core_table
from impl.marketplace.capabilities.webhook_endpoints.tables import WebhookEndpoint
from tests.harness.clock import INSTANT, MovableClock
from tests.harness.queries import UntypedQuery
from tests.harness.settings import make_settings
from tests.identity.database_inspection import statements
from tests.kernel.outlived_rows import MAKERS, MOMENT, Values, account

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy import Table as PlainTable
    from sqlalchemy.ext.asyncio import AsyncSession

BY_TABLE: Final = {core_table(policy.table): policy for policy in PERSONAL_DATA_POLICIES}

# No two periods are equal, so that the moment at which a row goes says which one it has. Two have a lower bound.
DIFFERENT: Final = {
    period.lower(): days + (30 if period in {Period.AUDIT_PERSONAL, Period.VERIFICATIONS} else 0)
    for days, period in enumerate(Period, start=13)
}


@asynccontextmanager
async def running(url: str, clock: MovableClock, **changes: object) -> AsyncIterator[Services]:
    services = assemble(make_settings(url, web_port=1, smtp_port=1, **changes), clock=clock)
    await services.open()
    try:
        yield services
    finally:
        await services.close()


@pytest.fixture
async def services(fresh_database_url: str) -> AsyncIterator[Services]:
    """Return the service with the periods that nobody changed, on a database of the test's own."""
    async with running(fresh_database_url, MovableClock()) as made:
        yield made


async def put(tx: AsyncSession, table: type[Table], values: Values) -> tuple[Any, ...]:
    """Insert one row, and give its key."""
    keys = core_table(table).primary_key.columns.keys()
    whole = {**({"id": new_id()} if keys == ["id"] else {}), **values}
    await tx.execute(insert(core_table(table)).values(**whole))
    return tuple(whole[key] for key in keys)


async def owner_at(tx: AsyncSession, now: datetime) -> UUID:
    user_id = new_id()
    await put(tx, User, {"id": user_id, **account(user_id, now)})
    return user_id


async def made_at(services: Services, period: Period, over: datetime) -> set[tuple[str, tuple[Any, ...]]]:
    """Make rows that are of no more use since then; give those that the period ends, as table and key."""
    async with services.database.begin() as tx:
        owner = await owner_at(tx, over)
        made = [(table, await put(tx, table, values)) for table, values in MAKERS[period](owner, over)]
    return {(core_table(table).name, key) for table, key in made if table not in {AuditEvent, WebhookEndpoint}}


async def left(services: Services, rows: set[tuple[str, tuple[Any, ...]]]) -> set[tuple[str, tuple[Any, ...]]]:
    names = {name for name, _ in rows}
    found = set()
    async with services.database.begin() as tx:
        for table in BY_TABLE:
            if table.name in names:
                keys = await tx.execute(select(*table.primary_key))
                found |= {(table.name, tuple(key)) for key in keys}
    return found & rows


def counted(rows: set[tuple[str, tuple[Any, ...]]]) -> dict[str, int]:
    names = [name for name, _ in rows]
    return {name: names.count(name) for name in names}


def gone(removed: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in removed.items() if count}


async def test_what_is_older_than_its_period_goes_and_what_is_younger_stays(fresh_database_url: str) -> None:
    clock = MovableClock()
    async with running(fresh_database_url, clock, **DIFFERENT) as services:
        # By the service's own clock, from so far on that a period of years lies between.
        clock.advance(timedelta(days=5000))
        with clock.stopped():
            for period in MAKERS:
                kept = services.settings.retention[period]
                older = await made_at(services, period, clock.now() - kept)
                younger = await made_at(services, period, clock.now() - kept + INSTANT)

                assert gone(await cli.count_overdue(services)) == counted(older), period
                assert await left(services, older | younger) == older | younger, period
                assert gone(await cli.purge(services)) == counted(older), period
                assert await left(services, older | younger) == younger, period

                clock.advance(INSTANT)
                assert gone(await cli.purge(services)) == counted(younger), period


async def test_closed_accounts_are_erased_when_their_period_is_over(fresh_database_url: str) -> None:
    clock = MovableClock()
    async with running(fresh_database_url, clock, retention_closed_accounts_days=20) as services:
        async with services.database.begin() as tx:
            for age in (timedelta(days=20) + MOMENT, timedelta(days=20) - MOMENT):
                owner = await owner_at(tx, clock.now())
                user = await services.identity.users.get_locked(tx, owner)
                user.closed_at = clock.now() - age
        assert gone(await cli.count_overdue(services)) == {"users": 1}
        assert gone(await cli.purge(services)) == {"users": 1}
        assert gone(await cli.purge(services)) == {}
        clock.advance(2 * MOMENT)
        assert gone(await cli.purge(services)) == {"users": 1}


def test_every_table_has_an_end() -> None:
    for table, policy in BY_TABLE.items():
        if policy.retention in {ALWAYS, WITH_ACCOUNT}:
            assert policy.expired is None, table.name
            continue
        made = {core_table(made) for made, _ in MAKERS[Period(policy.retention)](new_id(), MovableClock().now())}
        assert table in made, f"{table.name}: the test above has to see it go"


def test_every_period_is_a_setting_and_of_a_table() -> None:
    settings = make_settings("sqlite://", web_port=1, smtp_port=1)
    periods = {name.upper() for name in type(settings).model_fields if name.startswith("retention_")}
    assert periods == set(Period) == set(settings.retention)
    assert set(MAKERS) == {
        Period(policy.retention) for policy in PERSONAL_DATA_POLICIES if policy.retention in set(Period)
    }
    whole = {Period.CLOSED_ACCOUNTS, Period.UNVERIFIED_ACCOUNTS}
    assert set(Period) - set(MAKERS) == whole, "the end of what is kept with its account"


async def test_many_rows_go_in_bounded_steps(services: Services) -> None:
    """Those of a key of two columns and those of one, by several workers at once."""
    over, count = services.clock.now() - timedelta(days=60), 2 * BATCH + 7
    async with services.database.begin() as tx:
        owner = await owner_at(tx, over)
        for maker in (MAKERS[Period.LOGIN_THROTTLES], MAKERS[Period.SENT_MAILS]):
            made = [maker(owner, over)[0] for _ in range(count)]
            rows = [{**({"id": new_id()} if table is SentMail else {}), **values} for table, values in made]
            await tx.execute(insert(core_table(made[0][0])), rows)
    cleanup_job = services.cleanup_jobs["login_throttles"]
    removed = await asyncio.gather(*(cleanup_job() for _ in range(3)))
    assert sum(one["login_throttles"] for one in removed) == count

    said = await statements(services.cleanup_jobs["sent_mails"])
    assert len([one for one in said if one.startswith("DELETE")]) == 3
    assert await cli.count_overdue(services) == dict.fromkeys(await cli.count_overdue(services), 0)


DIALECT = over_asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own


async def bare(connection: asyncpg.Connection, table: PlainTable, condition: ColumnElement[bool]) -> list[str]:
    """Give the tables that PostgreSQL would read whole, although it may only where no index serves."""
    sql, values = UntypedQuery(select(*table.primary_key).where(condition)).compiled(DIALECT).call({})
    plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *values))
    found: list[str] = []

    def look(node: dict[str, Any]) -> None:
        is_narrowed = "Index Cond" in node or "Recheck Cond" in node
        if node["Node Type"] == "Seq Scan" or ("Index" in node["Node Type"] and not is_narrowed):
            found.append(f"{node['Node Type']} {node.get('Relation Name')}")
        for below in node.get("Plans", []):
            look(below)

    look(plan[0]["Plan"])
    return found


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_an_index_leads_to_what_is_to_be_removed(fresh_database_url: str) -> None:
    connection = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
    try:
        # A partial index serves as well, which may be small enough to be read whole: that is what it is for.
        await connection.execute("SET enable_seqscan = off")
        for table, condition in _removals(MovableClock().now()):
            assert await bare(connection, table, condition) == [], table.name
    finally:
        await connection.close()


def _removals(now: datetime) -> Iterator[tuple[PlainTable, ColumnElement[bool]]]:
    """Give the conditions by which rows are found that are to be removed, with their table."""
    for policy in PERSONAL_DATA_POLICIES:
        table = core_table(policy.table)
        if policy.expired is not None:
            yield table, policy.expired(now)
        # The outbox holds ids inside of its payloads; what it holds is delivered within seconds.
        if policy.rows is not None and table is not core_table(OutboxMessage):
            yield table, policy.rows(new_id())
        if table is core_table(User):
            yield table, (User.closed_at <= now) & (User.state != AccountState.ERASED)
            unproved = User.email_verified_at.is_(None) & User.once_verified_at.is_(None) & User.closed_at.is_(None)
            yield table, unproved & (User.updated_at <= now)
