"""Requests are closed: members that the contract does not name are refused, not ignored."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest

from tests.contract.contract_operations import FORM, OPERATIONS, PROBLEMS, bodies, errors_of, is_open, name_of
from tests.contract.scenario import Stage
from tests.contract.success import Prepared
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
async def test_an_unknown_field_is_422_however_deep(
    stage: Stage, prepared: Prepared, operation: Operation, media_type: str
) -> None:
    call = await prepared.of(operation)
    unknown = [name for name in _PRIVILEGED if name not in call.body]
    body = {**call.body, **dict.fromkeys(unknown, "x")}
    answer = await replace(call, media_type=media_type, body=body).send(stage.client)
    assert (answer.status_code, answer.json()["type"]) == (422, f"{PROBLEMS}validation-failed"), answer.text
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert sorted(pointers) == sorted(f"/{name}" for name in unknown), "only the unknown fields are wrong"

    body, pointers = _spoilt(call.body)
    answer = await replace(call, media_type=media_type, body=body).send(stage.client)
    assert (answer.status_code, answer.json()["type"]) == (422, f"{PROBLEMS}validation-failed"), answer.text
    assert sorted(error["pointer"] for error in answer.json()["errors"]) == sorted(pointers)


def _spoilt(value: Any, pointer: str = "") -> tuple[Any, list[str]]:  # noqa: ANN401 - JSON
    """Copy a body with an unknown field in each of its objects, and return the pointers to these fields too."""
    if isinstance(value, dict):
        inner = {name: _spoilt(member, f"{pointer}/{name}") for name, member in value.items()}
        found = [one for _, pointers in inner.values() for one in pointers]
        return {**{name: copied for name, (copied, _) in inner.items()}, "unexpected": 1}, [
            *found,
            f"{pointer}/unexpected",
        ]
    if isinstance(value, list):
        items = [_spoilt(item, f"{pointer}/{index}") for index, item in enumerate(value)]
        return [copied for copied, _ in items], [one for _, pointers in items for one in pointers]
    return value, []


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
async def test_an_unknown_query_parameter_is_422(stage: Stage, prepared: Prepared, operation: Operation) -> None:
    # Where it is let through, the request succeeds.
    call = await (prepare(stage, operation) if is_open(operation) else prepared.of(operation))
    answer = await replace(call, query={**call.query, "unexpected": "1"}).send(stage.client)
    if is_open(operation):
        assert answer.status_code != 422, answer.text
        return
    assert (answer.status_code, answer.json()["type"]) == (422, f"{PROBLEMS}validation-failed"), answer.text
    assert [error["parameter"] for error in answer.json()["errors"]] == ["unexpected"]


@pytest.mark.parametrize(
    ("operation", "media_type"),
    [
        pytest.param(found, media_type, id=found.id)
        # Each operation refuses one of them: what is read before a handler is called is the same for all.
        for found, media_type in zip(
            (found for found in OPERATIONS if bodies(found)),
            cycle(("text/plain", "application/xml", "nonsense")),
            strict=False,
        )
    ],
)
async def test_another_media_type_is_415(
    stage: Stage, prepared: Prepared, operation: Operation, media_type: str
) -> None:
    call = await prepared.of(operation)
    answer = await replace(call, media_type=media_type).send(stage.client)
    if errors_of(operation) == "oauth":
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), answer.text
    else:
        assert (answer.status_code, answer.json()["type"]) == (415, f"{PROBLEMS}unsupported-media-type"), answer.text


async def test_the_form_ignores_what_it_does_not_know(stage: Stage) -> None:
    login = next(operation for operation in OPERATIONS if operation.id == "login")
    form = await prepare(stage, login, FORM, {"username": "frank@example.com", "password": "Lantern-Orchard-93"})
    answer = await replace(form, body={**form.body, "audience": "somebody"}).send(stage.client)
    assert answer.status_code == 200, answer.text
