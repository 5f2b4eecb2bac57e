"""Problem of submitting a profile for review."""

from impl.kernel.errors import Problem


class ProfileIncomplete(Problem):
    """Raised when a profile is submitted that lacks a required part."""

    status = 409
    slug = "profile-incomplete"
    title = "Profile incomplete"
