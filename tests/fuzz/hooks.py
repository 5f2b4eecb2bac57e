"""Hooks of schemathesis: real values from the pools for valid requests, and two checks of our own.

Only requests that are meant to be valid are filled in, and one in four is left as it was generated. What would end the
session that the whole run lives on, or change its person's password, is never sent as that person. What staff alone may
do is sent as an administrator.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies
from hypothesis.strategies import SearchStrategy
from schemathesis import CheckContext, DeserializationContext, HookContext, Response

from openapi.runtime.formats import is_one_line
from tests.contract.contract_operations import OPERATIONS, is_public, needs, permissions_of, section
from tests.fuzz import codes, pools, sign_ins
from tests.fuzz.cases import Case, is_valid, operation_id, phase
from tests.fuzz.seeding import BOTH
from tests.harness.contract import load_contract

POOLS = pools.read(Path(os.environ["FUZZ_POOLS"]))
PROBLEMS = "https://api.hestami.ai/problems/"
_turns = count(1)
_THOROUGH = os.environ.get("FUZZ") == "long"
_WHOLE = 150
_seen: Counter[str] = Counter()
_valid: Counter[tuple[str, str]] = Counter()
_prepared: set[tuple[str, str]] = set()

_OF_STAFF = {
    operation.id
    for operation in OPERATIONS
    if not is_public(operation) and not needs(operation) <= frozenset().union(*map(permissions_of, BOTH))
}

type Fill = Callable[[Case], None]


@schemathesis.deserializer("text/html")
def a_page(_ctx: DeserializationContext, response: Response) -> str:
    """Read a page, where somebody's browser would be shown one, as the text that its schema describes."""
    return response.content.decode()


def _lines() -> SearchStrategy[str]:
    """Draw texts of the format `one-line`, which says more than the pattern beside it."""
    pattern = str(section("components", "schemas", "OneLine")["pattern"])
    return strategies.from_regex(pattern).filter(lambda text: not text.endswith("\n") and is_one_line(text))


schemathesis.openapi.format("one-line", _lines())


# ------------------------------------------------------------------------------------------------------ filling in


def _take(pool: str, case: Case) -> pools.Item | None:
    return POOLS.take(pool, phase(case))


def _id(pool: str, parameter: str, *, once: bool) -> Fill:
    def fill(case: Case) -> None:
        item = _take(pool, case) if once else POOLS.turn(pool)
        if item is not None:
            case.path_parameters = {**case.path_parameters, parameter: item["id"]}

    return fill


def _merge(case: Case, **values: Any) -> None:  # noqa: ANN401 - JSON, which schemathesis types by a name of its own
    if isinstance(case.body, dict):
        case.body = {**case.body, **values}


def _category(case: Case) -> None:
    if isinstance(case.body, dict) and "category_id" in case.body:
        _merge(case, category_id=POOLS.turn("categories")["id"])


def _login(case: Case) -> None:
    item = POOLS.turn("logins")
    if case.media_type == "application/x-www-form-urlencoded":
        _merge(case, username=item["login"], password=item["password"])
    else:
        _merge(case, **item)


def _refresh(case: Case) -> None:
    item = _take("refresh_tokens", case)
    if item is not None:
        _merge(case, refresh_token=item["refresh_token"])


def _verify(case: Case) -> None:
    item = _take("links_to_verify", case)
    if item is not None:
        _merge(case, token=item["token"], password=item["password"])


def _reset(case: Case) -> None:
    item = _take("links_to_reset", case)
    if item is not None:
        _merge(case, token=item["token"])


def _submit_profile(case: Case) -> None:
    item = _take("profiles_to_submit", case)
    if item is not None and "Authorization" in case.headers:
        case.headers["Authorization"] = item["authorization"]


def _move(case: Case) -> None:
    item = _take("links_to_move", case)
    if item is not None:
        _merge(case, token=item["token"], proof={"method": "PASSWORD", "password": item["password"]})


def _restore(case: Case) -> None:
    item = _take("links_to_restore", case)
    if item is not None:
        _merge(case, token=item["token"])


