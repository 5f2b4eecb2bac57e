"""Headers that every answer has, for every client and error."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.harness.client import open_browser
from tests.harness.service import Service

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_ANSWERS = ["/health/live", "/nowhere", "/users/me", "/categories"]


@pytest.mark.parametrize("path", _ANSWERS)
async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "cache-control" in headers
    assert "server" not in headers
    assert "x-powered-by" not in headers
    # Over plain HTTP a browser has to ignore it, and a proxy might not.
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize("path", _ANSWERS)
async def test_head_answers_like_get_without_a_body(client: httpx.AsyncClient, path: str) -> None:
    got, headed = await client.get(path), await client.head(path)
    assert headed.status_code == got.status_code
    assert headed.content == b""
    assert headed.headers.get("content-type") == got.headers.get("content-type")


async def test_private_responses_are_not_stored(client: httpx.AsyncClient) -> None:
    assert (await client.get("/users/me")).headers["cache-control"] == "no-store"


async def test_a_request_without_an_id_is_given_one(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere")
    assert _UUID.fullmatch(answer.headers["request-id"])
    assert answer.json()["request_id"] == answer.headers["request-id"]


async def test_a_harmless_request_id_is_kept(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live", headers={"Request-Id": "front-end.2031_a"})
    assert answer.headers["request-id"] == "front-end.2031_a"


@pytest.mark.parametrize(
    "offered", ["short", "x" * 65, "spaces in it", 'quote"quote', "semi;colon-semi", "<script>alert"]
)
async def test_any_other_request_id_is_replaced(client: httpx.AsyncClient, offered: str) -> None:
    answer = await client.get("/health/live", headers={"Request-Id": offered})
    assert _UUID.fullmatch(answer.headers["request-id"])


async def test_limits_are_told_with_every_limited_answer(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/health/live")).headers
    assert re.fullmatch(r'"probe";q=\d+;w=60', headers["ratelimit-policy"])
    assert re.fullmatch(r'"probe";r=\d+;t=\d+', headers["ratelimit"])


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
async def test_health_also_stands_at_the_root(service: Service, path: str) -> None:
    async with open_browser(service.url) as plain:
        at_root, below = await plain.get(path), await plain.get(f"/api/v1{path}")
    assert at_root.status_code == below.status_code == 200
    assert at_root.json() == below.json()


async def test_the_host_header_changes_no_link(service: Service) -> None:
    hostile = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    async with open_browser(service.url) as plain:
        for path in ("/api/v1/nowhere", "/docs", "/api/v1/health/", "/api/v1/openapi.yaml"):
            answer = await plain.get(path, headers=hostile)
            assert "evil" not in str(answer.headers)
            assert b"evil" not in answer.content
