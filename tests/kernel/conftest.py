"""Database of each engine, a clock that tests move, and a caller."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import pytest

from impl.kernel.caller import AnonymousClient, Caller, CallerDetails, IdempotencyRecord
from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from tests.harness.clock import MovableClock
from tests.harness.patience import PATIENCE
from tests.harness.settings import AUDIT_KEY

_MADE: Final = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def database(fresh_database_url: str, clock: MovableClock) -> AsyncIterator[Database]:
    options = ConnectionOptions(size=4, wait=PATIENCE, statement=PATIENCE)
    opened = connect(fresh_database_url, options, clock=clock, audit_keys=[AUDIT_KEY.encode()])
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def anonymous() -> AnonymousClient:
    return AnonymousClient(address="203.0.113.9", user_agent="a browser", request_id="request-1")


@pytest.fixture
def caller() -> Caller:
    return caller_with(None)


def caller_with(record: IdempotencyRecord | None) -> Caller:
    """Return a caller, with or without an idempotency key."""
    return Caller(
        address="2001:db8::1",
        user_agent="a browser",
        request_id="request-2",
        user_id=record.caller_id if record else uuid4(),
        session_id=uuid4(),
        email="someone@hestami.test",
        roles=frozenset({"HOMEOWNER"}),
        permissions=frozenset({"property:write"}),
        details=CallerDetails(
            username=None,
            full_name="Some One",
            phone=None,
            locale="en",
            has_password=True,
            created_at=_MADE,
            updated_at=_MADE,
            version=1,
        ),
        idempotency_record=record,
    )