def _proof(case: Case, item: pools.Item) -> dict[str, str]:
    """Return a proof of the kind that was generated; the code is of this very moment, or it would be too old."""
    given = case.body.get("proof") if isinstance(case.body, dict) else None
    if isinstance(given, dict) and given.get("method") == "RECOVERY_CODE":
        return {"method": "RECOVERY_CODE", "recovery_code": item["recovery_code"]}
    return {"method": "TOTP", "code": codes.next_code(item["secret"])}


def _second_step(case: Case) -> None:
    item = _take("second_steps", case)
    if item is not None:
        token = codes.half_signed_in(str(case.operation.base_url), item["login"], item["password"])
        _merge(case, mfa_token=token, proof=_proof(case, item))


def _second_factor(case: Case) -> None:
    item = _take("second_factors_to_change", case)
    if item is not None and "Authorization" in case.headers:
        case.headers["Authorization"] = codes.signed_in(
            str(case.operation.base_url), item["login"], item["password"], item["other_recovery_code"]
        )
        _merge(case, proof=_proof(case, item))


def _enrolment(case: Case) -> None:
    item = _take("enrolments_to_confirm", case)
    if item is not None and "Authorization" in case.headers:
        started = codes.start_enrolment(str(case.operation.base_url), item["login"], item["password"])
        case.headers["Authorization"] = started.authorization
        _merge(case, code=codes.next_code(started.secret))


def _any_version(case: Case) -> None:
    case.headers["If-Match"] = "*"


def _role(case: Case) -> None:
    _merge(case, inherits=["STAFF_SUPPORT"], permissions=["moderation:read", "category:write"])


def _invited(case: Case) -> None:
    if isinstance(case.body, dict) and "roles" in case.body:
        _merge(case, roles=["HOMEOWNER", "STAFF_SUPPORT"])


def _nobodys_names(case: Case) -> None:
    mark = f"fuzz.{next(_turns)}"
    _merge(case, email=f"{mark}@example.com")
    if isinstance(case.body, dict) and case.body.get("username") is not None:
        _merge(case, username=mark)


def _their_session(case: Case) -> None:
    item = _take("their_sessions", case)
    if item is not None:
        case.path_parameters = {**case.path_parameters, **item}


def _roles(case: Case) -> None:
    _merge(case, roles=["HOMEOWNER", "STAFF_SUPPORT"])


def _just_signed_in(case: Case) -> None:
    """Sign in anew for requests that link a provider; sessions of others stay, to be refused as they are."""
    if sign_ins.is_admitted(case):
        item = POOLS.turn("logins")
        case.headers["Authorization"] = codes.session_of(str(case.operation.base_url), item["login"], item["password"])


