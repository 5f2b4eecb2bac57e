"""Receiver of error reports: a real server on loopback that takes envelopes as Sentry does."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.harness.patience import PATIENCE
from tests.harness.posts import posts

_KEY = "0123456789abcdef0123456789abcdef"


class ErrorServer:
    """Events that have come, and all that was sent with them."""

    def __init__(self) -> None:
        self.dsn = ""
        self.events: list[dict[str, Any]] = []
        self.sent: list[str] = []
        self._news = threading.Condition()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Take an envelope: a line of JSON for it, and two for each item, a header and a payload."""
        assert path == "/api/7/envelope/"
        assert _KEY in headers["x-sentry-auth"]
        text = (gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body).decode()
        _, *lines = text.rstrip("\n").split("\n")
        with self._news:
            self.sent.append(f"{headers}\n{text}")
            for head, payload in zip(lines[::2], lines[1::2], strict=True):
                assert json.loads(head)["type"] == "event", head
                self.events.append(json.loads(payload))
            self._news.notify_all()
        return 200

    def wait_for(self, operation: str, count: int = 1) -> list[dict[str, Any]]:
        """Return the events about an operation, once there are that many."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.of(operation)) >= count, PATIENCE), self.events
            return self.of(operation)

    def of(self, operation: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["tags"].get("operation") == operation]


@contextmanager
def error_server() -> Iterator[ErrorServer]:
    """Run a server until the block ends."""
    server = ErrorServer()
    with posts(server.take) as url:
        server.dsn = f"{url.replace('://', f'://{_KEY}@')}/7"
        yield server
