"""Cross-origin requests are answered for listed origins only, and never with credentials."""

from __future__ import annotations

import httpx
import pytest

from impl.edge.headers import Origins
from tests.contract.contract_operations import OPERATIONS, parameters
from tests.edge.conftest import ORIGIN

_PREFLIGHT = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization, if-match"}
_STRANGERS = [
    "https://evil.example",
    "null",
    f"{ORIGIN}.evil.example",
    "http://app.hestami.test",
    f"{ORIGIN}:8443",
    "*",
]


async def test_a_preflight_of_a_listed_origin_is_allowed(browser: httpx.AsyncClient) -> None:
    answer = await browser.options("/users/me", headers={"Origin": ORIGIN, **_PREFLIGHT})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "PUT" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert {"authorization", "content-type", "if-match", "idempotency-key"} <= set(allowed.split(", "))
    assert {"traceparent", "tracestate", "baggage", "sentry-trace", "x-requested-with"} <= set(allowed.split(", "))
    assert "x-of-the-operator" in allowed.split(", ")
    assert int(answer.headers["access-control-max-age"]) > 0
    assert answer.headers["vary"] == "Origin"


async def test_a_page_may_send_each_header_that_the_contract_names(browser: httpx.AsyncClient) -> None:
    """A page that names the last event, to go on with a stream, was refused by its browser."""
    answer = await browser.options("/notifications/stream", headers={"Origin": ORIGIN, **_PREFLIGHT})
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    named = {header for operation in OPERATIONS for header in parameters(operation, "header")}
    assert {"Idempotency-Key", "If-Match", "Last-Event-ID"} <= named
    assert [header for header in sorted(named) if header.lower() not in allowed] == []


async def test_a_listed_origin_may_read_answers_and_our_headers(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/categories", headers={"Origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    exposed = set(answer.headers["access-control-expose-headers"].split(", "))
    assert {"ETag", "Location", "Request-Id", "Retry-After", "RateLimit"} <= exposed


@pytest.mark.parametrize("path", ["/users/me", "/nowhere"])
async def test_a_listed_origin_may_read_refusals(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path, headers={"Origin": ORIGIN})
    assert answer.status_code >= 400
    assert answer.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize("origin", _STRANGERS)
async def test_other_origins_are_allowed_nothing(browser: httpx.AsyncClient, origin: str) -> None:
    preflight = await browser.options("/users/me", headers={"Origin": origin, **_PREFLIGHT})
    plain = await browser.get("/categories", headers={"Origin": origin})
    assert preflight.status_code == 405
    for answer in (preflight, plain):
        assert not [name for name in answer.headers if name.startswith("access-control")]
    assert preflight.headers["vary"] == "Origin"
    assert plain.headers["vary"] == "Origin, Accept-Encoding"


@pytest.mark.parametrize(
    ("path", "varies"),
    [
        ("/categories", "Origin, Accept-Encoding"),
        ("/services?limit=1", "Origin"),
        ("/openapi.json", "Accept-Encoding, Origin"),
        ("/admin/usage", "Origin"),
    ],
)
async def test_what_a_response_depends_on_stands_in_one_line(
    browser: httpx.AsyncClient, path: str, varies: str
) -> None:
    """Send one line: of two, nginx before 1.23 reads the last alone."""
    answer = await browser.get(path, headers={"Origin": ORIGIN})
    assert answer.headers.get_list("vary") == [varies]


async def test_credentials_are_never_allowed(browser: httpx.AsyncClient) -> None:
    for method in ("OPTIONS", "GET"):
        answer = await browser.request(method, "/categories", headers={"Origin": ORIGIN, **_PREFLIGHT})
        assert "access-control-allow-credentials" not in answer.headers


async def test_without_a_list_no_origin_is_allowed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live", headers={"Origin": ORIGIN})
    assert "access-control-allow-origin" not in answer.headers
    assert "vary" not in answer.headers


@pytest.mark.parametrize("origin", ["*", "null"])
def test_no_settings_can_allow_every_origin(origin: str) -> None:
    with pytest.raises(ValueError, match="not an origin"):
        Origins([ORIGIN, origin])
