"""Steps of a two-factor sign-in, and an account that needs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.harness.authenticator import Authenticator
from tests.harness.client import assert_problem

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account
    from tests.harness.clock import MovableClock

type Proof = dict[str, str]


@dataclass(slots=True)
class Enrolled:
    """Account with a second factor, its secret and its recovery codes."""

    account: Account
    app: Authenticator
    codes: list[str] = field(default_factory=list)

    def totp(self) -> Proof:
        return totp(self.app.code())

    def recovery(self) -> Proof:
        return recovery(self.codes.pop())

    def wrong(self) -> Proof:
        """Return a code of no step that is near."""
        near = {self.app.at(steps) for steps in range(-3, 4)}
        return totp(
            next(code for code in ("000000", "111111", "222222", *map("{:06}".format, range(9))) if code not in near)
        )


def totp(code: str) -> Proof:
    return {"method": "TOTP", "code": code}


def recovery(code: str) -> Proof:
    return {"method": "RECOVERY_CODE", "recovery_code": code}


async def enrol(account: Account, clock: MovableClock) -> Enrolled:
    """Switch the second factor on, in the session that the account has."""
    started = await account.client.post("/users/me/mfa/totp")
    assert started.status_code == 200, started.text
    app = Authenticator(started.json()["secret"], clock)
    confirmed = await account.client.post("/users/me/mfa/totp/confirm", json={"code": app.code()})
    assert confirmed.status_code == 200, confirmed.text
    return Enrolled(account, app, confirmed.json()["recovery_codes"])


async def first_step(client: httpx.AsyncClient, account: Account, **more: str) -> str:
    """Present the password and return the token for the second step."""
    body = {"login": account.email, "password": account.password, **more}
    problem = assert_problem(await client.post("/auth/login", json=body), 403, "mfa-required")
    return str(problem["mfa_token"])


async def second_step(client: httpx.AsyncClient, token: str, proof: Proof) -> httpx.Response:
    return await client.post("/auth/login/mfa", json={"mfa_token": token, "proof": proof})


async def known_devices(client: httpx.AsyncClient, somebody: Enrolled, clock: MovableClock, count: int) -> list[str]:
    """Take both steps from so many devices; each is counted by itself, so that a race is none of the limits."""
    devices = []
    for _ in range(count):
        # A code works once.
        clock.advance(timedelta(seconds=30))
        answer = await second_step(client, await first_step(client, somebody.account), somebody.totp())
        assert answer.status_code == 200, answer.text
        devices.append(answer.json()["device_token"])
    clock.advance(timedelta(seconds=30))
    return devices


async def sign_in(client: httpx.AsyncClient, somebody: Enrolled) -> None:
    """Take both steps; the account carries the new session."""
    token = await first_step(client, somebody.account)
    answer = await second_step(client, token, somebody.totp())
    assert answer.status_code == 200, answer.text
    somebody.account.take(answer)
