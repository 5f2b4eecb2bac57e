"""Requests without an operation are rate-limited and bounded, and `/` links to what exists."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from generated.policies import RATE_LIMIT_POLICIES
from impl.edge.negotiation import prefers_page, takes_json
from tests.edge.conftest import ORIGIN
from tests.harness.client import assert_problem, open_browser
from tests.harness.service import Service

_QUOTA = RATE_LIMIT_POLICIES["public-read"].quota


@pytest.fixture
async def web(proxied: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that does not judge: documents are not in the contract."""
    async with open_browser(proxied.url) as opened:
        yield opened


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/docs", 200),
        ("GET", "/docs/assets/docs.js", 200),
        ("GET", "/docs/assets/nothing", 404),
        ("GET", "/problems/not-found", 200),
        ("GET", "/api/v1/openapi.yaml", 200),
        ("GET", "/.well-known/jwks.json", 200),
        ("GET", "/nowhere", 404),
        ("DELETE", "/api/v1/categories", 405),
        ("POST", "/docs", 405),
        ("OPTIONS", "/api/v1/users/me", 204),
    ],
)
async def test_every_answer_counts_for_its_address(web: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    preflight = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"} if method == "OPTIONS" else {}
    headers = {"X-Forwarded-For": "203.0.113.50", **preflight}
    left = [
        int((await web.request(method, path, headers=headers)).headers["ratelimit"].split(";r=")[1].split(";")[0])
        for _ in range(2)
    ]
    assert left[1] == left[0] - 1
    assert (await web.request(method, path, headers=headers)).status_code == status


async def test_beyond_the_limit_documents_and_missing_pages_are_429(web: httpx.AsyncClient) -> None:
    headers = {"X-Forwarded-For": "198.51.100.77"}
    for _ in range(_QUOTA - 1):
        await web.head("/nowhere", headers=headers)
    last = await web.head("/nowhere", headers=headers)
    assert (last.status_code, last.headers["ratelimit"].split(";")[1]) == (404, "r=0")
    for method, path in (("GET", "/nowhere"), ("GET", "/docs"), ("DELETE", "/api/v1/categories")):
        refused = await web.request(method, path, headers=headers)
        assert_problem(refused, 429, "rate-limited")
        assert int(refused.headers["retry-after"]) > 0
    assert (await web.get("/nowhere", headers={"X-Forwarded-For": "198.51.100.78"})).status_code == 404
    assert (await web.get("/health/live", headers=headers)).status_code == 200, "probes count apart"


async def test_a_path_deeper_than_any_operation_is_not_unescaped(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counted(segment: str, **_: str) -> str:
        read.append(segment)
        return segment

    monkeypatch.setattr("openapi.runtime.routing.unquote", counted)
    answer = await client.get("/%41" * 1900)
    assert_problem(answer, 404, "not-found")
    assert read == []


def test_an_accept_of_thousands_of_ranges_is_as_good_as_none() -> None:
    accept = b",".join(b"text/x%d" % number for number in range(7800))
    assert takes_json(accept)
    assert not prefers_page(accept)
    page = b"text/html," + b"x" * 2038
    assert prefers_page(page)
    assert not prefers_page(page + b"x")


async def test_the_root_says_where_things_are(service: Service) -> None:
    async with open_browser(service.url) as web:
        answer = await web.get("/")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        assert answer.text.startswith('{\n  "name": '), "it is laid out for reading"
        places = answer.json()
        assert places.pop("name") == "Hestami API"
        assert set(places) == {"api", "health", "problems", "documentation", "reference", "openapi", "openapi_json"}
        api = places.pop("api")
        for name, place in places.items():
            assert (await web.get(place)).status_code == 200, name
        assert (await web.get(f"{api}/health")).status_code == 200
