"""Watching of what happens: the events of the stream, as objects of the generated client."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx
from hestami_client import AuthenticatedClient
from hestami_client.models import NotificationArrived, NotificationsOpened, NotificationsReset

type Happening = NotificationsOpened | NotificationArrived | NotificationsReset

_PATH = "/notifications/stream"
_KINDS: dict[str, type[Happening]] = {
    "OPENED": NotificationsOpened,
    "NOTIFICATION": NotificationArrived,
    "RESET": NotificationsReset,
}
# Longer than the pause between two signs of life.
_PATIENCE = httpx.Timeout(10, read=60)


def watch(client: AuthenticatedClient, last: str | None = None) -> Iterator[Happening]:
    """Yield what happens until the session is over; come back by itself after the event `last`, and miss nothing."""
    while True:
        seconds = 2.0
        headers = {} if last is None else {"Last-Event-ID": last}
        try:
            with client.get_httpx_client().stream("GET", _PATH, headers=headers, timeout=_PATIENCE) as answer:
                if answer.status_code in {401, 403}:
                    return
                seconds = float(answer.headers.get("Retry-After", seconds))
                if answer.status_code == httpx.codes.OK:
                    for event_id, happening in _events(answer):
                        last = event_id
                        yield happening
        except httpx.TransportError:
            pass
        time.sleep(seconds)


def _events(answer: httpx.Response) -> Iterator[tuple[str, Happening]]:
    event_id = ""
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            event_id = value
        elif name == "data":
            data = json.loads(value)
            yield event_id, _KINDS[data["event"]].from_dict(data)
