"""Every example of the contract is sent, or compared with the schema that it illustrates."""

from __future__ import annotations

import json
from typing import cast

import pytest

from tests.contract.contract_operations import (
    CONTRACT,
    OPERATIONS,
    Node,
    RequestExample,
    ResponseExample,
    example_body,
    name_of,
    parameters,
    request_examples,
    resolve,
    response_examples,
    responses,
    success_of,
)
from tests.contract.scenario import Stage
from tests.contract.success import Successes
from tests.contract.successes import prepare
from tests.harness.contract import ContractBreach, Operation, Response


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
async def test_the_operation_succeeds(successes: Successes, operation: Operation) -> None:
    answer = (await successes.of(operation)).answer
    assert answer.status_code in success_of(operation), answer.text


# The first example of each operation is what `test_the_operation_succeeds` sends.
_OTHERS = [one for one in request_examples() if (one.media_type, one.value) != example_body(one.operation)]


@pytest.mark.parametrize("example", _OTHERS, ids=str)
async def test_the_example_of_a_request_is_accepted(stage: Stage, example: RequestExample) -> None:
    call = await prepare(stage, example.operation, example.media_type, example.value)
    answer = await call.send(stage.client)
    assert answer.status_code in success_of(example.operation), answer.text


def test_the_examples_of_responses_are_some() -> None:
    """Check all of them: there are three thousand, and to name each takes pytest longer than to check it."""
    faults = [fault for example in response_examples(OPERATIONS) if (fault := _fault_of(example)) is not None]
    assert faults == []


def _sent(example: ResponseExample) -> bytes:
    """Return the body as it is sent: texts as they are."""
    if example.media_type == "text/csv":
        return str(example.value).encode()
    return json.dumps(example.value).encode()


def _fault_of(example: ResponseExample) -> str | None:
    described = cast("Node", responses(example.operation)[example.status].get("headers", {}))
    headers = {name.lower(): str(resolve(header)["example"]) for name, header in described.items()}
    ids = {name: str(parameter["example"]) for name, parameter in parameters(example.operation, "path").items()}
    received = Response(
        method=example.operation.method,
        path=CONTRACT.prefix + example.operation.path.format(**ids),
        status=example.status,
        headers={**headers, "content-type": example.media_type},
        body=_sent(example),
    )
    try:
        CONTRACT.check(received)
    except ContractBreach as breach:
        return f"{example}: {breach}"
    return None
