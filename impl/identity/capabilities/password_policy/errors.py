"""What a password may be refused for."""

from impl.kernel.errors import Problem


class WeakPassword(Problem):
    status = 422
    slug = "weak-password"
    title = "Weak password"
