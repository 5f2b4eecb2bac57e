"""Real values for the fuzzer: second factors."""

from __future__ import annotations

from tests.fuzz import cases, codes
from tests.fuzz.cases import Case
from tests.fuzz.entries import Fill, Fuzzing, single_id
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.identity.mfa.successes import enrolled


async def _second_factor(seeds: Seeds) -> Item:
    person = await enrolled(seeds.stage)
    assert person.authenticator is not None
    return {
        "id": await seeds.stage.id_of(person),
        "login": person.email,
        "password": person.password,
        "secret": person.authenticator.secret,
        "recovery_code": person.recovery_codes[0],
        "other_recovery_code": person.recovery_codes[1],
    }


async def _unenrolled(seeds: Seeds) -> Item:
    person = await seeds.stage.person()
    return {"login": person.email, "password": person.password}


_SECOND_STEPS = Pool("second_steps", _second_factor, share=0.25)
_TO_DISABLE = Pool("second_factors_to_disable", _second_factor)
_TO_RENEW = Pool("recovery_codes_to_renew", _second_factor)
_TO_RESET = Pool("second_factors_to_reset", _second_factor, share=0.25)
_ENROLMENTS = Pool("enrolments_to_confirm", _unenrolled, share=0.25)


def _proof(case: Case, item: Item) -> dict[str, str]:
    """Return a proof of the kind that was generated; the code is of this very moment, or it would be too old."""
    given = case.body.get("proof") if isinstance(case.body, dict) else None
    if isinstance(given, dict) and given.get("method") == "RECOVERY_CODE":
        return {"method": "RECOVERY_CODE", "recovery_code": item["recovery_code"]}
    return {"method": "TOTP", "code": codes.next_code(item["secret"])}


def _second_step(case: Case, pools: Pools) -> None:
    item = pools.take(_SECOND_STEPS, cases.phase(case))
    if item is not None:
        token = codes.half_signed_in(cases.url(case), item["login"], item["password"])
        cases.merge(case, mfa_token=token, proof=_proof(case, item))


def _of_somebody(pool: Pool) -> Fill:
    """Send the request as somebody of the pool, with a proof of theirs."""

    def fill(case: Case, pools: Pools) -> None:
        item = pools.take(pool, cases.phase(case))
        if item is not None and "Authorization" in case.headers:
            person = item["login"], item["password"], item["other_recovery_code"]
            case.headers["Authorization"] = codes.signed_in(cases.url(case), *person)
            cases.merge(case, proof=_proof(case, item))

    return fill


def _enrolment(case: Case, pools: Pools) -> None:
    item = pools.take(_ENROLMENTS, cases.phase(case))
    if item is not None and "Authorization" in case.headers:
        started = codes.start_enrolment(cases.url(case), item["login"], item["password"])
        case.headers["Authorization"] = started.authorization
        cases.merge(case, code=codes.next_code(started.secret))


FUZZING = Fuzzing(
    pools=[_SECOND_STEPS, _TO_DISABLE, _TO_RENEW, _TO_RESET, _ENROLMENTS],
    fills={
        "completeLogin": [_second_step],
        "confirmTotpEnrolment": [_enrolment],
        "disableTotp": [_of_somebody(_TO_DISABLE)],
        "renewRecoveryCodes": [_of_somebody(_TO_RENEW)],
        "resetUserMfa": [single_id(_TO_RESET, "user_id")],
    },
    rules={
        "completeLogin": {"wrong-mfa-code"},
        "confirmTotpEnrolment": {"wrong-mfa-code"},
        "disableTotp": {"wrong-mfa-code"},
        "renewRecoveryCodes": {"wrong-mfa-code"},
    },
)
