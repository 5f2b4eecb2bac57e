"""Successful requests of the operations of roles."""

from __future__ import annotations

from tests.contract.entries import ANY_VERSION, Entries, as_administrator
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage, example_of


async def role_by(stage: Stage, admin: Person) -> str:
    """Define a role that nobody holds and return its id."""
    example = example_of("createRole")
    body = {**example, "name": stage.own_role(example["name"])}
    return str((await stage.expect(201, "POST", "/roles", by=admin, json=body)).json()["id"])


async def _new_role(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.shared("STAFF_ADMIN"), body={**example, "name": stage.own_role(example["name"])})


async def _defined_role(stage: Stage, example: Body) -> Ready:
    admin = await stage.shared("STAFF_ADMIN")
    return Ready(by=admin, ids={"role_id": await role_by(stage, admin)}, body=example, headers=ANY_VERSION)


async def _somebodys_roles(stage: Stage, example: Body) -> Ready:
    person = await stage.person()
    ids = {"user_id": await stage.id_of(person)}
    return Ready(by=await stage.shared("STAFF_ADMIN"), ids=ids, body=example, headers=ANY_VERSION)


SUCCESSES: Entries = {
    "listPermissions": as_administrator,
    "listRoles": as_administrator,
    "createRole": _new_role,
    "getRole": _defined_role,
    "replaceRole": _defined_role,
    "deleteRole": _defined_role,
    "getUserRoles": _somebodys_roles,
    "replaceUserRoles": _somebodys_roles,
}
