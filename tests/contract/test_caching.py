"""Conditional requests with a current ETag give 304, and private replies are never stored."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from tests.contract.contract_operations import OPERATIONS, PROBLEMS, Node, name_of, parameters, responses
from tests.contract.scenario import Stage
from tests.contract.success import Prepared, Successes
from tests.contract.successes import prepare
from tests.harness.contract import Operation

_CONDITIONAL = [operation for operation in OPERATIONS if 304 in responses(operation)]
_DATED = [operation for operation in _CONDITIONAL if "If-Modified-Since" in parameters(operation, "header")]
_GUARDED = [operation for operation in OPERATIONS if "If-Match" in parameters(operation, "header")]


def test_what_is_cached_is_conditional() -> None:
    cached = [operation for operation in OPERATIONS if "x-cache" in operation.raw]
    assert cached
    assert all(operation in _CONDITIONAL for operation in cached)


@pytest.mark.parametrize("operation", _CONDITIONAL, ids=name_of)
async def test_a_current_etag_gives_304(stage: Stage, prepared: Prepared, operation: Operation) -> None:
    call = await prepared.of(operation)
    read = await call.send(stage.client)
    etag = read.headers["ETag"]
    for condition in (etag, f'"other", W/{etag}', "*"):
        again = await replace(call, headers={"If-None-Match": condition}).send(stage.client)
        assert (again.status_code, again.content) == (304, b""), f"{condition}: {again.text}"
        assert again.headers["ETag"] == etag
        assert again.headers["Cache-Control"] == read.headers["Cache-Control"]
    other = await replace(call, headers={"If-None-Match": '"other"'}).send(stage.client)
    assert other.status_code == 200


@pytest.mark.parametrize("operation", _DATED, ids=name_of)
async def test_a_date_is_a_condition_where_no_etag_is_named(
    stage: Stage, prepared: Prepared, operation: Operation
) -> None:
    call = await prepared.of(operation)
    read = await call.send(stage.client)
    since = read.headers["Last-Modified"]
    for headers in ({"If-Modified-Since": since}, {"If-Modified-Since": since, "If-None-Match": read.headers["ETag"]}):
        again = await replace(call, headers=headers).send(stage.client)
        assert (again.status_code, again.content) == (304, b""), again.text
        assert {again.headers[name] == read.headers[name] for name in ("ETag", "Last-Modified", "Cache-Control")} == {
            True
        }
    for headers in (
        {"If-Modified-Since": since, "If-None-Match": '"other"'},
        {"If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"},
        {"If-Modified-Since": "yesterday"},
    ):
        assert (await replace(call, headers=headers).send(stage.client)).status_code == 200


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
async def test_only_what_is_public_may_be_stored(successes: Successes, operation: Operation) -> None:
    answer = (await successes.of(operation)).answer
    policy = cast("Node | None", operation.raw.get("x-cache"))
    if policy is None:
        assert answer.headers["Cache-Control"] == "no-store"
    else:
        assert answer.headers["Cache-Control"] == f"{policy['scope']}, max-age={policy['max_age']}"


@pytest.mark.parametrize("operation", _GUARDED, ids=name_of)
async def test_a_stale_or_missing_if_match_is_refused_and_changes_nothing(stage: Stage, operation: Operation) -> None:
    call = await prepare(stage, operation)
    stale = await replace(call, headers={"If-Match": '"987654"'}).send(stage.client)
    assert (stale.status_code, stale.json()["type"]) == (412, f"{PROBLEMS}precondition-failed"), stale.text
    weak = await replace(call, headers={"If-Match": 'W/"987654-gzip"'}).send(stage.client)
    assert weak.status_code == 412, "what a proxy makes of another version's validator"
    malformed = await replace(call, headers={"If-Match": "1"}).send(stage.client)
    assert (malformed.status_code, malformed.json()["type"]) == (400, f"{PROBLEMS}malformed-request"), malformed.text
    if 428 in responses(operation):
        missing = await replace(call, headers={}).send(stage.client)
        assert (missing.status_code, missing.json()["type"]) == (428, f"{PROBLEMS}precondition-required"), missing.text
    if call.ids:
        fine = await replace(call, headers={"If-Match": "*"}).send(stage.client)
        assert fine.status_code in {200, 204}, fine.text
