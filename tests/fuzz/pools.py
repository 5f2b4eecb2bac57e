"""Pools of tokens and ids for the fuzzer, so that single use, log-out and back-off do not starve it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.contract.scenario import Person, Stage

type Item = Mapping[str, str]
type Maker = Callable[[Seeds], Awaitable[Item]]


class Seeds(NamedTuple):
    """People to whom the items of the pools belong."""

    stage: Stage
    anna: Person  # who sends the run's requests, homeowner and provider
    admin: Person


@dataclass(frozen=True, slots=True)
class Pool:
    """Pool of items of one kind, made before the run and stored under its name."""

    name: str
    make: Maker
    lasting: int = 0  # so many of what works again and again; else things that work once, as many as the profile says
    share: float = 1.0  # of what the profile says

    def count(self, size: int, fewest: int) -> int:
        """Return how many are made, when the profile makes `size` of each thing that works once, or `fewest`."""
        return self.lasting or max(fewest, int(size * self.share))


@dataclass(slots=True)
class Pools:
    """Items of all pools by the pool's name, passed in a file from the test to the hooks."""

    values: dict[str, list[Item]] = field(default_factory=dict)
    share: float = 0.4
    """Part that one phase may use, so that the next ones find something: coverage alone would use up all of it."""
    _taken: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, pool: Pool, phase: str) -> Item | None:
        """Take something that works once; nothing when the share of the phase is used up."""
        left = self.values[pool.name]
        taken = self._taken.get((pool.name, phase), 0)
        given = sum(count for (name, _), count in self._taken.items() if name == pool.name)
        if not left or taken >= self.share * (len(left) + given):
            return None
        self._taken[pool.name, phase] = taken + 1
        return left.pop(0)

    def turn(self, pool: Pool) -> Item:
        """Return something that works again and again, each time the next one."""
        items = self.values[pool.name]
        items.append(items.pop(0))
        return items[-1]

    def last(self, pool: Pool) -> Item:
        """Return the item that is left when nothing can be taken any more."""
        return self.values[pool.name][-1]

    def write(self, path: Path) -> None:
        """Keep the pools in a file."""
        path.write_text(json.dumps([self.values, self.share]), encoding="utf-8")


def read(path: Path) -> Pools:
    """Read the pools from their file."""
    values, share = json.loads(path.read_text(encoding="utf-8"))
    return Pools(values, share)
