"""Problems of jobs."""

from impl.kernel.errors import Problem


class SlotTaken(Problem):
    """Raised when another job takes the provider's time then."""

    status = 409
    slug = "slot-taken"
    title = "Taken already"
