"""What goes wrong with dead letters; operators read it at a terminal."""

from collections.abc import Collection
from uuid import UUID


class UnknownLetters(Exception):
    """Some of the ids are of no dead letter; nothing was done with the others."""

    def __init__(self, ids: Collection[UUID]) -> None:
        super().__init__("\n".join(f"There is no dead letter {one}." for one in sorted(ids)))
