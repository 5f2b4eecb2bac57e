"""Problems of reports."""

from impl.kernel.errors import Problem


class OwnListing(Problem):
    """Raised when somebody reports what is their own."""

    status = 409
    slug = "own-listing"
    title = "Own listing"
