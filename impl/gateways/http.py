"""Client for the servers of others, whose responses are bounded in time and size and lead nowhere else."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from impl.kernel import tracing

# No connection is kept: the server may close one just when it is used.
_NOTHING_KEPT: Final = httpx.Limits(max_keepalive_connections=0)


class Unanswered(Exception):
    """Raised when no whole answer of an accepted size comes in time; the message tells nothing of what was sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer of whatever status."""

    status: int
    headers: httpx.Headers
    body: bytes


class HttpClient:
    """Client that calls the given address only: it follows no redirect, and ignores proxies of the environment.

    An answer takes at most `timeout` seconds and has at most `bytes_max` bytes. `keeps_connections` is for requests
    that may be sent twice.
    """

    def __init__(self, *, timeout: float, bytes_max: int, keeps_connections: bool) -> None:
        self.timeout = timeout
        self._bytes_max = bytes_max
        self._limits = httpx.Limits() if keeps_connections else _NOTHING_KEPT
        # Made when it is first used, because reading the certificates takes time.
        self._client: httpx.AsyncClient | None = None

    async def ask(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request for JSON, or what its headers accept, and return the answer; raises Unanswered."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                follow_redirects=False, trust_env=False, timeout=self.timeout, limits=self._limits
            )
        # Uncompressed, because a small answer could expand to a large one.
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
        # The host and nothing more of the address: a query may hold where somebody lives, a path a code.
        attributes = {"http.request.method": method, "server.address": urlsplit(url).hostname or ""}
        with tracing.span(method, attributes) as span:
            try:
                async with (
                    asyncio.timeout(self.timeout),
                    self._client.stream(method, url, params=query, headers=sent, data=form) as response,
                ):
                    if span is not None:
                        span.set("http.response.status_code", response.status_code)
                    return Answer(response.status_code, response.headers, await self._read(response))
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
                raise Unanswered(type(error).__qualname__) from error

    async def _read(self, response: httpx.Response) -> bytes:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Unanswered("a compressed answer")
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._bytes_max:
                raise Unanswered("an answer of too many bytes")
        return bytes(body)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
