"""Answers about an e-mail address are the same bytes in every state of its account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.harness.accounts import unique
from tests.identity.database_inspection import rows

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.service import Service

WRONG = "Wrong-Kettle-58"
# What differs between any two answers.
VARYING = {"date", "request-id", "ratelimit"}

ASKED: dict[str, tuple[str, dict[str, Any], int]] = {
    "login": ("/auth/login", {"login": "{email}", "password": WRONG}, 401),
    "register": ("/auth/register", {"email": "{email}", "password": WRONG, "full_name": "Some Body"}, 202),
    "reset": ("/auth/reset-password", {"email": "{email}"}, 202),
    "resend": ("/auth/verify-email/resend", {"email": "{email}"}, 202),
}


async def _addresses(service: Service, accounts: Accounts) -> dict[str, str]:
    """Return an address of each kind."""
    active, suspended, closed, elsewhere = [await accounts.make() for _ in range(4)]
    pending = await accounts.register()
    await rows(
        service, "UPDATE identity.users SET state = 'SUSPENDED' WHERE email_key = :email", email=suspended.email.lower()
    )
    hashed = f"hs384-bcrypt$00000000$2b$04${'a' * 53}"
    sql = "UPDATE identity.users SET password_hash = :hash WHERE email_key = :email"
    await rows(service, sql, email=elsewhere.email.lower(), hash=hashed)
    gone = await closed.client.request("DELETE", "/users/me", json={"current_password": closed.password})
    assert gone.status_code == 204, gone.text
    return {
        "unknown": f"{unique()}@example.test",
        "active": active.email,
        "active in capitals": active.email.upper(),
        "pending": pending.email,
        "suspended": suspended.email,
        "closed": closed.email,
        "hashed under another pepper": elsewhere.email,
    }


def _visible_answer(answer: httpx.Response) -> tuple[int, dict[str, str], dict[str, Any]]:
    headers = {name: value for name, value in answer.headers.items() if name not in VARYING}
    return answer.status_code, headers, {**answer.json(), "request_id": None}


@pytest.mark.both_engines
@pytest.mark.parametrize("asked", ASKED)
async def test_status_body_and_headers_are_the_same(service: Service, accounts: Accounts, asked: str) -> None:
    path, template, status = ASKED[asked]
    answers: dict[str, tuple[int, dict[str, str], dict[str, Any]]] = {}
    async with service.client() as client:
        for kind, email in (await _addresses(service, accounts)).items():
            body = {name: value.format(email=email) for name, value in template.items()}
            answers[kind] = _visible_answer(await client.post(path, json=body))
    assert {kind for kind, answer in answers.items() if answer != answers["unknown"]} == set()
    assert answers["unknown"][0] == status
