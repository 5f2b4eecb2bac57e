"""Pools of tokens and ids for the fuzzer, so that single use, log-out and back-off do not starve it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

type Item = Mapping[str, str]


# No phase may use up what the next one needs: coverage alone sends more valid requests than there are tokens.
_SHARE = 0.4


@dataclass(slots=True)
class Pools:
    """Lists of values by their purpose, passed in a file from the test to the hooks."""

    values: dict[str, list[Item]] = field(default_factory=dict)
    _taken: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, name: str, phase: str) -> Item | None:
        """Take something that works once; nothing when the share of the phase is used up."""
        left = self.values[name]
        taken = self._taken.get((name, phase), 0)
        given = sum(count for (pool, _), count in self._taken.items() if pool == name)
        if not left or taken >= _SHARE * (len(left) + given):
            return None
        self._taken[name, phase] = taken + 1
        return left.pop(0)

    def turn(self, name: str) -> Item:
        """Return something that works again and again, each time the next one."""
        items = self.values[name]
        items.append(items.pop(0))
        return items[-1]

    def write(self, path: Path) -> None:
        """Keep the pools in a file."""
        path.write_text(json.dumps(self.values), encoding="utf-8")


def read(path: Path) -> Pools:
    """Read the pools from their file."""
    return Pools(json.loads(path.read_text(encoding="utf-8")))
