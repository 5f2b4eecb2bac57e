"""An inbox is read by an index, on both engines, however many inquiries are in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.dialects.postgresql import asyncpg as over_asyncpg

from impl.kernel.statements import Query
from impl.marketplace.received_inquiries.repository import page_query
from tests.harness.plans import plan_of
from tests.harness.service import Service

DIALECT = over_asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
PROVIDER = "019b8b74-1801-7df2-b0ae-bffdf9d49080"
LAST = {"last_created_at": "2031-03-05T09:41:00+00:00", "last_id": PROVIDER}

# One business with 20,000 inquiries of 1,000 homeowners, and as many of others.
FILL = """
SET session_replication_role = replica;
INSERT INTO identity.users (id, email, email_key, full_name, locale, state, email_verified_at, credential_epoch,
    created_at, updated_at, version)
SELECT gen_random_uuid(), n || '@example.test', n || '@example.test', 'Some Body', 'en', 'ACTIVE', now(), 1,
    now(), now(), 1
FROM generate_series(1, 1000) n;
INSERT INTO marketplace.inquiries (id, owner_id, category_id, title, details, questions_version, answers, timing,
    wanted_dates, state, expires_at, created_at, updated_at, version)
SELECT gen_random_uuid(), owners.id, category.id, 'A tap drips', 'For a week.', 0, '[]', 'FLEXIBLE', '[]', 'OPEN',
    now() + interval '1 day', now() - n * interval '1 minute', now(), 1
FROM (SELECT id, row_number() OVER () AS place FROM identity.users) owners
    JOIN generate_series(1, 20000) n ON n % 1000 = owners.place - 1,
    (SELECT id FROM marketplace.categories LIMIT 1) category;
INSERT INTO marketplace.inquiry_recipients (id, inquiry_id, provider_id, state, viewed_at, created_at, updated_at,
    version)
SELECT gen_random_uuid(), id, '{PROVIDER}', CASE WHEN extract(minute FROM created_at) < 6 THEN 'SENT' ELSE 'VIEWED' END,
    CASE WHEN extract(minute FROM created_at) < 6 THEN NULL ELSE now() END, created_at, now(), 1
FROM marketplace.inquiries
UNION ALL SELECT gen_random_uuid(), id, gen_random_uuid(), 'SENT', NULL, created_at, now(), 1
FROM marketplace.inquiries;
SET session_replication_role = origin;
ANALYZE;
""".replace("{PROVIDER}", PROVIDER)


async def _explained(connection: asyncpg.Connection, query: Query[Any], **binds: Any) -> str:  # noqa: ANN401 - values of a statement
    sql, values = query.compiled(DIALECT).call({"limit": 21, "provider_id": PROVIDER, **binds})
    return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *values))


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_postgresql_reads_an_inbox_by_an_index(fresh_database_url: str) -> None:
    connection = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
    await connection.execute(FILL)
    moment = await connection.fetchval("SELECT now() - interval '1 day'")
    for by_state, index in (
        (False, "ix_inquiry_recipients_provider_id_created_at_id"),
        (True, "ix_inquiry_recipients_provider_id_state_created_at_id"),
    ):
        narrowed: dict[str, Any] = {"state": "SENT"} if by_state else {}
        for continued in (False, True):
            last: dict[str, Any] = {"last_created_at": moment, "last_id": PROVIDER} if continued else {}
            page = page_query(by_state=by_state, continued=continued)
            plan = await _explained(connection, page, **narrowed, **last)
            assert index in plan
            assert "Seq Scan on inquiries" not in plan
            assert "Sort" not in plan
    await connection.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")
async def test_sqlite_reads_an_inbox_by_an_index(service: Service) -> None:
    for by_state, index in ((False, "provider_id_created_at_id"), (True, "provider_id_state_created_at_id")):
        binds = {"limit": 21, "provider_id": UUID(PROVIDER)} | ({"state": "SENT"} if by_state else {})
        found = await plan_of(service, page_query(by_state=by_state, continued=False), binds)
        assert f"ix_inquiry_recipients_{index}" in found
        assert "TEMP B-TREE FOR ORDER BY" not in found
