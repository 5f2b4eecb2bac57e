"""The certified provider of npm as a process, and a person who fills in its pages without a browser."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from html import unescape
from typing import Final
from urllib.parse import urljoin

import httpx

from tests.harness.client import open_browser
from tests.harness.node import start

NAME: Final = "work"
_CLIENT: Final = {"client_id": "hestami", "client_secret": "Gx2-tests-are-known-by-this-one-41d7"}
_ACTION: Final = re.compile(r'<form[^>]* action="([^"]+)"')
_PROMPT: Final = re.compile(r'name="prompt" value="(\w+)"')

# Of whoever signs in as LOGIN.
_CLAIMS: Final = {"email": "LOGIN@people.test", "email_verified": True, "name": "LOGIN of the provider"}


class Provider:
    """Provider that can be stopped, and restarted at the same address with new keys."""

    def __init__(self, port: int) -> None:
        # Not 127.0.0.1, where the service is: for a browser they are two sites, as they are outside.
        self.issuer = f"http://localhost:{port}"
        self._port = port
        self._process: subprocess.Popen[str] | None = None

    def settings(self) -> dict[str, str]:
        """Return what an operator would configure."""
        return {"issuer": self.issuer, **_CLIENT}

    async def start(self, callback: str) -> None:
        """Serve for the service with this callback, whoever signs in."""
        client = {**_CLIENT, "redirect_uris": [callback]}
        given = {"issuer": self.issuer, "port": self._port, "client": client, "claims": _CLAIMS}
        self._process = await asyncio.to_thread(start, "harness/provider.mjs", json.dumps(given))
        assert self._process.stdout is not None
        said = await asyncio.to_thread(self._process.stdout.readline)
        if said != "ready\n":
            message = f"the provider did not start: {await self.stop()}"
            raise RuntimeError(message)

    async def stop(self) -> str:
        """End the provider, so that connections are refused, and return what it wrote to standard error."""
        process, self._process = self._process, None
        return "" if process is None else (await asyncio.to_thread(process.communicate))[1]

    async def visit(self, location: str, login: str, *, cancel: bool = False) -> str:
        """Sign in and consent on the provider's pages, and return the address that they send the browser back to."""
        async with open_browser() as browser:
            answer = await browser.get(location)
            while True:
                if answer.has_redirect_location:
                    target = urljoin(str(answer.url), answer.headers["location"])
                    if not target.startswith(f"{self.issuer}/"):
                        return target
                    answer = await browser.get(target)
                else:
                    answer = await self._fill_in(browser, answer, login, cancel=cancel)

    async def _fill_in(
        self, browser: httpx.AsyncClient, page: httpx.Response, login: str, *, cancel: bool
    ) -> httpx.Response:
        action, prompt = _ACTION.search(page.text), _PROMPT.search(page.text)
        assert action is not None, page.text
        assert prompt is not None, page.text
        if cancel:
            return await browser.get(f"{unescape(action[1])}/abort")
        return await browser.post(unescape(action[1]), data={"prompt": prompt[1], "login": login, "password": "any"})


@contextlib.asynccontextmanager
async def reserved() -> AsyncIterator[Provider]:
    """Yield a provider that has an address already, and is down until it is started."""
    with _held() as port:
        provider = Provider(port)
        try:
            yield provider
        finally:
            await provider.stop()


@contextlib.contextmanager
def _held() -> Iterator[int]:
    """Keep a port from everybody else, also while the provider is down: bound, and never listening."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port: int = holder.getsockname()[1]
        yield port
