"""Another pepper makes every password wrong, says so in the log, and a reset makes a new one that is right."""

from __future__ import annotations

import secrets

from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.harness.clock import MovableClock
from tests.harness.databases import Databases
from tests.harness.inbox import Inbox
from tests.harness.service import run_instance

_NEW = "Birch-Window-77"


async def test_the_documented_steps_replace_the_pepper(databases: Databases, worker_id: str) -> None:
    url = databases.migrated("sqlite", f"pepper_{worker_id}")
    async with run_instance("sqlite", url, MovableClock(), Inbox()) as before:
        accounts = Accounts(before)
        account = await accounts.make()
        await accounts.close()
    inbox, login = Inbox(), {"login": account.email, "password": account.password}
    pepper = secrets.token_urlsafe(48)
    async with (
        run_instance("sqlite", url, MovableClock(), inbox, password_pepper=pepper) as after,
        after.client() as client,
    ):
        assert_problem(await client.post("/auth/login", json=login), 401, "invalid-credentials")
        assert (await client.post("/auth/reset-password", json={"email": account.email})).status_code == 202
        token = (await inbox.wait_for(account.email, "reset")).token
        chosen = {"token": token, "new_password": _NEW}
        assert (await client.post("/auth/reset-password/confirm", json=chosen)).status_code == 204
        assert (await client.post("/auth/login", json={**login, "password": _NEW})).status_code == 200
    databases.drop(url)
