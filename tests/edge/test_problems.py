"""Members and headers of an error's document, independent of the contract's operations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from impl.edge.problems import document, is_expected, render
from impl.edge.request_context import RequestContext
from impl.kernel.errors import Forbidden, RateLimited
from openapi.runtime.wire import FieldError, Operation, RateLimitPolicy, Refusal, Reply

_TYPE = "https://api.hestami.ai/problems/"


def _context(*, path: str = "/api/v1/things", errors: str | None = None) -> RequestContext:
    context = RequestContext(
        path=path,
        prefix="",
        request_id="request-1",
        trace_id="0" * 32,
        address="192.0.2.7",
        user_agent="a browser",
        accept=None,
        secure=True,
    )
    if errors is not None:
        context.operation = Operation(
            id="changeAll",
            method="POST",
            path="/api/v1/all",
            tag="all",
            rate_limit=RateLimitPolicy(name="write", quota=1, window=1, partition="caller"),
            statuses=frozenset({204}),
            errors="oauth" if errors == "oauth" else "problem",
        )
    return context


def _read(reply: Reply) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(reply.body)
    return read


def test_a_problem_has_the_title_of_its_type_and_says_where_it_came_from() -> None:
    context = _context(path="/api/v1/a b")
    reply = document(context, status=404, slug="not-found", title="Another title")
    assert reply.status == 404
    assert reply.headers == {"content-type": "application/problem+json"}
    assert _read(reply) == {
        "type": f"{_TYPE}not-found",
        "title": "Not found",
        "status": 404,
        "detail": "Not found",
        "instance": "/api/v1/a%20b",
        "request_id": "request-1",
    }
    assert context.problem == "not-found"


def test_a_problem_that_the_contract_does_not_know_has_its_own_title() -> None:
    assert _read(document(_context(), status=400, slug="odd", title="Odd"))["title"] == "Odd"
    assert _read(document(_context(), status=400, slug="odd"))["title"] == "odd"


def test_what_repeats_a_clients_text_is_cut_to_the_bounds_of_the_contract() -> None:
    error = FieldError(detail="d" * 600, code="odd", pointer="/" + "p" * 1100, parameter="q" * 1100)
    reply = document(_context(path="/" + "x" * 400), status=400, slug="odd", detail="d" * 1100, errors=[error] * 101)
    told = _read(reply)
    assert len(told["detail"]) == 1000
    assert len(told["instance"]) == 340
    assert len(told["errors"]) == 100
    assert {name: len(value) for name, value in told["errors"][0].items()} == {
        "detail": 500,
        "code": 3,
        "pointer": 1000,
        "parameter": 1000,
    }


def test_a_problem_has_all_its_members_and_headers() -> None:
    reply = document(
        _context(), status=429, slug="rate-limited", headers={"Retry-After": "7"}, members={"hint": "later"}
    )
    assert reply.headers == {"content-type": "application/problem+json", "retry-after": "7"}
    assert _read(reply)["hint"] == "later"
    assert "errors" not in _read(reply)


@pytest.mark.parametrize(
    ("slug", "challenge"),
    [
        ("unauthenticated", 'Bearer realm="hestami"'),
        ("invalid-token", 'Bearer realm="hestami", error="invalid_token"'),
    ],
)
def test_a_401_names_the_authentication_scheme(slug: str, challenge: str) -> None:
    assert document(_context(), status=401, slug=slug).headers["www-authenticate"] == challenge
    given = document(_context(), status=401, slug=slug, headers={"WWW-Authenticate": "Basic"})
    assert given.headers["www-authenticate"] == "Basic"


def test_a_503_has_retry_after() -> None:
    assert document(_context(), status=503, slug="unavailable").headers["retry-after"] == "5"
    given = document(_context(), status=503, slug="unavailable", headers={"Retry-After": "60"})
    assert given.headers["retry-after"] == "60"


@pytest.mark.parametrize("status", [400, 402, 500, 504])
def test_another_status_has_neither(status: int) -> None:
    assert document(_context(), status=status, slug="odd").headers == {"content-type": "application/problem+json"}


@pytest.mark.parametrize(
    ("status", "answered"), [(400, 400), (401, 400), (403, 400), (422, 400), (429, 429), (500, 500), (503, 503)]
)
def test_a_client_of_oauth_meets_the_statuses_that_it_understands(status: int, answered: int) -> None:
    reply = document(_context(errors="oauth"), status=status, slug="odd")
    assert reply.status == answered
    assert (reply.headers["content-type"], reply.headers["pragma"]) == ("application/json", "no-cache")


def test_a_client_of_oauth_is_told_the_first_three_places_in_a_sentence() -> None:
    places = [
        FieldError(detail="is missing", code="required", pointer="/code"),
        FieldError(detail="is unknown", code="unknown", parameter="scope"),
        FieldError(detail="is too long", code="length", pointer="/a", parameter="b"),
        FieldError(detail="is never told", code="odd", pointer="/c"),
    ]
    reply = document(_context(errors="oauth"), status=422, slug="odd", detail='Say "what".', errors=places)
    assert _read(reply) == {
        "error": "invalid_request",
        "error_description": "Say 'what'. code is missing. scope is unknown. a is too long.",
    }
    nowhere = FieldError(detail="it is", code="odd")
    reply = document(_context(errors="oauth"), status=422, slug="not-found", errors=[nowhere])
    assert _read(reply)["error_description"] == "Not found  it is."


def test_an_operation_without_oauth_answers_with_a_problem() -> None:
    assert document(_context(errors="problem"), status=403, slug="forbidden").status == 403


def test_errors_are_answered_by_what_they_are() -> None:
    forbidden = render(Forbidden("No."), _context())
    assert (forbidden.status, _read(forbidden)["detail"]) == (403, "No.")
    refusal = render(Refusal(406, "not-acceptable", "JSON only."), _context())
    assert (refusal.status, _read(refusal)["type"]) == (406, f"{_TYPE}not-acceptable")
    limited = render(RateLimited("Later.", headers={"Retry-After": "9"}), _context())
    assert (limited.status, limited.headers["retry-after"]) == (429, "9")
    framework = render(HTTPException(405, headers={"Allow": "GET"}), _context())
    assert (framework.status, framework.headers["allow"]) == (405, "GET")
    for fault in (HTTPException(418), ValueError("a secret")):
        reply = render(fault, _context())
        assert (reply.status, _read(reply)["detail"]) == (500, "Something went wrong on our side.")


def test_each_status_of_the_framework_has_a_type() -> None:
    types = {
        status: str(_read(render(HTTPException(status), _context()))["type"]).removeprefix(_TYPE)
        for status in range(400, 600)
    }
    assert {status: slug for status, slug in types.items() if slug != "internal-error"} == {
        400: "malformed-request",
        401: "unauthenticated",
        403: "forbidden",
        404: "not-found",
        405: "method-not-allowed",
        406: "not-acceptable",
        413: "payload-too-large",
        415: "unsupported-media-type",
        422: "validation-failed",
        429: "rate-limited",
        503: "unavailable",
    }


def test_a_fault_is_no_answer() -> None:
    assert is_expected(Forbidden("No."))
    assert is_expected(Refusal(406, "not-acceptable", "JSON only."))
    assert is_expected(HTTPException(404))
    assert not is_expected(ValueError("a fault"))
