"""Problems of refreshing a session."""

from impl.kernel.errors import Problem


class InvalidRefreshToken(Problem):
    """Raised when a refresh token is unknown, expired or reused.

    The three get one answer, because the client does the same in each case: it signs in again.
    """

    status = 401
    slug = "invalid-refresh-token"
    title = "Invalid refresh token"
    default_detail = "The session is over. Sign in again."
