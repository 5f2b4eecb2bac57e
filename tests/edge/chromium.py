"""A page in headless Chromium, driven over the pipe of its DevTools protocol: no driver has to be installed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.harness.browser import find_browser

type Json = dict[str, Any]

_PATIENCE = 60.0
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


class Page:
    """One page. Conditions are waited for inside it: `until(() => ...)`, or `rest()` until it is idle."""

    def __init__(self, reader: asyncio.StreamReader, write: int) -> None:
        self._reader = reader
        self._write = write
        self._number = 0
        self._session: str | None = None
        self.errors: list[str] = []
        self.requests: list[str] = []

    async def open(self) -> None:
        target = await self._call("Target.createTarget", url="about:blank")
        attached = await self._call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self._call(f"{domain}.enable")
        await self._call("Page.addScriptToEvaluateOnNewDocument", source=_WATCH)

    def forget(self) -> None:
        """Begin a test anew with a browser that is shared."""
        self.errors.clear()
        self.requests.clear()

    def strangers(self, host: str) -> list[str]:
        """What was asked of anybody but the host; `data:` and `blob:` ask nobody."""
        return [url for url in self.requests if urlsplit(url).scheme != "data" and not _of(url, host)]

    async def visit(self, url: str) -> None:
        # By way of another document: a new fragment alone would load nothing.
        await self._call("Page.navigate", url="about:blank")
        await self._call("Page.navigate", url=url)
        await self.run("until(() => document.readyState === 'complete')")

    async def run(self, expression: str) -> Any:  # noqa: ANN401 - JSON
        """Evaluate JavaScript in the page, wait for its promise and return its value."""
        answer = await self._call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def _call(self, method: str, **parameters: object) -> Json:
        self._number += 1
        message: Json = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        async with asyncio.timeout(_PATIENCE):
            while True:
                received: Json = json.loads((await self._reader.readuntil(b"\0"))[:-1])
                if received.get("id") == self._number:
                    assert "error" not in received, received["error"]
                    result: Json = received["result"]
                    return result
                self._note(received)

    def _note(self, event: Json) -> None:
        if event["method"] == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])
        elif event["method"] == "Runtime.exceptionThrown":
            self.errors.append(str(event["params"]["exceptionDetails"]))
        elif event["method"] == "Runtime.consoleAPICalled" and event["params"]["type"] == "error":
            self.errors.append(str(event["params"]["args"]))
        elif event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
            self.errors.append(str(event["params"]["entry"]))


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
async def open_page(folder: Path) -> AsyncIterator[Page]:
    """Start a browser with a profile of its own and close it at the end."""
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
        page = Page(reader, our_write)
        await page.open()
        yield page
    finally:
        os.close(our_write)  # by which the browser knows that it is over
        await asyncio.to_thread(process.wait)
        transport.close()
