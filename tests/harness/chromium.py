"""Pages in headless Chromium, driven over the pipe of its DevTools protocol: no driver has to be installed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.harness.browser import find_browser
from tests.harness.patience import PATIENCE

type Json = dict[str, Any]

_FLAGS = (
    "--headless",
    "--no-sandbox",  # tests may run as root, which the sandbox refuses
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-pipe",
)
_WATCH = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
      window.violations.push(event.violatedDirective + " " + event.blockedURI));
    window.until = (find) => new Promise((found) => {
      const look = () => { const value = find(); value ? found(value) : requestAnimationFrame(look); };
      look();
    });
    window.rest = async () => {
      for (let turns = 0; turns < 5; turns += 1) {
        await new Promise((idle) => requestIdleCallback(idle));
        await new Promise((painted) => requestAnimationFrame(painted));
      }
    };
    window.type = (field, text) => {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, text);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
"""


class Browser:
    """Connection to one browser, which dispatches events to its pages and waits for one thing at a time."""

    def __init__(self, reader: asyncio.StreamReader, write: int) -> None:
        self._reader = reader
        self._write = write
        self._number = 0
        self._pages: dict[str, Page] = {}

    async def open(self, **profile: str) -> Page:
        """Open a page, in the profile of a person or in the browser's own."""
        target = await self.call("Target.createTarget", url="about:blank", **profile)
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = self._pages[attached["sessionId"]] = Page(self, attached["sessionId"])
        for domain in ("Page", "Runtime", "Log", "Network"):
            await page.call(f"{domain}.enable")
        await page.call("Page.addScriptToEvaluateOnNewDocument", source=_WATCH)
        return page

    @contextlib.asynccontextmanager
    async def person(self) -> AsyncIterator[Person]:
        """Begin with a profile of its own, without anybody's cookies, and forget it at the end."""
        made = await self.call("Target.createBrowserContext")
        try:
            yield Person(self, made["browserContextId"])
        finally:
            await self.call("Target.disposeBrowserContext", **made)

    async def call(self, method: str, *, session: str | None = None, **parameters: object) -> Json:
        self._number += 1
        message: Json = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        async with asyncio.timeout(PATIENCE):
            while True:
                received = await self._receive()
                if received.get("id") == self._number:
                    assert "error" not in received, received["error"]
                    result: Json = received["result"]
                    return result

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Read what happens in the browser until something is so."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await self._receive()

    async def _receive(self) -> Json:
        received: Json = json.loads((await self._reader.readuntil(b"\0"))[:-1])
        page = self._pages.get(received.get("sessionId", ""))
        if page is not None and "method" in received:
            page.note(received["method"], received["params"])
        return received


class Person:
    """Person at the pages of one profile, which share their cookies."""

    def __init__(self, browser: Browser, profile: str) -> None:
        self._browser = browser
        self._profile = profile

    async def open(self) -> Page:
        return await self._browser.open(browserContextId=self._profile)

    async def cookies(self, host: str) -> dict[str, Json]:
        """Return the cookies of a host by name, as the browser keeps them."""
        kept = await self._browser.call("Storage.getCookies", browserContextId=self._profile)
        return {cookie["name"]: cookie for cookie in kept["cookies"] if cookie["domain"] == host}


class Page:
    """Page of a browser. Conditions are waited for inside it: `until(() => ...)`, or `rest()` until it is idle."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self._is_loaded = False
        self._held: str | None = None
        self.url = "about:blank"
        self.errors: list[str] = []
        self.requests: list[str] = []

    def forget(self) -> None:
        """Begin a test anew with a browser that is shared."""
        self.errors.clear()
        self.requests.clear()

    def strangers(self, host: str) -> list[str]:
        """Return the requests to other hosts; `data:` and `blob:` are none."""
        return [url for url in self.requests if urlsplit(url).scheme != "data" and not _of(url, host)]

    async def visit(self, url: str) -> None:
        # By way of another document: a new fragment alone would load nothing.
        await self.call("Page.navigate", url="about:blank")
        await self.call("Page.navigate", url=url)
        await self.run("until(() => document.readyState === 'complete')")

    async def show(self) -> None:
        """Put this page before the others, which stand still meanwhile."""
        await self.call("Page.bringToFront")

    async def arrive(self, address: str) -> str:
        """Wait until a document whose address begins so is loaded, whatever leads there, and return its address."""
        await self._browser.wait_until(lambda: self._is_loaded and self.url.startswith(address))
        return self.url

    async def leave(self, expression: str, address: str) -> str:
        """Evaluate what leads away from this document, and arrive elsewhere (or here again)."""
        self._is_loaded = False
        await self.call("Runtime.evaluate", expression=expression)
        return await self.arrive(address)

    async def leave_and_be_held(self, expression: str, pattern: str) -> str:
        """Evaluate what leads to a request that fits, and return its address; it is kept back until `let_go`."""
        await self.call("Fetch.enable", patterns=[{"urlPattern": pattern}])
        await self.call("Runtime.evaluate", expression=expression)
        await self._browser.wait_until(lambda: self._held is not None)
        return str(self._held)

    async def let_go(self, address: str) -> str:
        """Let the request go on that was kept back, and arrive."""
        self._held, self._is_loaded = None, False
        await self.call("Fetch.disable")
        return await self.arrive(address)

    async def run(self, expression: str) -> Any:  # noqa: ANN401 - JSON
        """Evaluate JavaScript in the page, wait for its promise and return its value."""
        answer = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def call(self, method: str, **parameters: object) -> Json:
        return await self._browser.call(method, session=self._session, **parameters)

    def note(self, event: str, told: Json) -> None:
        match event:
            case "Page.frameNavigated" if "parentId" not in told["frame"]:
                # A page that was kept for the way back is not loaded again.
                self.url, self._is_loaded = told["frame"]["url"], told["type"] == "BackForwardCacheRestore"
            case "Page.navigatedWithinDocument":
                self.url = told["url"]
            case "Page.loadEventFired":
                self._is_loaded = True
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])
            case "Fetch.requestPaused":
                self._held = told["request"]["url"]
            case "Runtime.exceptionThrown":
                self.errors.append(str(told["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if told["type"] == "error":
                self.errors.append(str(told["args"]))
            case "Log.entryAdded" if told["entry"]["level"] == "error":
                self.errors.append(str(told["entry"]))


def _of(url: str, host: str) -> bool:
    return url == "about:blank" or url.removeprefix("blob:").startswith(f"{host}/")


# The browser talks through its descriptors 3 and 4, which a child cannot be given by any other way.
_LAUNCH = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)


def _start(program: str, profile: str, commands: int, answers: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _LAUNCH, str(commands), str(answers), program, *_FLAGS, profile],
        pass_fds=(commands, answers),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextlib.asynccontextmanager
async def open_browser(folder: Path) -> AsyncIterator[Browser]:
    """Start a browser that keeps what it has in the folder, and close it at the end."""
    program = find_browser()
    assert program is not None
    our_read, their_write = os.pipe()
    their_read, our_write = os.pipe()
    process = _start(program, f"--user-data-dir={folder}", their_read, their_write)
    os.close(their_read)
    os.close(their_write)
    reader = asyncio.StreamReader(limit=1 << 26)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(our_read, "rb")
    )
    try:
        yield Browser(reader, our_write)
    finally:
        os.close(our_write)  # by which the browser knows that it is over
        await asyncio.to_thread(process.wait)
        transport.close()
