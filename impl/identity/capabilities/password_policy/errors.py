"""Problem of a new password that the policy refuses."""

from impl.kernel.errors import Problem


class WeakPassword(Problem):
    """Raised when a new password does not meet the password policy."""

    status = 422
    slug = "weak-password"
    title = "Weak password"
    default_detail = "Choose a password that is harder to guess."
