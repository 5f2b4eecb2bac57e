"""The refusals of reports."""

from impl.kernel.errors import Problem


class OwnListing(Problem):
    """Raised when somebody reports what is their own."""

    status = 409
    slug = "own-listing"
    title = "Own listing"


class OwnCase(Problem):
    """Raised when a member of the staff would decide about what is theirs or what they have reported."""

    status = 403
    slug = "own-case"
    title = "Own case"
