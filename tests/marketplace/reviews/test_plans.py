"""Lists of reviews, and what the worker looks for, are read by an index, on both engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from impl.marketplace.reviews.repository import DUE, public_query, staff_query
from tests.harness.plans import plan_of

if TYPE_CHECKING:
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


async def _plan(service: Service, query: Any, **binds: Any) -> str:  # noqa: ANN401 - a query of any row
    return await plan_of(service, query, {"limit": 21, **binds}, first=FILL)


@pytest.mark.both_engines
async def test_reviews_of_a_business_are_read_by_an_index(service: Service) -> None:
    found = await _plan(service, public_query(continued=False), profile_id=UUID(PROFILE))
    assert "ix_reviews_shown" in found
    assert "TEMP B-TREE FOR ORDER BY" not in found


@pytest.mark.both_engines
@pytest.mark.parametrize("hidden", [False, True])
async def test_reviews_for_staff_are_read_by_an_index(service: Service, hidden: bool) -> None:
    found = await _plan(service, staff_query(hidden=hidden, continued=False))
    assert ("ix_reviews_hidden" if hidden else "ix_reviews_published") in found
    assert "TEMP B-TREE FOR ORDER BY" not in found


@pytest.mark.both_engines
async def test_what_is_to_be_published_is_found_by_an_index(service: Service) -> None:
    found = await _plan(service, DUE, now=service.clock.now())
    assert "ix_reviews_blind" in found
