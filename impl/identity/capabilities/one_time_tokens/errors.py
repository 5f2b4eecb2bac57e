"""What a one-time token may be refused for."""

from impl.kernel.errors import Problem


class InvalidOneTimeToken(Problem):
    """Unknown, expired and superseded tokens are told alike: the difference would tell a guesser something."""

    status = 422
    slug = "invalid-one-time-token"
    title = "Invalid link"


class AlreadyUsed(Problem):
    """Whoever has the whole token opened the link a second time: nothing is wrong, and nothing is left to do."""

    status = 422
    slug = "already-used"
    title = "Link already used"

    def __init__(self, done: str) -> None:
        super().__init__(f"This link has done its work. {done}")
