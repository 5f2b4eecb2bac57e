"""Requests are closed: members that the contract does not name are refused, not ignored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.contract.contract_operations import FORM, OPERATIONS, PROBLEMS, bodies, errors_of, is_open, name_of
from tests.contract.scenario import Stage
from tests.contract.successes import prepare
from tests.harness.contract import Operation

_PRIVILEGED = ("unexpected", "id", "owner_id", "user_id", "state", "version", "email_verified", "permissions")
_JSON_BODIES = [
    pytest.param(operation, media_type, id=f"{operation.id}-{media_type.rpartition('/')[2]}")
    for operation in OPERATIONS
    for media_type in bodies(operation)
    if media_type != FORM
]


@pytest.mark.parametrize(("operation", "media_type"), _JSON_BODIES)
async def test_an_unknown_field_is_422(stage: Stage, operation: Operation, media_type: str) -> None:
    call = await prepare(stage, operation)
    for name in (name for name in _PRIVILEGED if name not in call.body):
        answer = await replace(call, media_type=media_type, body={**call.body, name: "x"}).send(stage.client)
        assert (answer.status_code, answer.json()["type"]) == (422, f"{PROBLEMS}validation-failed"), answer.text
        pointers = [error["pointer"] for error in answer.json()["errors"]]
        assert pointers == [f"/{name}"], f"only the unknown field is wrong, not {pointers}"


@pytest.mark.parametrize(("operation", "media_type"), _JSON_BODIES)
async def test_an_unknown_field_is_422_however_deep(stage: Stage, operation: Operation, media_type: str) -> None:
    call = await prepare(stage, operation)
    for pointer, spoilt in _spoilt(call.body):
        answer = await replace(call, media_type=media_type, body=spoilt).send(stage.client)
        assert (answer.status_code, answer.json()["type"]) == (422, f"{PROBLEMS}validation-failed"), answer.text
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def _spoilt(value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """Walk copies of a body with one unknown field each, in one of its objects, and the pointer to that field."""
    if isinstance(value, dict):
        yield "/unexpected", {**value, "unexpected": 1}
        for name, inner in value.items():
            for pointer, spoilt in _spoilt(inner):
                yield f"/{name}{pointer}", {**value, name: spoilt}
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            for pointer, spoilt in _spoilt(inner):
                yield f"/{index}{pointer}", [*value[:index], spoilt, *value[index + 1 :]]


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
async def test_an_unknown_query_parameter_is_422(stage: Stage, operation: Operation) -> None:
    call = await prepare(stage, operation)
    answer = await replace(call, query={**call.query, "unexpected": "1"}).send(stage.client)
    if is_open(operation):
        assert answer.status_code != 422, answer.text
        return
    assert (answer.status_code, answer.json()["type"]) == (422, f"{PROBLEMS}validation-failed"), answer.text
    assert [error["parameter"] for error in answer.json()["errors"]] == ["unexpected"]


@pytest.mark.parametrize("operation", [found for found in OPERATIONS if bodies(found)], ids=name_of)
async def test_another_media_type_is_415(stage: Stage, operation: Operation) -> None:
    call = await prepare(stage, operation)
    for media_type in ("text/plain", "application/xml", "nonsense"):
        answer = await replace(call, media_type=media_type).send(stage.client)
        if errors_of(operation) == "oauth":
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), answer.text
            continue
        assert (answer.status_code, answer.json()["type"]) == (415, f"{PROBLEMS}unsupported-media-type"), answer.text


async def test_the_form_ignores_what_it_does_not_know(stage: Stage) -> None:
    login = next(operation for operation in OPERATIONS if operation.id == "login")
    form = await prepare(stage, login, FORM, {"username": "frank@example.com", "password": "Lantern-Orchard-93"})
    answer = await replace(form, body={**form.body, "audience": "somebody"}).send(stage.client)
    assert answer.status_code == 200, answer.text
