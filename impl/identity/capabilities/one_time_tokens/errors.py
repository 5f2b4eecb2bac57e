"""Problems of redeeming a mailed one-time token."""

from impl.kernel.errors import Problem


class InvalidOneTimeToken(Problem):
    """Raised when a one-time token is unknown, expired or superseded.

    The three get one answer, because the difference would help somebody who guesses tokens.
    """

    status = 422
    slug = "invalid-one-time-token"
    title = "Invalid link"
    default_detail = "This link has expired, or a newer one has replaced it. Ask for another."


class AlreadyUsed(Problem):
    """Raised when a token is presented that has been redeemed already.

    Only who has the whole token gets this answer: they opened their link a second time, and nothing is left to do.
    """

    status = 422
    slug = "already-used"
    title = "Link already used"

    def __init__(self, done: str) -> None:
        super().__init__(f"This link has done its work. {done}")
