"""Tokens, sessions and codes work until their lifetime is over, and never after it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.contract.contract_operations import request_examples
from tests.contract.requests import Call
from tests.contract.scenario import Stage
from tests.contract.successes import prepare
from tests.harness.clock import INSTANT

# Operation, how long what it takes lives, and how it is refused afterwards.
_LIFETIMES = [
    ("verifyEmail", timedelta(minutes=60), 422, "invalid-one-time-token"),
    ("confirmPasswordReset", timedelta(minutes=60), 422, "invalid-one-time-token"),
    ("confirmEmailChange", timedelta(minutes=60), 422, "invalid-one-time-token"),
    ("restoreAccount", timedelta(days=14), 422, "invalid-one-time-token"),
    ("completeLogin", timedelta(minutes=5), 401, "invalid-mfa-token"),
    ("refreshSession", timedelta(days=7), 401, "invalid-refresh-token"),
    ("exchangeToken", timedelta(seconds=60), 400, "invalid_grant"),
]
# These live for less than what is looked at: an authenticator's code and an access token.
_SHORTER = ("TOTP", "SESSION")


async def _prepared(stage: Stage, id_: str) -> Call:
    example = next(
        one
        for one in request_examples()
        if one.operation.id == id_ and not any(f'"{word}"' in json.dumps(one.value) for word in _SHORTER)
    )
    return await prepare(stage, example.operation, example.media_type, example.value)


@pytest.mark.parametrize(("id_", "lifetime", "status", "problem"), _LIFETIMES, ids=[one[0] for one in _LIFETIMES])
async def test_it_works_until_its_time_is_over_and_never_after(
    stage: Stage, id_: str, lifetime: timedelta, status: int, problem: str
) -> None:
    clock = stage.service.clock
    with clock.stopped():
        early, *late = [await _prepared(stage, id_) for _ in range(3)]
        clock.advance(lifetime - INSTANT)
        worked = await early.send(stage.client)
        assert worked.status_code < 300, worked.text
        for call in late:
            clock.advance(INSTANT)
            refused = await call.send(stage.client)
            told = refused.json()
            assert (refused.status_code, told.get("error") or told["type"].rpartition("/")[2]) == (status, problem), (
                told
            )
