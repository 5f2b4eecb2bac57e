"""The quotes for an inquiry, and those that are over, are found by an index."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from impl.marketplace.capabilities.quotes.repository import DUE
from impl.marketplace.quotes.repository import RECEIVED, WRITTEN
from tests.harness.plans import planning

if TYPE_CHECKING:
    from tests.harness.service import Service

SOMEBODY = UUID("019b8b74-1801-7df2-b0ae-bffdf9d49080")
# Of one business 2,000 quotes for as many inquiries of one person.
FILL = """
INSERT INTO marketplace.quotes (id, inquiry_id, recipient_id, provider_id, owner_id, number, state, currency, lines,
    subtotal_minor, discount_minor, net_minor, taxes, tax_minor, gross_minor, valid_days, sent_at, expires_at,
    created_at, updated_at, version)
SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '{SOMEBODY}', '{SOMEBODY}', 1, 'SENT', 'USD', '[]',
    0, 0, 0, '[]', 0, 0, 14, now(), now() + n * interval '1 minute', now(), now(), 1
FROM generate_series(1, 2000) n
""".replace("{SOMEBODY}", str(SOMEBODY))


@pytest.mark.both_engines
async def test_quotes_are_found_by_an_index(service: Service) -> None:
    first = ("SET LOCAL session_replication_role = replica", FILL, "ANALYZE marketplace.quotes")
    parties = {"inquiry_id": SOMEBODY, "person_id": SOMEBODY}
    async with planning(service, first=first) as plan_of:
        for query in (WRITTEN, RECEIVED):
            assert "ix_quotes_inquiry_id_provider_id" in await plan_of(query, parties)
        due = {"now": service.clock.now(), "limit": 100}
        assert "ix_quotes_ending" in await plan_of(DUE, due)
