"""Problems of jobs."""

from impl.kernel.errors import Problem


class SlotTaken(Problem):
    """Raised when another job or visit takes the provider's time then."""

    status = 409
    slug = "slot-taken"
    title = "Taken already"
