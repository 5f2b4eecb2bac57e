"""What the fuzzer is given, so that single use, log-out and back-off do not starve it; a file from test to hooks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

type Item = Mapping[str, str]


@dataclass(slots=True)
class Pools:
    """Lists of things by what they are for."""

    values: dict[str, list[Item]] = field(default_factory=dict)

    def take(self, name: str) -> Item | None:
        """Take something that works once; nothing when all of it is used up."""
        left = self.values[name]
        return left.pop(0) if left else None

    def turn(self, name: str) -> Item:
        """Return something that works again and again, each time the next one."""
        items = self.values[name]
        items.append(items.pop(0))
        return items[-1]

    def write(self, path: Path) -> None:
        """Keep the pools in a file."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


def read(path: Path) -> Pools:
    """Read the pools from their file."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Pools(**content)
