"""Refusal of a backup or a restoration, in words for the operator."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from impl.kernel.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


class RecoveryError(Exception):
    """Raised when a backup or a restoration cannot be carried out; its message is a sentence for the operator."""


@contextmanager
def explained(storage: str) -> Iterator[None]:
    """Raise RecoveryError for a storage that does not answer, named by the beginning of the message."""
    try:
        yield
    except Unavailable as error:
        # What follows its first line is of no use to an operator.
        cause = str(error.__cause__ or error).partition("\n")[0]
        raise RecoveryError(f"{storage} does not work: {cause}") from error