FILLS: dict[str, list[Fill]] = {
    **sign_ins.FILLS,
    **{name: [_just_signed_in, *sign_ins.FILLS[name]] for name in sign_ins.OF_FRESH_SESSIONS},
    "login": [_login],
    "refreshSession": [_refresh],
    "verifyEmail": [_verify],
    "confirmPasswordReset": [_reset],
    "restoreAccount": [_restore],
    "confirmEmailChange": [_move],
    "completeLogin": [_second_step],
    "confirmTotpEnrolment": [_enrolment],
    "disableTotp": [_second_factor],
    "renewRecoveryCodes": [_second_factor],
    "resetUserMfa": [_id("second_factors_to_reset", "user_id", once=True)],
    "getProperty": [_id("properties", "property_id", once=False)],
    "replaceProperty": [_id("properties", "property_id", once=False)],
    "updateProperty": [_id("properties", "property_id", once=False)],
    "deleteProperty": [_id("properties_to_delete", "property_id", once=True)],
    "submitProviderProfile": [_submit_profile],
    "createService": [_category],
    "getProviderService": [_id("services", "service_id", once=False)],
    "replaceService": [_id("services", "service_id", once=False), _category],
    "updateService": [_id("services", "service_id", once=False), _category],
    "deleteService": [_id("services_to_delete", "service_id", once=True)],
    "submitService": [_id("services_to_submit", "service_id", once=True)],
    "pauseService": [_id("services_to_pause", "service_id", once=True)],
    "resumeService": [_id("services_to_resume", "service_id", once=True)],
    "createUser": [_invited, _nobodys_names],
    "getUser": [_id("people", "user_id", once=False)],
    "replaceUser": [_id("people", "user_id", once=False), _any_version, _nobodys_names],
    "deleteUser": [_id("people_to_close", "user_id", once=True), _any_version],
    "suspendUser": [_id("people_to_suspend", "user_id", once=True)],
    "reactivateUser": [_id("people_suspended", "user_id", once=True)],
    "unlockUser": [_id("people", "user_id", once=False)],
    "requestUserPasswordReset": [_id("people", "user_id", once=False)],
    "listUserSessions": [_id("people", "user_id", once=False)],
    "endUserSessions": [_id("people", "user_id", once=False)],
    "endUserSession": [_their_session],
    "createRole": [_role],
    "getRole": [_id("roles", "role_id", once=False)],
    "replaceRole": [_id("roles", "role_id", once=False), _any_version, _role],
    "deleteRole": [_id("roles_to_delete", "role_id", once=True), _any_version],
    "getUserRoles": [_id("people", "user_id", once=False)],
    "replaceUserRoles": [_id("people", "user_id", once=False), _any_version, _roles],
    "getAuditEvent": [_id("audit_events", "event_id", once=False)],
    "getService": [_id("services_published", "service_id", once=False)],
}


_SPENT = {
    "logout": "sessions_to_end",
    "logoutEverywhere": "sessions_to_end",
    "endOwnSession": "own_sessions_to_end",  # else its id may be the run's own, out of an earlier answer
    "changePassword": "passwords_to_change",
    "closeAccount": "accounts_to_close",
    "requestEmailChange": "passwords_to_change",
}


def _spare_the_session(case: Case, operation: str) -> None:
    """Let somebody else do what nobody can do twice, whatever the request is meant to be."""
    pool = _SPENT.get(operation)
    if pool is None or case.headers.get("Authorization") != POOLS.values["run"][0]["authorization"]:
        return
    # The last one stays for all that is not meant to work, or no longer can: anything but the run's own.
    item = (_take(pool, case) if is_valid(case) else None) or POOLS.values[pool][-1]
    case.headers["Authorization"] = item["authorization"]
    if is_valid(case) and "password" in item:
        _merge(case, current_password=item["password"])
    if is_valid(case) and "id" in item and phase(case) != "stateful":
        case.path_parameters = {**case.path_parameters, "session_id": item["id"]}


def _as_staff(case: Case, operation: str) -> None:
    """Send as an administrator what the run's own people may not do; not in place of no token, or of another one."""
    is_own = case.headers.get("Authorization") == POOLS.values["run"][0]["authorization"]
    if operation in _OF_STAFF and is_own:
        case.headers["Authorization"] = POOLS.values["staff"][0]["authorization"]


def _is_left_alone(operation: str, of_phase: str) -> bool:
    """Return whether a case is sent as it is: one in four, never the first ones, which may be the only ones."""
    _valid[operation, of_phase] += 1
    return of_phase != "examples" and _valid[operation, of_phase] % 4 == 0


@schemathesis.hook
def filter_case(_context: HookContext, case: Case) -> bool:
    """Thin out, in the short profile, what coverage says of the largest bodies: they alone take most of its time."""
    if _THOROUGH or phase(case) != "coverage":
        return True
    operation = operation_id(case)
    _seen[operation] += 1
    return _seen[operation] <= _WHOLE or _seen[operation] % 3 == 0


