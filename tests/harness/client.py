"""HTTP client for tests that fails on a response which the contract does not allow."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Mapping
from http import HTTPStatus
from http.cookiejar import CookieJar
from typing import Any, Final, override

import httpx

from tests.harness.contract import Response, load_contract
from tests.harness.loopback import LoopbackTransport
from tests.harness.patience import PATIENCE

# httpcore imports sniffio five times in each request. It is not installed, and to look for it in all folders of the
# path was a tenth of a request. Python takes this note for an answer, which typeshed does not know.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]  # see above

type Reply = httpx.Response

# A busy machine is no failure: what never answers ends the test all the same.

# One for all clients, none of which will use it: reading the authorities takes each one longer than its requests.
TRUST: Final = ssl.create_default_context()


class _Cookies(httpx.Cookies):
    """Cookies that look for new ones only where there are some; httpx makes two objects of urllib to see that."""

    @override
    def extract_cookies(self, response: httpx.Response) -> None:
        if "set-cookie" in response.headers:
            super().extract_cookies(response)


class _Client(httpx.AsyncClient):
    """Client of the API, most of whose answers set no cookie."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._found = _Cookies()
        super().__init__(
            base_url=f"{url}/api/v1",
            headers=dict(headers),
            event_hooks={"response": [_validate]},
            timeout=PATIENCE,
            transport=LoopbackTransport(httpx.AsyncHTTPTransport(verify=TRUST)),
            trust_env=False,  # a proxy of the developer's machine has no business between the tests and loopback
        )

    @property  # type: ignore[explicit-override]  # mypy looks for it in front of the property, where it may not stand
    @override
    def cookies(self) -> httpx.Cookies:
        """Return the cookies that it sends."""
        return self._found

    @cookies.setter
    @override
    def cookies(self, cookies: httpx.Cookies | CookieJar | dict[str, str] | list[tuple[str, str]]) -> None:
        self._found = _Cookies(cookies)


def open_client(url: str, *, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    """Open a client whose paths are relative to the API's root; every response is validated when it arrives."""
    return _Client(url, headers or {})


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
