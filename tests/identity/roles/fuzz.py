"""Real values for the fuzzer: roles."""

from __future__ import annotations

from tests.fuzz.cases import Case, merge
from tests.fuzz.entries import Fuzzing, any_version, lasting_id, single_id
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.identity.accounts.fuzz import PEOPLE
from tests.identity.roles.successes import role_by


async def _defined(seeds: Seeds) -> Item:
    return {"id": await role_by(seeds.stage, seeds.admin)}


_ROLES = Pool("roles", _defined, lasting=8)
_TO_DELETE = Pool("roles_to_delete", _defined)


def _permissions_that_are(case: Case, _: Pools) -> None:
    merge(case, inherits=["STAFF_SUPPORT"], permissions=["moderation:read", "category:write"])


def _roles_that_are(case: Case, _: Pools) -> None:
    merge(case, roles=["HOMEOWNER", "STAFF_SUPPORT"])


FUZZING = Fuzzing(
    pools=[_ROLES, _TO_DELETE],
    fills={
        "createRole": [_permissions_that_are],
        "getRole": [lasting_id(_ROLES, "role_id")],
        "replaceRole": [lasting_id(_ROLES, "role_id"), any_version, _permissions_that_are],
        "deleteRole": [single_id(_TO_DELETE, "role_id"), any_version],
        "getUserRoles": [lasting_id(PEOPLE, "user_id")],
        "replaceUserRoles": [lasting_id(PEOPLE, "user_id"), any_version, _roles_that_are],
    },
    rules={
        "createRole": {"role-refused"},
        "replaceRole": {"role-refused"},
        "replaceUserRoles": {"unknown-role"},
    },
)
