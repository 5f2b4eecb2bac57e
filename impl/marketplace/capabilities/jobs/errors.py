"""Problems of jobs."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from impl.kernel.errors import Problem


class SlotTaken(Problem):
    """Raised when another job or visit takes the provider's time then."""

    status = 409
    slug = "slot-taken"
    title = "Taken already"


@contextmanager
def taken_slots_refused(constraint: str) -> Iterator[None]:
    """Raise SlotTaken where the database refuses a booking by this constraint."""
    try:
        yield
    except IntegrityError as error:
        if constraint in str(error.orig):
            raise SlotTaken("Another job or visit takes the provider's time then.") from error
        raise
