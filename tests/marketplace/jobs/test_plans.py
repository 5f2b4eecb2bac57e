"""Lists of jobs and of disputes are read by an index, on both engines, however many there are."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from impl.marketplace.capabilities.jobs.tables import JobSide
from impl.marketplace.jobs.repository import disputes_query, page_query
from tests.harness.plans import planning

if TYPE_CHECKING:
    from tests.harness.service import Service

PARTY = "019b8b74-1801-7df2-b0ae-bffdf9d49080"
# 2,000 jobs of one provider for as many homeowners, and as many of others, so that no other index will do.
FILL = """
SET LOCAL session_replication_role = replica
---
INSERT INTO marketplace.jobs (id, quote_id, inquiry_id, owner_id, provider_id, category_id, title, price_minor,
    price_currency, state, disputed_by, dispute_text, disputed_at, created_at, updated_at, version)
SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
    CASE WHEN n % 4 = 1 THEN '019b8b74-1801-7df2-b0ae-bffdf9d49080' ELSE gen_random_uuid() END,
    CASE WHEN n % 4 = 0 THEN '019b8b74-1801-7df2-b0ae-bffdf9d49080' ELSE gen_random_uuid() END,
    category.id, 'A tap drips', 100, 'USD', CASE WHEN n % 40 < 4 THEN 'DISPUTED' ELSE 'SCHEDULED' END,
    CASE WHEN n % 40 < 4 THEN 'PROVIDER' END, CASE WHEN n % 40 < 4 THEN 'x' END,
    CASE WHEN n % 40 < 4 THEN now() END, now() - n * interval '1 minute', now(), 1
FROM generate_series(1, 8000) n, (SELECT id FROM marketplace.categories LIMIT 1) category
---
ANALYZE marketplace.jobs
""".split("---")


@pytest.mark.both_engines
async def test_jobs_and_disputes_are_read_by_an_index(service: Service) -> None:
    async with planning(service, first=FILL) as plan_of:
        for side, by_state in product(JobSide, (False, True)):
            binds: dict[str, Any] = {"limit": 21, "party_id": UUID(PARTY)} | ({"state": "DISPUTED"} if by_state else {})
            found = await plan_of(page_query(side, by_state=by_state, continued=False), binds)
            column = "owner_id" if side is JobSide.HOMEOWNER else "provider_id"
            assert f"ix_jobs_{column}{'_state' if by_state else ''}_created_at_id" in found, (side, by_state)
            assert "Sort" not in found.replace("Sort Key", ""), (side, by_state)
            assert "TEMP B-TREE FOR ORDER BY" not in found, (side, by_state)
        for side in JobSide:
            binds = {"limit": 21, "party_id": UUID(PARTY), "inquiry_id": UUID(PARTY)}
            found = await plan_of(page_query(side, by_state=False, by_inquiry=True, continued=False), binds)
            # SQLite names the index of a constraint itself.
            assert "uq_jobs_inquiry_id" in found or "sqlite_autoindex_jobs" in found, side
        for decided in (False, True):
            found = await plan_of(disputes_query(decided=decided, continued=False), {"limit": 21})
            assert ("ix_jobs_decided" if decided else "ix_jobs_disputed") in found, decided
            assert "TEMP B-TREE FOR ORDER BY" not in found, decided