@schemathesis.hook
def before_call(_context: HookContext, case: Case, _kwargs: dict[str, Any]) -> None:
    """Give a request what it needs to get somewhere."""
    operation = operation_id(case)
    _spare_the_session(case, operation)
    _as_staff(case, operation)
    # Stateful steps carry what earlier steps made, that is their point.
    if not is_valid(case) or phase(case) == "stateful" or _is_left_alone(operation, phase(case)):
        return
    for fill in FILLS.get(operation, ()):
        fill(case)
        _prepared.add((operation, phase(case)))


# ------------------------------------------------------------------------------------------------------ our checks


@schemathesis.check
class EnsureReachability:
    """Checks that every operation has succeeded, in each phase in which it was given real values.

    What was never reached was never tested; and a phase that an earlier one has starved tests refusals only.
    """

    def __init__(self) -> None:
        """Begin with nothing reached."""
        self.reached: set[tuple[str, str]] = set()

    def after_response(self, _context: CheckContext, response: Response, case: Case) -> None:
        """Note a success."""
        if 200 <= response.status_code < 300 or response.status_code == 303:
            self.reached.add((operation_id(case), phase(case)))

    def after_run(self, _context: CheckContext) -> None:
        """Name what never succeeded."""
        missed = {operation.id for operation in load_contract().operations} - {name for name, _ in self.reached}
        assert not missed, f"never answered 2xx: {', '.join(sorted(missed))}"
        starved = [f"{name} ({of_phase})" for name, of_phase in sorted(_prepared - self.reached)]
        assert not starved, f"never answered 2xx in a phase: {', '.join(starved)}"


@schemathesis.check
def refused_by_a_rule(_context: CheckContext, response: Response, case: Case) -> None:
    """Check that a valid request is refused only for what JSON Schema cannot say, and that the problem names it."""
    if response.status_code not in {400, 412, 422, 428} or not is_valid(case):
        return
    told = response.json()
    slug = str(told.get("type", told.get("error"))).removeprefix(PROBLEMS)
    allowed = _RULES.get(operation_id(case), set()) | _rules_of_headers(case)
    assert slug in allowed, f"a valid request was refused as {slug}: {response.text}"


_RULES = {
    "beginSignIn": {"unknown-provider", "unknown-client"},
    "requestAuthorization": {"unknown-client"},
    "beginIdentityLink": {"unknown-provider", "unknown-client"},
    "confirmIdentityLink": {"invalid-one-time-token"},
    # Which members are needed depends on the grant, and a wrong one is no schema's business (RFC 6749, section 5.2).
    "exchangeToken": {"invalid_request", "invalid_client", "invalid_grant", "unsupported_grant_type"},
    "revokeToken": {"invalid_client", "invalid_grant"},
    "register": {"weak-password"},
    "confirmPasswordReset": {"invalid-one-time-token", "weak-password"},
    "verifyEmail": {"invalid-one-time-token", "already-used"},
    # A cursor and an offset: one parameter because of another.
    "listUsers": {"validation-failed"},
    "createUser": {"unknown-role"},
    "createRole": {"role-refused"},
    "replaceRole": {"role-refused"},
    "replaceUserRoles": {"unknown-role"},
    "restoreAccount": {"invalid-one-time-token"},
    "closeAccount": {"wrong-current-password"},
    "completeLogin": {"wrong-mfa-code"},
    "confirmTotpEnrolment": {"wrong-mfa-code"},
    "disableTotp": {"wrong-mfa-code"},
    "renewRecoveryCodes": {"wrong-mfa-code"},
    "requestEmailChange": {"wrong-current-password"},
    "confirmEmailChange": {"invalid-one-time-token", "already-used"},
    "changePassword": {"wrong-current-password", "weak-password"},
    # Price bounds and price sorts need a currency, one parameter because of another.
    "searchServices": {"validation-failed"},
}


def _rules_of_headers(case: Case) -> set[str]:
    rules: set[str] = set()
    if "If-Match" in case.headers:
        rules |= {"malformed-request", "precondition-failed"}
    else:
        rules.add("precondition-required")
    if "Idempotency-Key" in case.headers:
        rules.add("idempotency-key-reused")
    if "cursor" in case.query:
        rules.add("invalid-cursor")
    return rules
