"""What a wrong proof is answered."""

from impl.kernel.errors import Problem


class InvalidCredentials(Problem):
    """No account and a wrong password are told alike."""

    status = 401
    slug = "invalid-credentials"
    title = "Invalid credentials"
