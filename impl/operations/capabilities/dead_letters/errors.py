"""Error of operators' commands on dead letters."""

from collections.abc import Collection
from uuid import UUID


class UnknownLetters(Exception):
    """Raised when one of the ids belongs to no dead letter; the others are left as they are, too."""

    def __init__(self, ids: Collection[UUID]) -> None:
        super().__init__("\n".join(f"There is no dead letter {one}." for one in sorted(ids)))
