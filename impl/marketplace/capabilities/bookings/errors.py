"""Problems of bookings."""

from impl.kernel.errors import Problem


class SlotTaken(Problem):
    """Raised when something else takes the provider's time then."""

    status = 409
    slug = "slot-taken"
    title = "Taken already"
