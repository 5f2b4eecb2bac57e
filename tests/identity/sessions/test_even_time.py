"""The time of an answer reveals no account: the same work is done either way."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from impl.identity.capabilities.password_verification.errors import InvalidCredentials
from impl.kernel.caller import AnonymousClient
from tests.harness.accounts import unique
from tests.harness.hashing import Hashing
from tests.identity.database_inspection import statements

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Accounts
    from tests.harness.service import Service

WRONG = "Wrong-Kettle-58"
ANONYMOUS = AnonymousClient(address="192.0.2.1", user_agent="test", request_id="even-time-test")


async def test_a_login_hashes_once_whoever_it_is_for(
    service: Service, client: httpx.AsyncClient, accounts: Accounts, hashing: Hashing
) -> None:
    """Hashing takes longer than all the rest, so it is the hashes that must be as many and as dear."""
    named = (await accounts.register()).email, (await accounts.make()).username, f"{unique()}@example.test"
    once = [("checkpw", service.settings.bcrypt_cost)]
    for login in named:
        hashing.clear()
        answer = await client.post("/auth/login", json={"login": login, "password": WRONG})
        assert (answer.status_code, hashing) == (401, once), login


async def test_a_registration_hashes_once_whoever_it_is_for(
    service: Service, client: httpx.AsyncClient, accounts: Accounts, hashing: Hashing
) -> None:
    known, pending = (await accounts.make()).email, (await accounts.register()).email
    once = [("hashpw", service.settings.bcrypt_cost)]
    for email in (known, pending, f"{unique()}@example.test"):
        hashing.clear()
        body = {"email": email, "password": "Copper-Kettle-58", "full_name": "Helen Newcomer"}
        answer = await client.post("/auth/register", json=body)
        assert (answer.status_code, hashing) == (202, once), email


async def test_a_login_asks_the_database_the_same_whoever_it_is_for(service: Service, accounts: Accounts) -> None:
    async def login(name: str, address: str) -> None:
        anonymous = replace(ANONYMOUS, address=address)
        with contextlib.suppress(InvalidCredentials):
            await service.services.identity.sign_ins.login(anonymous, login=name, password=WRONG, device_token=None)

    names = (await accounts.register()).email, (await accounts.make()).email, f"{unique()}@example.test"
    # From addresses of their own, so that what is counted for one of them changes nothing for the next.
    said = [await statements(partial(login, name, f"198.18.0.{number}")) for number, name in enumerate(names)]
    assert said[0] == said[1] == said[2]
    assert len(said[0]) >= 2


async def test_requests_for_mail_do_the_same_whoever_is_asked_for(service: Service, accounts: Accounts) -> None:
    """They hash nothing, so it is their statements that must be the same."""
    known = (await accounts.homeowner()).email
    pending = (await accounts.register()).email
    nobody = f"{unique()}@example.test"
    passwords, registration = service.services.identity.passwords, service.services.identity.registration
    for ask in (partial(passwords.request_reset, ANONYMOUS), registration.resend):
        said = [await statements(partial(ask, email)) for email in (known, pending, nobody)]
        assert said[0] == said[1] == said[2]
        assert len(said[0]) >= 2
