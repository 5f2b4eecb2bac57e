"""Successful request of each operation: one entry for each, made from the contract's own examples.

An entry takes an example of the request, prepares the account, token or resource to which the example refers, and
returns sender, ids and body. Everything that these tests generate starts here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.contract import oauth_successes
from tests.contract.contract_operations import bodies, example_body
from tests.contract.requests import Body, Call, Ready
from tests.contract.scenario import PASSWORD, Person, Stage
from tests.harness.contract import Operation

# What staff edit is changed by those only who say which version they have seen; "any" will do here.
ANY_VERSION = {"If-Match": "*"}

type Entry = Callable[[Stage, Body], Awaitable[Ready]]

SUCCESSES: dict[str, Entry] = {**oauth_successes.ENTRIES}


async def prepare(stage: Stage, operation: Operation, media_type: str | None = None, example: object = None) -> Call:
    """Prepare a request that succeeds: from the example given, else from the operation's first."""
    if media_type is None and bodies(operation):
        media_type, example = example_body(operation)
    assert example is None or isinstance(example, dict)
    ready = await SUCCESSES[operation.id](stage, example or {})
    return Call(operation, ready.by, ready.ids, media_type, ready.body, ready.query, ready.headers)


def _succeeds(*operations: str) -> Callable[[Entry], Entry]:
    def register(entry: Entry) -> Entry:
        for operation in operations:
            assert operation not in SUCCESSES, f"{operation} has two entries"
            SUCCESSES[operation] = entry
        return entry

    return register


# --------------------------------------------------------------------------------------------------------- registration


@_succeeds("register")
async def _newcomer(stage: Stage, example: Body) -> Ready:
    body = {**example, "email": stage.own(example["email"])}
    if "username" in example:
        body["username"] = stage.own(example["username"])
    return Ready(body=body)


@_succeeds("verifyEmail")
async def _mailed_link(stage: Stage, example: Body) -> Ready:
    person = await stage.person(email="helen.newcomer@example.com", password=example["password"], verified=False)
    body = {**example, "token": await stage.mailed_token(person.email, after=0)}
    if "username" in example:
        body["username"] = stage.own(example["username"])
    return Ready(body=body)


@_succeeds("resendVerification")
async def _waiting_for_a_mail(stage: Stage, example: Body) -> Ready:
    person = await stage.person(email=example["email"], verified=False)
    return Ready(body={**example, "email": person.email})


# ------------------------------------------------------------------------------------------------------------- sessions


@_succeeds("login")
async def _credentials(stage: Stage, example: Body) -> Ready:
    name = "login" if "login" in example else "username"
    login: str = example[name]
    if "@" in login:
        person = await stage.person(email=login, password=example["password"])
        return Ready(body={**example, name: person.email})
    person = await stage.person(username=login, password=example["password"])
    return Ready(body={**example, name: person.username})


@_succeeds("refreshSession")
async def _refresh_token(stage: Stage, example: Body) -> Ready:
    person = await stage.person()
    return Ready(body={**example, "refresh_token": person.refresh_token})


@_succeeds("logout")
async def _session_to_end(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.person())


@_succeeds(
    "getCurrentSession", "getAccount", "getMfa", "listIdentities", "listOwnActivity", "listProperties", "exportOwnData"
)
async def _homeowner(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("HOMEOWNER"))


# ------------------------------------------------------------------------------------------------------------ passwords


@_succeeds("requestPasswordReset")
async def _forgetful(stage: Stage, example: Body) -> Ready:
    person = await stage.person(email=example["email"])
    return Ready(body={**example, "email": person.email})


@_succeeds("confirmPasswordReset")
async def _reset_link(stage: Stage, example: Body) -> Ready:
    person = await stage.person()
    before = stage.mails(person.email)
    await stage.client.post("/auth/reset-password", json={"email": person.email})
    return Ready(body={**example, "token": await stage.mailed_token(person.email, after=before)})


@_succeeds("changePassword")
async def _tired_of_a_password(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.person(password=example["current_password"]), body=example)


# ------------------------------------------------------------------------------------------------------------------ mfa


def _with_second_factor(person: Person, example: Body) -> Body:
    """Put what the person has into the example's proof."""
    assert person.authenticator is not None
    if example["proof"]["method"] == "TOTP":
        return {**example, "proof": {**example["proof"], "code": person.authenticator.code()}}
    return {**example, "proof": {**example["proof"], "recovery_code": person.recovery_codes[0]}}


