"""Requests that race with one another, and how their answers are counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import httpx

from tests.harness.accounts import unique

if TYPE_CHECKING:
    from tests.harness.accounts import Account

PASSWORD = "Birch-Window-77"
WRONG = "Wrong-Kettle-58"
# Connections of the service: one for everyone who comes.
PLACES = 24

type Answers = list[httpx.Response]


def statuses(answers: Answers) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def address() -> str:
    return f"{unique('moved')}@example.test"


async def login(client: httpx.AsyncClient, account: Account, **more: str) -> httpx.Response:
    body = {"login": account.email, "password": account.password, **more}
    return await client.post("/auth/login", json=body)


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/auth/refresh", json={"refresh_token": token})


async def reset(client: httpx.AsyncClient, token: str) -> httpx.Response:
    body = {"token": token, "new_password": PASSWORD}
    return await client.post("/auth/reset-password/confirm", json=body)


async def ask_for(owner: Account, email: str) -> httpx.Response:
    return await owner.client.post("/users/me/email", json={"new_email": email, "current_password": owner.password})


async def confirm(owner: Account, token: str) -> httpx.Response:
    proof = {"method": "SESSION", "access_token": owner.access_token}
    return await owner.client.post("/users/me/email/confirm", json={"token": token, "proof": proof})


async def close(owner: Account) -> httpx.Response:
    return await owner.client.request("DELETE", "/users/me", json={"current_password": owner.password})
