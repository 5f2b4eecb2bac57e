"""Answers are JSON, but for files: a client that accepts no JSON is refused before anything is done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contract.contract_operations import (
    OPERATIONS,
    PROBLEMS,
    errors_of,
    is_public,
    name_of,
    responses,
    success_of,
)
from tests.contract.scenario import Stage
from tests.contract.success import PICTURES, Successes
from tests.contract.successes import prepare
from tests.harness.contract import Operation

_NEGOTIATED = [operation for operation in OPERATIONS if 406 in responses(operation)]
_OTHERS = [operation for operation in OPERATIONS if 406 not in responses(operation)]


def test_an_operation_negotiates_where_its_success_is_json() -> None:
    in_json = [
        operation
        for operation in OPERATIONS
        if errors_of(operation) == "problem"
        and any(
            "application/json" in str(responses(operation)[status].get("content")) for status in success_of(operation)
        )
    ]
    assert in_json == _NEGOTIATED
    assert len(_NEGOTIATED) > 50
    assert _OTHERS


@pytest.mark.parametrize("operation", _NEGOTIATED, ids=name_of)
async def test_who_takes_no_json_is_refused_and_nothing_is_done(
    stage: Stage, successes: Successes, operation: Operation
) -> None:
    success = await successes.of(operation)
    refused = success.refused
    assert refused is not None
    assert (refused.status_code, refused.json()["type"]) == (406, f"{PROBLEMS}not-acceptable"), refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert success.answer.status_code in success_of(operation), success.answer.text
    if is_public(operation):
        return
    stranger = await replace(success.call, by=None, headers=PICTURES).send(stage.client)
    told = stranger.status_code, stranger.json()["type"]
    assert told == (401, f"{PROBLEMS}unauthenticated"), f"a stranger hears first that they are one: {stranger.text}"


@pytest.mark.parametrize("operation", _OTHERS, ids=name_of)
async def test_without_an_answer_to_send_there_is_nothing_to_refuse(stage: Stage, operation: Operation) -> None:
    call = await prepare(stage, operation)
    answer = await replace(call, headers={**call.headers, **PICTURES}).send(stage.client)
    assert answer.status_code in success_of(operation), answer.text
