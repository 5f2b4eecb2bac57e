"""Lists of reviews, and what the worker looks for, are read by an index, on both engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from impl.marketplace.reviews.repository import DUE, public_query, staff_query
from tests.harness.plans import planning

if TYPE_CHECKING:
    from impl.kernel.statements import Query
    from tests.harness.service import Service

PROVIDER = "019b8b74-1801-7df2-b0ae-bffdf9d49080"
PROFILE = "019b8b74-1801-7df2-b0ae-bffdf9d49081"
# Reviews of one provider among those of as many others as there are reviews.
FILL = """
SET LOCAL session_replication_role = replica
---
INSERT INTO marketplace.reviews (id, job_id, by, author_id, subject_id, rating, text, state, publish_at, published_at,
    created_at, updated_at, version)
SELECT gen_random_uuid(), gen_random_uuid(), 'HOMEOWNER', gen_random_uuid(),
    CASE WHEN n % 20 = 0 THEN '019b8b74-1801-7df2-b0ae-bffdf9d49080' ELSE gen_random_uuid() END, 5, 'Fine.',
    CASE WHEN n % 10 = 1 THEN 'WRITTEN' ELSE 'PUBLISHED' END, now() + n * interval '1 minute',
    CASE WHEN n % 10 = 1 THEN NULL ELSE now() - n * interval '1 minute' END, now(), now(), 1
FROM generate_series(1, 8000) n
---
ANALYZE marketplace.reviews
""".split("---")


@pytest.mark.both_engines
async def test_reviews_are_read_by_an_index(service: Service) -> None:
    lists: list[tuple[Query[Any], dict[str, object], str]] = [
        (public_query(continued=False), {"profile_id": UUID(PROFILE)}, "ix_reviews_shown"),
        (staff_query(hidden=False, continued=False), {}, "ix_reviews_published"),
        (staff_query(hidden=True, continued=False), {}, "ix_reviews_hidden"),
    ]
    async with planning(service, first=FILL) as plan_of:
        for query, binds, index in lists:
            found = await plan_of(query, {"limit": 21, **binds})
            assert index in found, found
            assert "TEMP B-TREE FOR ORDER BY" not in found, index
        # What is to be published.
        assert "ix_reviews_blind" in await plan_of(DUE, {"limit": 21, "now": service.clock.now()})
