"""Real values for the fuzzer: other people's accounts."""

from __future__ import annotations

from itertools import count

from tests.fuzz.cases import Case, merge, name_in_path, phase
from tests.fuzz.entries import Fuzzing, any_version, lasting_id, single_id
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.identity.accounts.successes import suspended_by

_turns = count(1)


async def _somebody(seeds: Seeds) -> Item:
    return {"id": await seeds.stage.id_of(await seeds.stage.person())}


async def _suspended(seeds: Seeds) -> Item:
    return {"id": await suspended_by(seeds.stage, seeds.admin)}


async def _session(seeds: Seeds) -> Item:
    person = await seeds.stage.person()
    return {"user_id": await seeds.stage.id_of(person), "session_id": await seeds.stage.session_of(person)}


PEOPLE = Pool("people", _somebody, lasting=8)
_TO_CLOSE = Pool("people_to_close", _somebody)
_TO_SUSPEND = Pool("people_to_suspend", _somebody)
_SUSPENDED = Pool("people_suspended", _suspended)
_SESSIONS = Pool("their_sessions", _session)


def _roles_that_are(case: Case, _: Pools) -> None:
    if isinstance(case.body, dict) and "roles" in case.body:
        merge(case, roles=["HOMEOWNER", "STAFF_SUPPORT"])


def _few_cursors(case: Case, _: Pools) -> None:
    """Leave three of four cursors out: what is drawn is none, and a run fails where most requests are refused."""
    if "cursor" in case.query and next(_turns) % 4:
        del case.query["cursor"]


def _nobodys_names(case: Case, _: Pools) -> None:
    mark = f"fuzz.{next(_turns)}"
    merge(case, email=f"{mark}@example.com")
    if isinstance(case.body, dict) and case.body.get("username") is not None:
        merge(case, username=mark)


def _their_session(case: Case, pools: Pools) -> None:
    item = pools.take(_SESSIONS, phase(case))
    if item is not None:
        name_in_path(case, **item)


_person = lasting_id(PEOPLE, "user_id")

FUZZING = Fuzzing(
    pools=[PEOPLE, _TO_CLOSE, _TO_SUSPEND, _SUSPENDED, _SESSIONS],
    fills={
        "listUsers": [_few_cursors],
        "createUser": [_roles_that_are, _nobodys_names],
        "getUser": [_person],
        "replaceUser": [_person, any_version, _nobodys_names],
        "deleteUser": [single_id(_TO_CLOSE, "user_id"), any_version],
        "suspendUser": [single_id(_TO_SUSPEND, "user_id")],
        "reactivateUser": [single_id(_SUSPENDED, "user_id")],
        "unlockUser": [_person],
        "requestUserPasswordReset": [_person],
        "listUserSessions": [_person],
        "endUserSessions": [_person],
        "endUserSession": [_their_session],
    },
    rules={
        # A cursor and an offset: one parameter because of another.
        "listUsers": {"validation-failed"},
        "createUser": {"unknown-role"},
    },
)