@_succeeds("completeLogin")
async def _half_signed_in(stage: Stage, example: Body) -> Ready:
    person = await stage.enrolled()
    return Ready(body={**_with_second_factor(person, example), "mfa_token": await stage.half_signed_in(person)})


@_succeeds("startTotpEnrolment")
async def _without_second_factor(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.person())


@_succeeds("confirmTotpEnrolment")
async def _with_started_enrolment(stage: Stage, _: Body) -> Ready:
    person = await stage.person()
    return Ready(by=person, body={"code": (await stage.start_enrolment(person)).code()})


@_succeeds("disableTotp", "renewRecoveryCodes")
async def _enrolled(stage: Stage, example: Body) -> Ready:
    person = await stage.enrolled()
    return Ready(by=person, body=_with_second_factor(person, example))


@_succeeds("resetUserMfa")
async def _without_telephone(stage: Stage, _: Body) -> Ready:
    person = await stage.enrolled()
    return Ready(by=await stage.shared("STAFF_ADMIN"), ids={"user_id": await stage.id_of(person)})


# -------------------------------------------------------------------------------------------------------------- account


@_succeeds("replaceAccount", "updateAccount")
async def _own_account(stage: Stage, example: Body) -> Ready:
    body = dict(example)
    if example.get("username"):
        body["username"] = stage.own(example["username"])
    return Ready(by=await stage.person(), body=body)


# -------------------------------------------------------------------------------------------------------------- closure


@_succeeds("closeAccount")
async def _leaving(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.person(password=example["current_password"]), body=example)


@_succeeds("restoreAccount")
async def _restore_link(stage: Stage, example: Body) -> Ready:
    person = await stage.person()
    return Ready(body={**example, "token": await stage.closed(person)})


# --------------------------------------------------------------------------------------------------------- email-change


@_succeeds("requestEmailChange")
async def _moving(stage: Stage, example: Body) -> Ready:
    person = await stage.person(password=example["current_password"])
    return Ready(by=person, body={**example, "new_email": stage.own(example["new_email"])})


@_succeeds("confirmEmailChange")
async def _moved(stage: Stage, example: Body) -> Ready:
    proof = dict(example["proof"])
    person = await stage.person(password=proof.get("password", PASSWORD))
    if proof["method"] == "SESSION":
        proof["access_token"] = person.access_token
    return Ready(body={"token": await stage.token_to_move(person), "proof": proof})


# --------------------------------------------------------------------------------------------------------- own-sessions


@_succeeds("listOwnSessions", "logoutEverywhere")
async def _signed_in_twice(stage: Stage, _: Body) -> Ready:
    person = await stage.person()
    await stage.sign_in(person)
    return Ready(by=person)


@_succeeds("endOwnSession")
async def _other_device(stage: Stage, _: Body) -> Ready:
    person = await stage.person()
    return Ready(by=person, ids={"session_id": await stage.other_session_of(person)})


# ------------------------------------------------------------------------------------------------------------- accounts


@_succeeds("listUsers")
async def _staff(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("STAFF_ADMIN"))


@_succeeds("createUser")
async def _invited(stage: Stage, example: Body) -> Ready:
    own: Body = {name: stage.own(example[name]) for name in ("email", "username") if name in example}
    return Ready(by=await stage.shared("STAFF_ADMIN"), body={**example, **own})


@_succeeds("getUser", "unlockUser", "requestUserPasswordReset", "suspendUser", "listUserSessions", "endUserSessions")
async def _somebody_else(stage: Stage, example: Body) -> Ready:
    ids = {"user_id": await stage.id_of(await stage.person())}
    return Ready(by=await stage.shared("STAFF_ADMIN"), ids=ids, body=example)


@_succeeds("replaceUser")
async def _misspelt(stage: Stage, example: Body) -> Ready:
    person = await stage.person()
    own = {"email": person.email, "username": stage.own(example["username"])}
    ids = {"user_id": await stage.id_of(person)}
    return Ready(by=await stage.shared("STAFF_ADMIN"), ids=ids, body={**example, **own}, headers=ANY_VERSION)


@_succeeds("deleteUser")
async def _shown_out(stage: Stage, _: Body) -> Ready:
    ids = {"user_id": await stage.id_of(await stage.person())}
    return Ready(by=await stage.shared("STAFF_ADMIN"), ids=ids, headers=ANY_VERSION)


@_succeeds("reactivateUser")
async def _suspended(stage: Stage, _: Body) -> Ready:
    admin = await stage.shared("STAFF_ADMIN")
    return Ready(by=admin, ids={"user_id": await stage.suspended_by(admin)})


