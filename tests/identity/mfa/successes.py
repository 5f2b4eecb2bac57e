"""Successful requests of the operations of second factors."""

from __future__ import annotations

from tests.contract.entries import Entries, as_homeowner, as_somebody_new
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage
from tests.harness.authenticator import Authenticator


async def start_enrolment(stage: Stage, person: Person) -> Authenticator:
    """Let the person's authenticator app have a secret, which is not confirmed yet."""
    started = (await stage.expect(200, "POST", "/users/me/mfa/totp", by=person)).json()
    return Authenticator(started["secret"], stage.service.clock)


async def enrolled(stage: Stage) -> Person:
    """Return somebody who has a second factor, signed in a moment ago."""
    person = await stage.person()
    person.authenticator = await start_enrolment(stage, person)
    body = {"code": person.authenticator.code()}
    codes = await stage.expect(200, "POST", "/users/me/mfa/totp/confirm", by=person, json=body)
    person.recovery_codes = codes.json()["recovery_codes"]
    return person


async def _mfa_token(stage: Stage, person: Person) -> str:
    body = {"login": person.email, "password": person.password}
    return str((await stage.expect(403, "POST", "/auth/login", json=body)).json()["mfa_token"])


def _with_second_factor(person: Person, example: Body) -> Body:
    """Put what the person has into the example's proof."""
    assert person.authenticator is not None
    if example["proof"]["method"] == "TOTP":
        return {**example, "proof": {**example["proof"], "code": person.authenticator.code()}}
    return {**example, "proof": {**example["proof"], "recovery_code": person.recovery_codes[0]}}


async def _half_signed_in(stage: Stage, example: Body) -> Ready:
    person = await enrolled(stage)
    return Ready(body={**_with_second_factor(person, example), "mfa_token": await _mfa_token(stage, person)})


async def _with_started_enrolment(stage: Stage, _: Body) -> Ready:
    person = await stage.person()
    return Ready(by=person, body={"code": (await start_enrolment(stage, person)).code()})


async def _enrolled(stage: Stage, example: Body) -> Ready:
    person = await enrolled(stage)
    return Ready(by=person, body=_with_second_factor(person, example))


async def _without_telephone(stage: Stage, _: Body) -> Ready:
    person = await enrolled(stage)
    return Ready(by=await stage.shared("STAFF_ADMIN"), ids={"user_id": await stage.id_of(person)})


SUCCESSES: Entries = {
    "completeLogin": _half_signed_in,
    "getMfa": as_homeowner,
    "startTotpEnrolment": as_somebody_new,
    "confirmTotpEnrolment": _with_started_enrolment,
    "disableTotp": _enrolled,
    "renewRecoveryCodes": _enrolled,
    "resetUserMfa": _without_telephone,
}

CHANGES_NO_ETAG = {
    "startTotpEnrolment",
    "confirmTotpEnrolment",
    "disableTotp",
    "renewRecoveryCodes",
    "resetUserMfa",
}
