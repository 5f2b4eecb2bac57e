"""Each rule of the guard, independent of the contract's operations."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from impl.edge.guard import limit_key, refusal_of
from impl.kernel.caller import Caller
from openapi.runtime.wire import Operation, RateLimitPolicy
from tests.kernel.conftest import caller_with

_NEEDED = ("one:read", "two:write", "three:write")
_BY_CALLER = RateLimitPolicy(name="write", quota=1, window=1, partition="caller")
_OPERATION = Operation(
    id="changeAll",
    method="POST",
    path="/api/v1/all",
    tag="all",
    rate_limit=_BY_CALLER,
    statuses=frozenset({204}),
    permissions=_NEEDED,
)
_CALLER = replace(caller_with(None), permissions=frozenset(_NEEDED))


def _slug(caller: Caller, operation: Operation = _OPERATION) -> str | None:
    refusal = refusal_of(caller, operation)
    return None if refusal is None else refusal.slug


def test_whoever_has_all_permissions_may() -> None:
    assert _slug(_CALLER) is None
    assert _slug(replace(_CALLER, permissions=frozenset({*_NEEDED, "four:read"}))) is None


@pytest.mark.parametrize("lacking", _NEEDED)
def test_each_of_the_permissions_is_needed(lacking: str) -> None:
    assert _slug(replace(_CALLER, permissions=frozenset(_NEEDED) - {lacking})) == "forbidden"


@pytest.mark.parametrize("only", _NEEDED)
def test_one_of_the_permissions_is_not_enough(only: str) -> None:
    assert _slug(replace(_CALLER, permissions=frozenset({only}))) == "forbidden"


def test_an_operation_without_permissions_is_for_everyone_who_is_signed_in() -> None:
    nobody = replace(_CALLER, permissions=frozenset(), roles=frozenset(), mfa_required=True)
    assert _slug(nobody, replace(_OPERATION, permissions=())) is None


def test_a_required_second_factor_comes_before_the_permissions() -> None:
    assert _slug(replace(_CALLER, mfa_required=True)) == "mfa-enrolment-required"
    assert _slug(replace(_CALLER, mfa_required=True, permissions=frozenset())) == "mfa-enrolment-required"
    assert _slug(replace(_CALLER, mfa_required=True, mfa_enrolled=True)) is None
    assert _slug(replace(_CALLER, mfa_enrolled=True, permissions=frozenset())) == "forbidden"


def test_a_limit_is_counted_by_what_its_policy_names() -> None:
    by_address = replace(_OPERATION, rate_limit=replace(_BY_CALLER, partition="address"))
    elsewhere, somebody = replace(_CALLER, address="198.51.100.9"), replace(_CALLER, user_id=UUID(int=3))
    assert limit_key(_OPERATION, _CALLER) == limit_key(_OPERATION, elsewhere)
    assert limit_key(_OPERATION, _CALLER) != limit_key(_OPERATION, somebody)
    assert limit_key(by_address, _CALLER) == limit_key(by_address, somebody)
    assert limit_key(by_address, _CALLER) != limit_key(by_address, elsewhere)
