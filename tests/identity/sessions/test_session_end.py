"""An ended session lets nobody in, whatever its tokens say."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.harness.client import assert_problem
from tests.identity.database_inspection import rows

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Accounts
    from tests.harness.service import Service


def _moment(service: Service, moment: datetime) -> object:
    """Write a moment as the engine keeps it."""
    return moment if service.engine == "postgresql" else moment.strftime("%Y-%m-%d %H:%M:%S.%f")


@pytest.mark.both_engines
async def test_the_end_that_is_stored_counts_not_the_one_in_the_token(
    accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    """The access token would live for half an hour more; what every request reads is the session's row."""
    owner = await accounts.make()
    await rows(
        service,
        "UPDATE identity.sessions SET expires_at = :over, created_at = :before "
        "WHERE user_id = (SELECT id FROM identity.users WHERE email_key = :key)",
        over=_moment(service, service.clock.now() - timedelta(seconds=1)),
        before=_moment(service, service.clock.now() - timedelta(hours=1)),
        key=owner.email.lower(),
    )
    assert_problem(await owner.client.get("/users/me"), 401, "invalid-token")
    assert_problem(await owner.client.get("/auth/me"), 401, "invalid-token")
    refreshed = await client.post("/auth/refresh", json={"refresh_token": owner.refresh_token})
    assert_problem(refreshed, 401, "invalid-refresh-token")


async def test_no_access_token_names_an_end_after_its_sessions(
    accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    owner = await accounts.make()
    pair = (await client.post("/auth/refresh", json={"refresh_token": owner.refresh_token})).json()
    end = datetime.fromisoformat(pair["refresh_expires_at"])
    service.clock.advance(end - service.clock.now() - timedelta(minutes=7))
    pair = (await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})).json()
    payload = pair["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["exp"] <= end.timestamp()
