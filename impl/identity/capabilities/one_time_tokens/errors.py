"""What a one-time token may be refused for."""

from impl.kernel.errors import Problem


class InvalidOneTimeToken(Problem):
    """Unknown, expired, used and superseded tokens are told alike: the difference would tell a guesser something."""

    status = 422
    slug = "invalid-one-time-token"
    title = "Invalid link"
