"""HTTP client for tests that fails on a response which the contract does not allow."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import httpx

from tests.harness.contract import Response, load_contract
from tests.harness.patience import PATIENCE

# httpcore imports sniffio five times in each request. It is not installed, and to look for it in all folders of the
# path was a tenth of a request. Python takes this note for an answer, which typeshed does not know.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]  # see above

type Reply = httpx.Response

# A busy machine is no failure: what never answers ends the test all the same.

# One for all clients, none of which will use it: reading the authorities takes each one longer than its requests.
TRUST: Final = ssl.create_default_context()


def open_client(url: str, *, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    """Open a client whose paths are relative to the API's root; every response is validated when it arrives."""
    return httpx.AsyncClient(
        base_url=f"{url}/api/v1",
        headers=dict(headers or {}),
        event_hooks={"response": [_validate]},
        timeout=PATIENCE,
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
        verify=TRUST,
        trust_env=False,  # a proxy of the developer's machine has no business between the tests and loopback
    )


def open_browser(url: str = "") -> httpx.AsyncClient:
    """Open a client for what stands outside the API: pages, documents, redirects, other people's servers."""
    return httpx.AsyncClient(base_url=url, timeout=PATIENCE, verify=TRUST, trust_env=False)


async def _validate(response: httpx.Response) -> None:
    await response.aread()
    check(response)


def check(response: httpx.Response) -> None:
    """Hold a response, whose body has been read, against the sealed contract."""
    load_contract().check(
        Response(
            method=response.request.method,
            path=response.request.url.path,
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=response.content,
        )
    )


def assert_problem(response: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """Assert that a response is the problem of that status and type, and return its members."""
    given = f"{response.status_code} {response.text[:1000]}"
    assert response.status_code == status, f"expected {status} {slug}, got {given}"
    members: dict[str, Any] = response.json()
    assert members["type"] == f"https://api.hestami.ai/problems/{slug}", f"expected {slug}, got {given}"
    assert members["status"] == status
    assert HTTPStatus(status)
    return members
