"""Repeated creates: the same key gives the first reply again, byte for byte, and creates one resource."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from tests.contract.contract_operations import MULTIPART, OPERATIONS, PROBLEMS, name_of
from tests.contract.requests import Call
from tests.contract.scenario import Stage
from tests.contract.success import Prepared
from tests.contract.successes import prepare
from tests.harness.contract import Operation

_IDEMPOTENT = [operation for operation in OPERATIONS if operation.raw.get("x-idempotent") is True]
# Members that can be changed without making the body wrong.
_TEXTS = {"alt_text", "label", "terms", "text", "title", "description", "full_name"}


def test_creates_are_idempotent() -> None:
    assert {operation.id for operation in _IDEMPOTENT} >= {"createProperty", "createService"}


def _keyed(call: Call, key: str) -> Call:
    return replace(call, headers={"Idempotency-Key": key})


async def _count(stage: Stage, call: Call) -> int:
    """Count what the caller sees, page by page, in the list at the same path: a list's own total ends at 1,000."""
    assert call.by is not None
    path, count = call.path, 0
    side = {}
    if path.endswith("/visits"):
        # Those of a thread are in the list of all of them.
        path, side = "/visits", {"side": "HOMEOWNER"}
    page = await stage.client.get(path, params={"limit": 100, **side}, headers=call.by.headers)
    if page.status_code == 422:
        # A list without pages.
        page = await stage.client.get(path, headers=call.by.headers)
    if page.status_code == 404:
        # One thing, which is not there yet.
        return 0
    while True:
        shown = page.json()
        if "items" not in shown:
            return 1
        count += len(shown["items"])
        if shown.get("next_cursor") is None:
            return count
        page = await stage.client.get(
            path, params={"limit": 100, "cursor": shown["next_cursor"]}, headers=call.by.headers
        )


async def _of_its_own(stage: Stage, operation: Operation) -> Call:
    """Prepare the create for somebody who did nothing yet; what it adds to is made anew with its owner."""
    call = await prepare(stage, operation)
    assert call.by is not None
    # These entries make the sender anew, with what the create needs of theirs.
    if operation.path.endswith(("/photos", "/messages")) or operation.id in {
        "createInquiry",
        "createMessageAttachment",
        "createQuote",
        "createReview",
        "requestVisit",
    }:
        return call
    me: dict[str, Any] = (await stage.client.get("/auth/me", headers=call.by.headers)).json()
    return replace(call, by=await stage.person(*me["roles"]))


@pytest.mark.parametrize("operation", _IDEMPOTENT, ids=name_of)
async def test_a_repeated_create_gives_the_first_reply(stage: Stage, operation: Operation) -> None:
    call = _keyed(await _of_its_own(stage, operation), str(uuid4()))
    before = await _count(stage, call)
    first = await call.send(stage.client)
    assert first.status_code == 201, first.text
    again = await call.send(stage.client)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    for name in ("Location", "ETag", "Content-Type"):
        assert again.headers.get(name) == first.headers.get(name)
    quoted = await _keyed(call, f'"{call.headers["Idempotency-Key"]}"').send(stage.client)
    assert (quoted.status_code, quoted.content) == (201, first.content), "the draft's form of the same key"
    assert await _count(stage, call) == before + 1


@pytest.mark.parametrize("operation", _IDEMPOTENT, ids=name_of)
async def test_another_payload_under_the_key_is_422(stage: Stage, operation: Operation) -> None:
    call = _keyed(await _of_its_own(stage, operation), str(uuid4()))
    before = await _count(stage, call)
    assert (await call.send(stage.client)).status_code == 201
    words = {
        name: f"{call.body[name]} again" for name in _TEXTS & call.body.keys() or {"name", "word"} & call.body.keys()
    }
    times = {"starts_at": "2090-01-01T00:00:00Z"} if "starts_at" in call.body else {}
    other = await replace(call, body={**call.body, **words, **times}).send(stage.client)
    assert (other.status_code, other.json()["type"]) == (422, f"{PROBLEMS}idempotency-key-reused"), other.text
    assert await _count(stage, call) == before + 1


@pytest.mark.parametrize("operation", _IDEMPOTENT, ids=name_of)
async def test_a_key_is_its_callers_own(stage: Stage, operation: Operation) -> None:
    key = str(uuid4())
    mine = _keyed(await _of_its_own(stage, operation), key)
    yours = _keyed(await _of_its_own(stage, operation), key)
    first, second = await mine.send(stage.client), await yours.send(stage.client)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


@pytest.mark.parametrize("operation", _IDEMPOTENT, ids=name_of)
async def test_a_refused_create_does_not_use_the_key_up(stage: Stage, operation: Operation) -> None:
    call = _keyed(await _of_its_own(stage, operation), str(uuid4()))
    refused = await replace(call, body={}).send(stage.client)
    assert refused.status_code == 422
    assert (await call.send(stage.client)).status_code == 201


@pytest.mark.both_engines
@pytest.mark.parametrize("operation", _IDEMPOTENT, ids=name_of)
async def test_creates_in_parallel_make_one_thing(stage: Stage, operation: Operation) -> None:
    call = _keyed(await _of_its_own(stage, operation), str(uuid4()))
    before = await _count(stage, call)
    answers = await asyncio.gather(*(call.send(stage.client) for _ in range(8)))
    for answer in answers:
        assert answer.status_code in {201, 409}, answer.text
        if answer.status_code == 409:
            assert answer.json()["type"] == f"{PROBLEMS}idempotency-in-flight"
    made = {answer.content for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert await _count(stage, call) == before + 1


_MALFORMED = {"empty": "", "long": "a" * 129, "two-words": "two words", "letters": "\u00fcn\u00efcode"}


@pytest.mark.parametrize("operation", _IDEMPOTENT, ids=name_of)
async def test_a_malformed_key_is_422(stage: Stage, prepared: Prepared, operation: Operation) -> None:
    call = await prepared.of(operation)
    assert call.by is not None
    sender = [(name.encode(), value.encode()) for name, value in call.by.headers.items()]
    content = {"files": call.parts()} if call.media_type == MULTIPART else {"json": call.body}
    for kind, key in _MALFORMED.items():
        headers = [(b"Idempotency-Key", key.encode("latin-1")), *sender]
        answer = await stage.client.post(call.path, headers=headers, **content)
        given = answer.status_code, answer.json()["type"]
        assert given == (422, f"{PROBLEMS}validation-failed"), f"{kind}: {answer.text}"
