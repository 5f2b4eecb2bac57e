"""The harness fails on a response that the contract does not list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

import pytest
import yaml

from tests.harness.closed_schemas import Json
from tests.harness.contract import Contract, ContractBreach, Response

_DOCUMENT = """
openapi: 3.1.0
servers: [{url: /api/v1}]
paths:
  /things/{thing_id}:
    get:
      operationId: getThing
      responses:
        '200':
          headers:
            ETag: {required: true, schema: {type: string, pattern: '^"'}}
            Age: {schema: {type: integer, minimum: 0}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
        '304': {description: Not modified}
        '404': {content: {application/problem+json: {schema: {$ref: '#/components/schemas/NotFoundProblem'}}}}
  /things/newest:
    get:
      operationId: getNewestThing
      responses: {'204': {description: Nothing}}
components:
  schemas:
    Thing:
      type: object
      required: [id, made_at, parts, note]
      properties:
        id: {type: string, format: uuid}
        made_at: {type: string, format: date-time}
        note: {type: [string, 'null']}
        parts: {type: array, items: {$ref: '#/components/schemas/Part'}}
        owner: {oneOf: [{$ref: '#/components/schemas/Part'}, {type: 'null'}]}
        labels: {type: object, additionalProperties: {type: string}}
    Part:
      type: object
      required: [name]
      properties: {name: {type: string}}
    Problem:
      type: object
      required: [type, status]
      properties: {type: {type: string}, status: {type: integer}}
    NotFoundProblem:
      allOf:
        - $ref: '#/components/schemas/Problem'
        - properties: {status: {const: 404}, extra: {type: string}}
"""
_THING: dict[str, object] = {
    "id": "0190a7c4-7c3e-7d3b-9d6e-0c9a5b0f3a11",
    "made_at": "2026-01-31T10:00:00Z",
    "note": None,
    "parts": [{"name": "door"}],
    "owner": {"name": "Ann"},
    "labels": {"any": "word"},
}
_HEADERS = {"request-id": "1", "cache-control": "no-store", "etag": '"1"', "content-type": "application/json"}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract(cast("Mapping[str, Json]", yaml.safe_load(_DOCUMENT)))


def _response(
    body: object = None,
    *,
    status: int = 200,
    path: str = "/api/v1/things/1",
    method: str = "GET",
    **headers: str | None,
) -> Response:
    given = {**_HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    kept = {name: value for name, value in given.items() if value is not None}
    return Response(method, path, status, kept, b"" if body is None else json.dumps(body).encode())


def test_what_the_contract_lists_passes(contract: Contract) -> None:
    contract.check(_response(_THING, age="3"))
    contract.check(_response(status=304))
    contract.check(_response(method="HEAD"))
    contract.check(_response(path="/api/v1/things/newest", status=204))
    contract.check(
        _response({"type": "x", "status": 404, "extra": "y"}, status=404, content_type="application/problem+json")
    )
    contract.check(
        _response({"type": "x", "status": 404}, path="/nowhere", status=404, content_type="application/problem+json")
    )


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (_response(_THING, status=201), "does not list 201"),
        (_response(_THING, content_type="text/html"), "media type"),
        (_response(_THING, etag=None), "ETag is missing"),
        (_response(_THING, etag="1"), "1"),
        (_response(_THING, age="-1"), "-1"),
        (_response(_THING, request_id=None), "Request-Id is missing"),
        (_response({**_THING, "secret": 1}), "secret"),
        (_response({**_THING, "parts": [{"name": "door", "secret": 1}]}), "secret"),
        (_response({**_THING, "owner": {"name": "Ann", "secret": 1}}), "owner"),
        (_response({**_THING, "labels": {"any": 1}}), "labels"),
        (_response({**_THING, "id": "17"}), "uuid"),
        (_response({**_THING, "made_at": "2026-01-31 10:00"}), "date-time"),
        (_response({name: value for name, value in _THING.items() if name != "note"}), "note"),
        (_response(_THING, status=304), "no body|may be none"),
        (_response(_THING, method="HEAD"), "may be none"),
        (
            _response({"type": "x", "status": 404, "secret": 1}, status=404, content_type="application/problem+json"),
            "secret",
        ),
        (_response({"id": 1}, path="/nowhere", status=404, content_type="application/problem+json"), "type"),
        (_response({}, path="/api/v1/nowhere"), "no such operation"),
    ],
)
def test_anything_else_is_a_breach(contract: Contract, response: Response, why: str) -> None:
    with pytest.raises(ContractBreach, match=why):
        contract.check(response)
