"""Refusals by the framework itself are problems like any other."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from generated.policies import PROBLEM_TYPES
from impl.edge.problems import SLUGS
from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem


@pytest.mark.parametrize(
    "path", ["/nowhere", "/users/me/", "/health/live/", "//health", "/users//me", "/USERS/me", "/"]
)
async def test_no_route_is_not_found_and_never_redirected(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"{client.base_url}".rstrip("/") + path)
    problem = assert_problem(answer, 404, "not-found")
    assert problem["detail"] == "There is nothing at this path."
    assert problem["instance"] == answer.request.url.raw_path.decode()
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/users/me/password", {"PUT"}),
        ("GET", "/auth/login", {"POST"}),
        ("HEAD", "/auth/login", {"POST"}),
        ("PATCH", "/homeowners/properties", {"GET", "HEAD", "POST"}),
        ("OPTIONS", "/users/me", {"GET", "HEAD", "PUT", "PATCH", "DELETE"}),
        ("BREW", "/users/me", None),
    ],
)
async def test_a_wrong_method_is_told_all_right_ones(
    client: httpx.AsyncClient, method: str, path: str, allowed: set[str] | None
) -> None:
    answer = await client.request(method, path)
    if allowed is None:
        assert answer.status_code in {400, 405}
        return
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == allowed
    if method != "HEAD":
        assert_problem(answer, 405, "method-not-allowed")


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json-seq", "nonsense"],
)
async def test_a_wrong_media_type_is_415(client: httpx.AsyncClient, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = await client.post("/auth/refresh", content=b"{}", headers=headers)
    assert_problem(answer, 415, "unsupported-media-type")


async def test_415_says_what_is_taken(client: httpx.AsyncClient, accounts: Accounts) -> None:
    person = await accounts.make()
    wrong = {"Content-Type": "text/plain"}
    patched = await person.client.patch("/users/me", content=b"{}", headers=wrong)
    assert_problem(patched, 415, "unsupported-media-type")
    assert patched.headers["accept-patch"] == "application/merge-patch+json, application/json"
    posted = await client.post("/auth/refresh", content=b"{}", headers=wrong)
    assert posted.headers["accept"] == "application/json"
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    encoded = await client.post("/auth/refresh", content=b"{}", headers=packed)
    assert_problem(encoded, 415, "unsupported-media-type")
    assert encoded.headers["accept-encoding"] == "identity"


async def test_too_large_a_body_is_413_whether_or_not_its_length_is_told(client: httpx.AsyncClient) -> None:
    big = b'{"refresh_token":"' + b"x" * 3_000_000 + b'"}'
    headers = {"Content-Type": "application/json"}

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(big), 65536):
            yield big[start : start + 65536]

    told = await client.post("/auth/refresh", content=big, headers=headers)
    assert_problem(told, 413, "payload-too-large")
    untold = await client.post("/auth/refresh", content=pieces(), headers=headers)
    assert_problem(untold, 413, "payload-too-large")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"refresh_token":NaN}',
        b'{"a":1,"a":2}',
        b"[" * 5000,
        b'{"refresh_token":"\\ud800"}',
        b'{"a":1e999}',
    ],
)
async def test_invalid_json_is_refused_without_an_internal_error(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/auth/refresh", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_strangers_are_challenged(client: httpx.AsyncClient) -> None:
    answer = await client.get("/users/me")
    assert_problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == 'Bearer realm="hestami"'


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer =",
        "Bearer a b",
        "Basic YTpi",
        "bearer \u00e9",
        "Bearer " + "x" * 5000,
        "Bearer a.b.c",
        "Token x",
        ",",
    ],
)
async def test_a_malformed_authorization_is_401(client: httpx.AsyncClient, authorization: str) -> None:
    answer = await client.get("/users/me", headers={b"Authorization": authorization.encode("latin-1")})
    assert_problem(answer, 401, "invalid-token")
    assert answer.headers["www-authenticate"] == 'Bearer realm="hestami", error="invalid_token"'


async def test_a_token_is_read_up_to_its_bound(client: httpx.AsyncClient) -> None:
    details = []
    for length in (4096, 4097):
        answer = await client.get("/users/me", headers={"Authorization": f"Bearer {'x' * length}"})
        details.append(assert_problem(answer, 401, "invalid-token")["detail"])
    read, unread = details
    assert read != unread
    assert unread == "The Authorization header holds no single bearer token."


async def test_two_authorizations_are_none(client: httpx.AsyncClient, accounts: Accounts) -> None:
    token = (await accounts.homeowner()).access_token
    twice = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    assert_problem(await client.get("/users/me", headers=twice), 401, "invalid-token")


async def test_a_public_operation_ignores_authorization(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 200


async def test_refusals_come_in_the_contract_s_order(client: httpx.AsyncClient, accounts: Accounts) -> None:
    """Each request is wrong in all later ways too, so that an earlier check that is missing would show."""
    provider = (await accounts.provider()).client
    homeowner = (await accounts.homeowner()).client
    unknown = "/homeowners/properties/01980000-0000-7000-8000-00000000dead"

    async def send(sender: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
        headers = {"Content-Type": "text/plain", "If-Match": "nonsense"}
        return await sender.request(method, path, content=b"{", headers=headers)

    assert_problem(await send(client, "PUT", "/homeowners/nowhere"), 404, "not-found")
    assert_problem(await send(client, "POST", unknown), 405, "method-not-allowed")
    assert_problem(await send(client, "PUT", unknown), 401, "unauthenticated")
    assert_problem(await send(provider, "PUT", unknown), 403, "forbidden")
    assert_problem(await send(homeowner, "PUT", unknown), 415, "unsupported-media-type")
    broken = {"Content-Type": "application/json"}
    assert_problem(await homeowner.request("PUT", unknown, content=b"{", headers=broken), 400, "malformed-request")
    assert_problem(await homeowner.request("PUT", unknown, json={"nothing": 1}), 422, "validation-failed")


async def test_a_malformed_id_in_a_path_is_422(accounts: Accounts) -> None:
    homeowner = (await accounts.homeowner()).client
    answer = await homeowner.get("/homeowners/properties/not-a-uuid")
    problem = assert_problem(answer, 422, "validation-failed")
    assert problem["errors"][0]["parameter"] == "property_id"


def test_a_status_that_the_framework_raises_has_a_type_of_this_status() -> None:
    assert {PROBLEM_TYPES[slug].status: slug for slug in SLUGS.values()} == SLUGS
