"""The matrix of operations and roles is the contract's: permitted roles pass, and others learn why they do not."""

from __future__ import annotations

import httpx
import pytest

from tests.contract.actors import ACTORS, Actor, Company
from tests.contract.contract_operations import OPERATIONS, PROBLEMS, is_public, name_of, needs, parameters
from tests.harness.contract import Operation

_SPENDING = {"logout", "logoutEverywhere", "startTotpEnrolment"}
_NOBODYS = "01980000-0000-7000-8000-00000000dead"


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
async def test_the_answer_is_what_the_contract_says(company: Company, operation: Operation) -> None:
    for actor in ACTORS:
        answer = await _knock(company, operation, actor)
        refusal = _refusal_of(operation, actor)
        if refusal is None:
            assert answer.status_code not in {401, 403}, f"{actor} may {operation.id}, but: {answer.text}"
        else:
            given = answer.status_code, answer.json()["type"]
            assert given == (refusal[0], PROBLEMS + refusal[1]), f"{actor}: {answer.text}"


def _refusal_of(operation: Operation, actor: Actor) -> tuple[int, str] | None:
    """Read from the contract alone what the actor is told."""
    if is_public(operation):
        return None
    if actor.state is None:
        return 401, "unauthenticated"
    if actor.state == "SUSPENDED":
        return 403, "account-suspended"
    wanted = needs(operation)
    if not wanted:
        return None
    return None if wanted <= actor.permissions else (403, "forbidden")


async def _knock(company: Company, operation: Operation, actor: Actor) -> httpx.Response:
    """Send as little as the path needs: whether somebody may is decided before anything else is looked at.

    What would change the account or its session is sent without a body, which is refused later; what has none to
    leave out gets a person of its own.
    """
    ids = dict.fromkeys(parameters(operation, "path"), _NOBODYS)
    headers = await company.headers(actor, fresh=operation.id in _SPENDING)
    return await company.client.request(operation.method, operation.path.format(**ids), headers=headers)
