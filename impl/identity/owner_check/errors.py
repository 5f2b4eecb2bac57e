"""What someone with a live session may be refused all the same."""

from impl.kernel.errors import Problem


class ReauthenticationRequired(Problem):
    """A session that was left open somewhere is not enough; its owner can sign in once more."""

    status = 403
    slug = "reauthentication-required"
    title = "Sign in again"

    def __init__(self) -> None:
        super().__init__("The account has no password: sign in once more, and repeat this within ten minutes.")
