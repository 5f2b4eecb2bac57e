"""What has outlived its use goes, and what is still in use stays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.identity.looking import account_row, rows

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.service import Service

TABLES = {
    "sessions": "SELECT id FROM identity.sessions WHERE user_id = :id",
    "one-time tokens": "SELECT id FROM identity.one_time_tokens WHERE user_id = :id",
    "sent mails": "SELECT id FROM identity.sent_mails WHERE user_id = :id",
}


async def test_rows_go_when_nobody_asks_for_them_any_more(accounts: Accounts, service: Service) -> None:
    owner = await accounts.make()
    await owner.client.post("/auth/login", json={"login": owner.email, "password": "Wrong-Kettle-58"})
    user = await account_row(service, owner.email)

    async def left() -> dict[str, int]:
        for name in (*TABLES, "login throttles"):
            await service.hestami.chores[name]()
        return {name: len(await rows(service, sql, id=user["id"])) for name, sql in TABLES.items()}

    assert await left() == {"sessions": 1, "one-time tokens": 1, "sent mails": 1}
    throttles = "SELECT scope FROM identity.login_throttles WHERE failures > 0"
    assert await rows(service, throttles)
    service.clock.advance(timedelta(days=8))
    assert await left() == {"sessions": 1, "one-time tokens": 0, "sent mails": 0}
    assert await rows(service, throttles) == []
    service.clock.advance(timedelta(days=30))
    assert await left() == {"sessions": 0, "one-time tokens": 0, "sent mails": 0}
    tokens = "SELECT id FROM identity.refresh_tokens WHERE session_id NOT IN (SELECT id FROM identity.sessions)"
    assert await rows(service, tokens) == []

    # Not a new user again, although no session tells of the earlier ones.
    await accounts.login(owner)
    assert (await account_row(service, owner.email))["last_login_at"] is not None
