"""Successful requests of the operations of other people's accounts."""

from __future__ import annotations

from tests.contract.entries import ANY_VERSION, Entries, as_administrator
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage, example_of


async def suspended_by(stage: Stage, admin: Person) -> str:
    """Suspend somebody and return their id."""
    user_id = await stage.id_of(await stage.person())
    await stage.expect(200, "POST", f"/users/{user_id}/suspend", by=admin, json=example_of("suspendUser"))
    return user_id


async def _invited(stage: Stage, example: Body) -> Ready:
    own: Body = {name: stage.own(example[name]) for name in ("email", "username") if name in example}
    return Ready(by=await stage.shared("STAFF_ADMIN"), body={**example, **own})


async def _somebody_else(stage: Stage, example: Body) -> Ready:
    ids = {"user_id": await stage.id_of(await stage.person())}
    return Ready(by=await stage.shared("STAFF_ADMIN"), ids=ids, body=example)


async def _misspelt(stage: Stage, example: Body) -> Ready:
    person = await stage.person()
    own = {"email": person.email, "username": stage.own(example["username"])}
    ids = {"user_id": await stage.id_of(person)}
    return Ready(by=await stage.shared("STAFF_ADMIN"), ids=ids, body={**example, **own}, headers=ANY_VERSION)


async def _shown_out(stage: Stage, _: Body) -> Ready:
    ids = {"user_id": await stage.id_of(await stage.person())}
    return Ready(by=await stage.shared("STAFF_ADMIN"), ids=ids, headers=ANY_VERSION)


async def _suspended(stage: Stage, _: Body) -> Ready:
    admin = await stage.shared("STAFF_ADMIN")
    return Ready(by=admin, ids={"user_id": await suspended_by(stage, admin)})


async def _somebodys_session(stage: Stage, _: Body) -> Ready:
    person = await stage.person()
    ids = {"user_id": await stage.id_of(person), "session_id": await stage.session_of(person)}
    return Ready(by=await stage.shared("STAFF_ADMIN"), ids=ids)


SUCCESSES: Entries = {
    "listUsers": as_administrator,
    "createUser": _invited,
    "getUser": _somebody_else,
    "replaceUser": _misspelt,
    "deleteUser": _shown_out,
    "suspendUser": _somebody_else,
    "reactivateUser": _suspended,
    "unlockUser": _somebody_else,
    "requestUserPasswordReset": _somebody_else,
    "listUserSessions": _somebody_else,
    "endUserSessions": _somebody_else,
    "endUserSession": _somebodys_session,
}

CHANGES_NO_ETAG = {"unlockUser", "requestUserPasswordReset", "endUserSessions", "endUserSession"}
