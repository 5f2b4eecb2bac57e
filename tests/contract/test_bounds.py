"""Sizes are bounded: of pages, of bodies, and of personal data in the log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

import pytest

from generated.policies import OPERATIONS as GENERATED
from tests.contract.contract_operations import (
    OPERATIONS,
    bodies,
    is_open,
    name_of,
    parameters,
    resolve,
    responses,
    success_of,
)
from tests.contract.scenario import Stage
from tests.contract.success import Prepared, Successes
from tests.harness.closed_schemas import Json
from tests.harness.contract import Operation

_LISTS = [operation for operation in OPERATIONS if "limit" in parameters(operation, "query")]
# Shorter ones are found in any text.
_TELLING = 6


@pytest.mark.parametrize("operation", _LISTS, ids=name_of)
async def test_a_page_has_at_most_a_hundred_items(stage: Stage, prepared: Prepared, operation: Operation) -> None:
    assert resolve(parameters(operation, "query")["limit"]["schema"])["maximum"] == 100
    call = await prepared.of(operation)
    for limit in ("0", "101", "-1", "999999999999999999999"):
        answer = await replace(call, query={**call.query, "limit": limit}).send(stage.client)
        assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("operation", [found for found in OPERATIONS if bodies(found)], ids=name_of)
async def test_a_body_has_at_most_its_size(stage: Stage, prepared: Prepared, operation: Operation) -> None:
    call = await prepared.of(operation)
    media_type = call.media_type or ""
    headers = {**(call.by.headers if call.by else {}), **call.headers, "Content-Type": media_type}
    largest = next(found.max_body for found in GENERATED if found.id == operation.id)
    answer = await stage.client.request(operation.method, call.path, headers=headers, content=b"x" * (largest + 1))
    if 413 in responses(operation):
        assert answer.status_code == 413, answer.text
    else:
        # RFC 6749, section 5.2, knows 400 for whatever is wrong with a request.
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), answer.text
        assert is_open(operation), "only what OAuth describes may refuse in its words"


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
async def test_the_log_holds_nothing_that_is_marked_as_personal(successes: Successes, operation: Operation) -> None:
    success = await successes.of(operation)
    call, answer, written = success.call, success.answer, success.log
    assert answer.status_code in success_of(operation), answer.text
    private = set(_personal_of_request(operation, call.media_type, call.body))
    private |= set(_personal_of_response(operation, answer.status_code, answer.content))
    private |= {call.by.access_token, call.by.email, call.by.password} if call.by else set()
    assert operation.id in written, "the request has left no line"
    for word in private:
        assert json.dumps(word)[1:-1] not in written


def _personal_of_request(operation: Operation, media_type: str | None, body: Mapping[str, object]) -> Iterator[str]:
    if media_type is not None:
        yield from _personal(bodies(operation)[media_type]["schema"], cast("Json", body), marked=False)


def _personal_of_response(operation: Operation, status: int, content: bytes) -> Iterator[str]:
    described = cast("Mapping[str, Json]", responses(operation)[status].get("content", {}))
    if "application/json" in described:
        schema = cast("Mapping[str, Json]", described["application/json"])["schema"]
        yield from _personal(schema, json.loads(content), marked=False)


def _personal(schema: Json, value: Json, *, marked: bool) -> Iterator[str]:
    """Walk a value beside its schema, and give the texts below whatever is marked."""
    if isinstance(schema, Mapping):
        marked = marked or schema.get("x-pii") is True
        node = resolve(schema)
        marked = marked or node.get("x-pii") is True
        for part in ("anyOf", "oneOf", "allOf"):
            for choice in cast("list[Json]", node.get(part, [])):
                yield from _personal(choice, value, marked=marked)
        if isinstance(value, Mapping):
            properties = cast("Mapping[str, Json]", node.get("properties", {}))
            for name, member in value.items():
                if name in properties:
                    yield from _personal(properties[name], member, marked=marked)
        if isinstance(value, list) and "items" in node:
            for item in value:
                yield from _personal(node["items"], item, marked=marked)
    if marked and isinstance(value, str) and len(value) >= _TELLING:
        yield value
