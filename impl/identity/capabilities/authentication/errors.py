"""What someone who stays signed in may be refused."""

from impl.kernel.errors import Problem


class InvalidRefreshToken(Problem):
    """Unknown, expired and reused tokens are told alike: the answer to all is to sign in again."""

    status = 401
    slug = "invalid-refresh-token"
    title = "Invalid refresh token"
