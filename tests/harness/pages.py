"""Open pages in the system's Chromium with Playwright, whose wheel brings the driver and no browser."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    WebError,
    async_playwright,
    expect,
)

from tests.harness.patience import PATIENCE
from tests.harness.system_programs import find_program

_PATIENCE_MS: Final = PATIENCE * 1000
_TELL_VIOLATIONS: Final = """
    document.addEventListener("securitypolicyviolation", (event) =>
      tellViolation(event.violatedDirective + " " + event.blockedURI));
"""
AT_REST: Final = """
    async () => {
      for (let turns = 0; turns < 5; turns += 1) {
        await new Promise((idle) => requestIdleCallback(idle));
        await new Promise((painted) => requestAnimationFrame(painted));
      }
    }
"""
"""Waits, evaluated in a page, until the page has nothing to do."""

expect.set_options(timeout=_PATIENCE_MS)


@dataclass
class Events:
    """Events in the pages of one person.

    Not a class with slots: Playwright stores the wrapper of a listener on the object whose method it is.
    """

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def strangers(self, host: str) -> list[str]:
        """Return the requests to other hosts; `data:` and `blob:` are none."""
        return [url for url in self.requests if urlsplit(url).scheme != "data" and not _is_of(url, host)]

    def first_request(self, address: str) -> str:
        """Return the first address of these that a page was led to."""
        return next(url for url in self.requests if url.startswith(address))

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url')})")

    def _note_exception(self, exception: WebError) -> None:
        self.errors.append(str(exception.error))

    def _note_violation(self, violation: str) -> None:
        self.violations.append(violation)

    def _note_request(self, request: Request) -> None:
        self.requests.append(request.url)

    async def watch(self, context: BrowserContext) -> None:
        """Record the events of the pages that a context opens from now on."""
        context.on("console", self._note_message)
        context.on("weberror", self._note_exception)
        context.on("request", self._note_request)
        await context.expose_function("tellViolation", self._note_violation)
        await context.add_init_script(_TELL_VIOLATIONS)


@dataclass(frozen=True, slots=True)
class Person:
    """Person at the pages of one profile, which share their cookies."""

    context: BrowserContext
    events: Events

    async def open(self) -> Page:
        """Open a page."""
        return await self.context.new_page()

    async def cookies(self, host: str) -> dict[str, dict[str, object]]:
        """Return the cookies of a host by name, as the browser keeps them."""
        kept = [dict(cookie) for cookie in await self.context.cookies()]
        return {str(cookie["name"]): cookie for cookie in kept if cookie["domain"] == host}


@contextlib.asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """Start a browser, and close it at the end."""
    async with async_playwright() as playwright:
        # Playwright leaves the sandbox off, which refuses to run as root.
        browser = await playwright.chromium.launch(executable_path=find_program("browser"), timeout=_PATIENCE_MS)
        yield browser
        await browser.close()


@contextlib.asynccontextmanager
async def person(browser: Browser) -> AsyncIterator[Person]:
    """Open a browser profile without cookies, and remove it at the end."""
    context = await browser.new_context()
    context.set_default_timeout(_PATIENCE_MS)
    events = Events()
    await events.watch(context)
    try:
        yield Person(context, events)
    finally:
        await context.close()


def _is_of(url: str, host: str) -> bool:
    return url == "about:blank" or url.removeprefix("blob:").startswith(f"{host}/")
