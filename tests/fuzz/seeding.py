"""Seeding of the pools over HTTP and by mail, before the fuzzer starts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.contract.scenario import PASSWORD, Person, Stage
from tests.fuzz.pools import Item, Pools

BOTH = ("HOMEOWNER", "SERVICE_PROVIDER")
_AT_ONCE = 8


async def seed(stage: Stage, *, size: int) -> tuple[Pools, list[Person]]:
    """Return the pools, `size` of each thing that works once, and two people who must not see each other's things."""
    anna = await stage.person(*BOTH, email="anna@example.com", username="anna.fuzz")
    ben = await stage.person(*BOTH, email="ben@example.com", username="ben.fuzz")
    for person in (anna, ben):
        await stage.profile_of(person, submitted=True)
    admin = await stage.person("STAFF_ADMIN", email="admin@example.com")
    makers: dict[str, tuple[int, Callable[[], Awaitable[Item]]]] = {
        "properties": (8, lambda: _property(stage, anna)),
        "properties_to_delete": (size, lambda: _property(stage, anna)),
        "services": (8, lambda: _service(stage, anna)),
        "services_published": (8, lambda: _service(stage, anna, "submit")),
        "services_to_delete": (size, lambda: _service(stage, anna)),
        "services_to_submit": (size, lambda: _service(stage, anna)),
        "services_to_pause": (size, lambda: _service(stage, anna, "submit")),
        "services_to_resume": (size, lambda: _service(stage, anna, "submit", "pause")),
        "categories": (1, lambda: _category(stage)),
        "logins": (4, lambda: _login(stage)),
        "own_sessions_to_end": (size, lambda: _other_session(stage)),
        "sessions_to_end": (size * 3, lambda: _session(stage)),
        "refresh_tokens": (size, lambda: _session(stage)),
        "passwords_to_change": (size * 2, lambda: _session(stage)),
        "accounts_to_close": (size, lambda: _session(stage)),
        "links_to_move": (size, lambda: _moving(stage)),
        "links_to_restore": (size, lambda: _restoration(stage)),
        "links_to_verify": (size, lambda: _verification(stage)),
        "links_to_reset": (size, lambda: _reset(stage)),
        "second_steps": (size // 4, lambda: _second_factor(stage)),
        "second_factors_to_change": (size // 2, lambda: _second_factor(stage)),
        "second_factors_to_reset": (size // 4, lambda: _second_factor(stage)),
        "enrolments_to_confirm": (size // 4, lambda: _unenrolled(stage)),
        "people": (8, lambda: _throwaway(stage)),
        "people_to_close": (size, lambda: _throwaway(stage)),
        "people_to_suspend": (size, lambda: _throwaway(stage)),
        "people_suspended": (size, lambda: _suspended(stage, admin)),
        "their_sessions": (size, lambda: _their_session(stage)),
        "roles": (8, lambda: _defined(stage, admin)),
        "roles_to_delete": (size, lambda: _defined(stage, admin)),
        "audit_events": (2, lambda: _event(stage, admin)),
        "profiles_to_submit": (size, lambda: _draft_profile(stage)),
    }
    pools = Pools(
        {name: [{"authorization": who.headers["Authorization"]}] for name, who in (("run", anna), ("staff", admin))}
    )
    for name, (count, make) in makers.items():
        pools.values[name] = await _many(count, make)
    return pools, [anna, ben]


def write_identities(people: list[Person], path: Path) -> None:
    """Write the file by which schemathesis knows who is who (Web Fuzzing Commons)."""
    entries = [
        {
            "name": person.email.partition("@")[0],
            "fixedHeaders": [{"name": name, "value": value} for name, value in person.headers.items()],
        }
        for person in people
    ]
    path.write_text(json.dumps({"auth": entries}), encoding="utf-8")


async def _many(count: int, make: Callable[[], Awaitable[Item]]) -> list[Item]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one() -> Item:
        async with gate:
            return await make()

    return list(await asyncio.gather(*(one() for _ in range(count))))


async def _property(stage: Stage, owner: Person) -> Item:
    return {"id": await stage.property_of(owner)}


async def _service(stage: Stage, provider: Person, *steps: str) -> Item:
    return {"id": await stage.service_of(provider, *steps)}


async def _category(stage: Stage) -> Item:
    return {"id": await stage.category()}


async def _login(stage: Stage) -> Item:
    person = await stage.person(username="fuzz.login")
    assert person.username is not None
    body = {"login": person.email, "password": person.password}
    pair = (await stage.client.post("/auth/login", json=body)).json()
    return {"login": person.email, "password": person.password, "device_token": pair["device_token"]}


async def _other_session(stage: Stage) -> Item:
    person = await stage.person()
    return {"authorization": person.headers["Authorization"], "id": await stage.other_session_of(person)}


async def _session(stage: Stage) -> Item:
    person = await stage.person()
    return {
        "authorization": person.headers["Authorization"],
        "refresh_token": person.refresh_token,
        "password": person.password,
    }


async def _verification(stage: Stage) -> Item:
    person = await stage.person(verified=False)
    return {"token": await stage.mailed_token(person.email, after=0), "password": PASSWORD}


async def _reset(stage: Stage) -> Item:
    person = await stage.person()
    before = stage.mails(person.email)
    await stage.client.post("/auth/reset-password", json={"email": person.email})
    return {"token": await stage.mailed_token(person.email, after=before)}


async def _second_factor(stage: Stage) -> Item:
    person = await stage.enrolled()
    assert person.authenticator is not None
    return {
        "id": await stage.id_of(person),
        "login": person.email,
        "password": person.password,
        "secret": person.authenticator.secret,
        "recovery_code": person.recovery_codes[0],
        "other_recovery_code": person.recovery_codes[1],
    }


async def _unenrolled(stage: Stage) -> Item:
    person = await stage.person()
    return {"login": person.email, "password": person.password}


async def _throwaway(stage: Stage) -> Item:
    return {"id": await stage.id_of(await stage.person())}


async def _suspended(stage: Stage, admin: Person) -> Item:
    return {"id": await stage.suspended_by(admin)}


async def _their_session(stage: Stage) -> Item:
    person = await stage.person()
    return {"user_id": await stage.id_of(person), "session_id": await stage.session_of(person)}


async def _defined(stage: Stage, admin: Person) -> Item:
    return {"id": await stage.role_by(admin)}


async def _event(stage: Stage, admin: Person) -> Item:
    return {"id": await stage.event_by(admin)}


async def _moving(stage: Stage) -> Item:
    return {"token": await stage.token_to_move(await stage.person()), "password": PASSWORD}


async def _restoration(stage: Stage) -> Item:
    return {"token": await stage.closed(await stage.person())}


async def _draft_profile(stage: Stage) -> Item:
    provider = await stage.person("SERVICE_PROVIDER")
    await stage.profile_of(provider)
    return {"authorization": provider.headers["Authorization"]}
