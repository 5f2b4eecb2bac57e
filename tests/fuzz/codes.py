"""Second factors for requests that are about to be sent: what seeding could prepare would have expired."""

from __future__ import annotations

import time

import httpx
import pyotp

_STEP = 30


def next_code(secret: str) -> str:
    """Return the code of the next time step, which no request has used and the service takes already."""
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // _STEP + 1)


def half_signed_in(url: str, login: str, password: str) -> str:
    """Pass the first factor and return the token for the second one."""
    answer = httpx.post(f"{url}/auth/login", json={"login": login, "password": password}, trust_env=False)
    assert answer.status_code == 403, answer.text
    return str(answer.json()["mfa_token"])