@_succeeds("endUserSession")
async def _somebodys_session(stage: Stage, _: Body) -> Ready:
    person = await stage.person()
    ids = {"user_id": await stage.id_of(person), "session_id": await stage.session_of(person)}
    return Ready(by=await stage.shared("STAFF_ADMIN"), ids=ids)


# ---------------------------------------------------------------------------------------------------------------- roles


@_succeeds("listPermissions", "listRoles")
async def _administrator(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("STAFF_ADMIN"))


@_succeeds("createRole")
async def _new_role(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.shared("STAFF_ADMIN"), body={**example, "name": stage.own_role(example["name"])})


@_succeeds("getRole", "replaceRole", "deleteRole")
async def _defined_role(stage: Stage, example: Body) -> Ready:
    admin = await stage.shared("STAFF_ADMIN")
    return Ready(by=admin, ids={"role_id": await stage.role_by(admin)}, body=example, headers=ANY_VERSION)


@_succeeds("getUserRoles", "replaceUserRoles")
async def _somebodys_roles(stage: Stage, example: Body) -> Ready:
    person = await stage.person()
    ids = {"user_id": await stage.id_of(person)}
    return Ready(by=await stage.shared("STAFF_ADMIN"), ids=ids, body=example, headers=ANY_VERSION)


# ----------------------------------------------------------------------------------------------------------- properties


@_succeeds("createProperty")
async def _new_property(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.shared("HOMEOWNER"), body=example)


@_succeeds("getProperty", "replaceProperty", "updateProperty", "deleteProperty")
async def _own_property(stage: Stage, example: Body) -> Ready:
    owner = await stage.shared("HOMEOWNER")
    return Ready(by=owner, ids={"property_id": await stage.property_of(owner)}, body=example)


# ----------------------------------------------------------------------------------------------------- provider-profile


@_succeeds("getProviderProfile")
async def _profile(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.business())


@_succeeds("replaceProviderProfile")
async def _new_business(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.person("SERVICE_PROVIDER"), body=example)


@_succeeds("submitProviderProfile")
async def _complete_profile(stage: Stage, _: Body) -> Ready:
    provider = await stage.person("SERVICE_PROVIDER")
    await stage.profile_of(provider)
    return Ready(by=provider)


# ---------------------------------------------------------------------------------------------------- provider-services


@_succeeds("listProviderServices")
async def _business(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.business())


@_succeeds("createService")
async def _new_service(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.business(), body={**example, "category_id": await stage.category()})


@_succeeds("getProviderService", "updateService", "deleteService", "submitService")
async def _draft(stage: Stage, example: Body) -> Ready:
    provider = await stage.business()
    return Ready(by=provider, ids={"service_id": await stage.service_of(provider)}, body=example)


@_succeeds("replaceService")
async def _rewritten_draft(stage: Stage, example: Body) -> Ready:
    ready = await _draft(stage, example)
    return Ready(by=ready.by, ids=ready.ids, body={**example, "category_id": await stage.category()})


@_succeeds("pauseService")
async def _published(stage: Stage, _: Body) -> Ready:
    provider = await stage.business()
    return Ready(by=provider, ids={"service_id": await stage.service_of(provider, "submit")})


@_succeeds("resumeService")
async def _paused(stage: Stage, _: Body) -> Ready:
    provider = await stage.business()
    return Ready(by=provider, ids={"service_id": await stage.service_of(provider, "submit", "pause")})


# ---------------------------------------------------------------------------------------------------------------- audit


@_succeeds("listAuditEvents")
async def _trail_of_somebody(stage: Stage, _: Body) -> Ready:
    # Of one person: the trail as a whole grows with each reading of it.
    query = {"subject_id": await stage.id_of(await stage.person())}
    return Ready(by=await stage.shared("STAFF_ADMIN"), query=query)


@_succeeds("getAuditEvent")
async def _event(stage: Stage, _: Body) -> Ready:
    admin = await stage.shared("STAFF_ADMIN")
    return Ready(by=admin, ids={"event_id": await stage.event_by(admin)})


# ------------------------------------------------------------------------------------------------- catalogue and health


@_succeeds("getService")
async def _published_for_all(stage: Stage, _: Body) -> Ready:
    ready = await _published(stage, {})
    return Ready(ids=ready.ids)


@_succeeds("listIdentityProviders", "listCategories", "searchServices", "getHealth", "getLiveness", "getReadiness")
async def _nothing(_stage: Stage, _: Body) -> Ready:
    return Ready()
