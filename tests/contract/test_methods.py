"""HEAD is answered wherever GET is, and every other method is refused with the allowed ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contract.contract_operations import OPERATIONS, PROBLEMS, name_of, section
from tests.contract.requests import Call
from tests.contract.scenario import Stage
from tests.contract.success import Prepared
from tests.contract.successes import prepare
from tests.harness.contract import Operation

_PATHS = list(section("paths"))
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
# What brings a browser back uses up its sign-in, and the standard's way of beginning begins another one.
_ONCE = {"finishSignIn", "requestAuthorization"}
# Each answer leaves a trace that the next one holds.
_GROWING = {"exportOwnData"}
# The server says how a body without a length is sent where one is (RFC 9112, section 6.1).
_VARYING = {"date", "request-id", "ratelimit", "ratelimit-policy", "transfer-encoding"}


@pytest.mark.parametrize("operation", [found for found in OPERATIONS if found.method == "GET"], ids=name_of)
async def test_head_is_get_without_a_body(stage: Stage, prepared: Prepared, operation: Operation) -> None:
    call = _plain(await (prepare(stage, operation) if operation.id in _ONCE else prepared.of(operation)))
    read = await call.send(stage.client)
    if operation.id in _ONCE:
        call = _plain(await prepare(stage, operation))
    head = await replace(call, operation=replace(operation, method="HEAD")).send(stage.client)
    assert head.status_code == read.status_code
    assert head.content == b""
    if operation.id in _ONCE | _GROWING:
        assert set(head.headers) == set(read.headers)
        return
    assert {name: value for name, value in head.headers.items() if name not in _VARYING} == {
        name: value for name, value in read.headers.items() if name not in _VARYING
    }


def _plain(call: Call) -> Call:
    """Ask for the answer as it is: a HEAD does not tell the length of a compressed one, which only making it tells."""
    return replace(call, headers={**call.headers, "Accept-Encoding": "identity"})


async def test_other_methods_are_405_with_the_full_allow(stage: Stage) -> None:
    for path in _PATHS:
        listed = {operation.method for operation in OPERATIONS if operation.path == path}
        allowed = listed | ({"HEAD"} if "GET" in listed else set())
        url = path.replace("{", "").replace("}", "")
        for method in (method for method in _METHODS if method not in allowed):
            answer = await stage.client.request(method, url)
            assert answer.status_code == 405, f"{method} {path}: {answer.text}"
            if method != "HEAD":
                assert answer.json()["type"] == f"{PROBLEMS}method-not-allowed", f"{method} {path}"
            assert set(answer.headers["Allow"].split(", ")) - {"OPTIONS"} == allowed, f"{method} {path}"


async def test_a_trailing_slash_is_404(stage: Stage) -> None:
    """Send it as somebody who may do anything: what is told of a path depends on the path alone."""
    admin = await stage.shared("STAFF_ADMIN")
    for operation in OPERATIONS:
        url = operation.path.replace("{", "").replace("}", "") + "/"
        answer = await stage.client.request(operation.method, url, headers=admin.headers)
        told = answer.status_code, answer.json()["type"]
        assert told == (404, f"{PROBLEMS}not-found"), f"{operation.method} {url}: {answer.text}"
