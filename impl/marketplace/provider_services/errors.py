"""Problem of publishing a service without a profile."""

from impl.kernel.errors import Problem


class ProfileRequired(Problem):
    """Raised when a service is submitted before its provider's profile has been."""

    status = 409
    slug = "profile-required"
    title = "Business profile required"
