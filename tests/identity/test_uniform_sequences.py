"""Sequences of two or three requests reveal no account, with usernames or without."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from impl.identity.registration.service import NewAccount
from tests.harness.accounts import unique

if TYPE_CHECKING:
    from tests.harness.databases import Engine
    from tests.harness.service import Service

PASSWORD, OWNERS = "Copper-Kettle-58", "Birch-Window-77"
MADE_UP = f"{'0' * 32}.{'A' * 32}"
# What differs between any two answers.
VARYING = {"date", "request-id", "ratelimit"}


@dataclass(frozen=True, slots=True)
class Target:
    """Address that somebody asks about, and a username that they request."""

    email: str
    username: str


type Ask = Callable[[httpx.AsyncClient, Target], Awaitable[httpx.Response]]


def _register(**more: str) -> Ask:
    async def ask(client: httpx.AsyncClient, target: Target) -> httpx.Response:
        given = {name: value.format(username=target.username) for name, value in more.items()}
        email = f"{unique()}@example.test" if given.pop("other", "") else target.email
        body = {"email": email, "password": PASSWORD, "full_name": "Some Body", **given}
        return await client.post("/auth/register", json=body)

    return ask


def _post(path: str, **body: str) -> Ask:
    async def ask(client: httpx.AsyncClient, target: Target) -> httpx.Response:
        given = {name: value.format(email=target.email, username=target.username) for name, value in body.items()}
        return await client.post(path, json=given)

    return ask


CHANGING: Mapping[str, Ask] = {
    "register": _register(),
    "register with a username": _register(username="{username}"),
    "register another address with the username": _register(other="yes", username="{username}"),
    "log in": _post("/auth/login", login="{email}", password=PASSWORD),
}
ASKING: Mapping[str, Ask] = {
    **CHANGING,
    "log in with the username": _post("/auth/login", login="{username}", password=PASSWORD),
    "resend": _post("/auth/verify-email/resend", email="{email}"),
    "reset": _post("/auth/reset-password", email="{email}"),
    "verify": _post("/auth/verify-email", token=MADE_UP, password=PASSWORD),
    "set a password": _post("/auth/reset-password/confirm", token=MADE_UP, new_password=PASSWORD),
}


async def _targets(service: Service, password_hash: str) -> dict[str, Target]:
    """Return an address of each kind, whose accounts have usernames of their own or none."""
    found = {kind: Target(f"{unique()}@example.test", unique("wished")) for kind in ("unknown", "verified", "pending")}
    registration = service.services.identity.registration
    own = unique("own") if len(found["verified"].email) % 2 else None
    new = {kind: NewAccount(target.email, "Some Owner", own) for kind, target in found.items()}
    await registration.create_verified(new["verified"], password_hash=password_hash)
    async with service.services.database.begin() as tx:
        assert await registration.add(tx, new["pending"], password_hash=password_hash) is not None
    return found


def _visible_answer(answer: httpx.Response) -> tuple[int, dict[str, str], dict[str, Any]]:
    headers = {name: value for name, value in answer.headers.items() if name not in VARYING}
    return answer.status_code, headers, {**answer.json(), "request_id": None}


def _sequences(first: str, engine: Engine) -> list[tuple[str, ...]]:
    """Return all pairs, and all triples on one engine; requests that create nothing follow one another.

    An engine has refusals of its own, which whoever comes after a request that creates something meets; what a third
    request adds are rules of the service. Pairs that are the beginning of a triple are part of it.
    """
    following = [name for name in ASKING if name not in CHANGING]
    alone: list[tuple[str, ...]] = [(first, *following)]
    if engine == "postgresql" and first not in CHANGING:
        return alone
    if engine == "postgresql" or first not in CHANGING:
        return [*alone, *((first, then) for then in CHANGING)]
    triples = [(first, *rest) for rest in product(CHANGING, CHANGING)]
    return [*alone, *((first, then, *following) for then in CHANGING), *triples]


@pytest.mark.parametrize("first", ASKING)
async def test_each_answer_is_the_same_whoever_is_asked_about(service: Service, first: str) -> None:
    password_hash = await service.services.hasher.hash(OWNERS)
    async with service.client() as client:
        for sequence in _sequences(first, service.engine):
            told = {}
            for kind, target in (await _targets(service, password_hash)).items():
                told[kind] = [_visible_answer(await ASKING[name](client, target)) for name in sequence]
            assert {kind for kind, answers in told.items() if answers != told["unknown"]} == set(), sequence
