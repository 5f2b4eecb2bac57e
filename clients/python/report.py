"""Report of the journey: each answer is printed and compared with the expected one."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from hestami_client.types import Response

_PATIENCE = 60.0
_LOOK_EVERY = 0.1


class Surprise(Exception):
    """Raised when the service answers otherwise than the journey expects."""


class Teller:
    """Prints the steps of the journey and stops it at the first unexpected answer."""

    def __init__(self) -> None:
        self.steps = 0
        self.refusals = 0

    def chapter(self, words: str) -> None:
        """Head what follows."""
        sys.stdout.write(f"\n{words}\n")

    def done[T](self, words: str, answer: Response[Any], kind: type[T]) -> T:
        """Return the content, which must be of that kind."""
        return self._told(words, answer, kind)

    def empty(self, words: str, answer: Response[Any]) -> None:
        """Take an answer that must say nothing but 204."""
        self._tell(words, answer)
        if answer.status_code != 204:
            raise Surprise(f"{words}: {answer.status_code} instead of 204: {answer.content.decode()}")

    def refused[T](self, words: str, answer: Response[Any], kind: type[T]) -> T:
        """Return the problem, which must be of that kind."""
        self.refusals += 1
        return self._told(f"refused: {words}", answer, kind)

    def expect(self, found: object, wanted: object, words: str) -> None:
        """Say what is so, or stop where it is not."""
        if found != wanted:
            raise Surprise(f"it was expected that {words}: {found!r} instead of {wanted!r}")
        sys.stdout.write(f"     {words}\n")

    def until[T](self, words: str, ask: Callable[[], Response[Any]], kind: type[T], holds: Callable[[T], bool]) -> T:
        """Ask until it holds, since the worker of another process is at it; return the content."""
        deadline = time.monotonic() + _PATIENCE
        answer = ask()
        while time.monotonic() < deadline and not (isinstance(answer.parsed, kind) and holds(answer.parsed)):
            time.sleep(_LOOK_EVERY)  # there is nothing else to wait on
            answer = ask()
        found = self._told(words, answer, kind)
        self.expect(holds(found), wanted=True, words="what was to come is there")
        return found

    def _told[T](self, words: str, answer: Response[Any], kind: type[T]) -> T:
        self._tell(words, answer)
        if not isinstance(answer.parsed, kind):
            wanted = f"{answer.status_code} {type(answer.parsed).__name__} instead of {kind.__name__}"
            raise Surprise(f"{words}: {wanted}: {answer.content.decode()}")
        return answer.parsed

    def _tell(self, words: str, answer: Response[Any]) -> None:
        self.steps += 1
        sys.stdout.write(f"{self.steps:3}. {words} -> {answer.status_code} {type(answer.parsed).__name__}\n")
