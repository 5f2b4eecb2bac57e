"""Events of a stream, read as a client reads them (HTML, section 9.2.6)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SentEvent:
    """Event as it was sent: its id, and its data as bytes."""

    id: str
    data: bytes

    @property
    def json(self) -> dict[str, Any]:
        """Return the data as what it is."""
        read: dict[str, Any] = json.loads(self.data)
        return read


def events_of(body: bytes) -> Iterator[SentEvent]:
    """Yield the events of a stream that has ended; comments are left out."""
    for block in body.split(b"\n\n"):
        fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if line and not line.startswith(b":"))
        if b"data" in fields:
            yield SentEvent(fields[b"id"].decode(), fields[b"data"])
