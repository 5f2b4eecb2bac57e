"""Second factors for generated requests, made at once, because prepared ones would have expired."""

from __future__ import annotations

import time
from typing import NamedTuple

import httpx
import pyotp

from tests.harness.client import TRUST
from tests.harness.patience import PATIENCE

_STEP = 30


def next_code(secret: str) -> str:
    """Return the code of the next time step, which no request has used and the service takes already."""
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // _STEP + 1)


def _post(url: str, body: dict[str, object] | None = None, **headers: str) -> httpx.Response:
    return httpx.post(url, json=body, headers=headers, verify=TRUST, trust_env=False, timeout=PATIENCE)


def half_signed_in(url: str, login: str, password: str) -> str:
    """Pass the first factor and return the token for the second one."""
    answer = _post(f"{url}/auth/login", {"login": login, "password": password})
    assert answer.status_code == 403, answer.text
    return str(answer.json()["mfa_token"])


def signed_in(url: str, login: str, password: str, recovery_code: str) -> str:
    """Take both steps and return the session's header: whoever changes a second factor must have signed in just now."""
    proof = {"method": "RECOVERY_CODE", "recovery_code": recovery_code}
    body: dict[str, object] = {"mfa_token": half_signed_in(url, login, password), "proof": proof}
    answer = _post(f"{url}/auth/login/mfa", body)
    assert answer.status_code == 200, answer.text
    return f"Bearer {answer.json()['access_token']}"


class Started(NamedTuple):
    """New session, with the secret of its owner's authenticator."""

    authorization: str
    secret: str


def start_enrolment(url: str, login: str, password: str) -> Started:
    """Sign in and begin to switch the second factor on, which takes a fresh session and waits ten minutes only."""
    authorization = session_of(url, login, password)
    started = _post(f"{url}/users/me/mfa/totp", Authorization=authorization)
    assert started.status_code == 200, started.text
    return Started(authorization, str(started.json()["secret"]))


def session_of(url: str, login: str, password: str) -> str:
    """Sign in where there is no second factor and return the session's header."""
    pair = _post(f"{url}/auth/login", {"login": login, "password": password})
    assert pair.status_code == 200, pair.text
    return f"Bearer {pair.json()['access_token']}"
