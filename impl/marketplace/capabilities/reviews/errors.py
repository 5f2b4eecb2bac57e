"""Problems of reviews."""

from impl.kernel.errors import Problem


class AlreadyReviewed(Problem):
    """Raised when a party reviews a job a second time."""

    status = 409
    slug = "already-reviewed"
    title = "Reviewed already"


class ReviewClosed(Problem):
    """Raised when the time to write, to change or to reply is over, or there is a reply already."""

    status = 409
    slug = "review-closed"
    title = "Closed"
