"""What someone with a live session may be refused all the same."""

from impl.kernel.errors import Problem


class ReauthenticationRequired(Problem):
    """A session that was left open somewhere is not enough; its owner can sign in once more."""

    status = 403
    slug = "reauthentication-required"
    title = "Sign in again"

    def __init__(self) -> None:
        super().__init__("The account has no password: sign in once more, and repeat this within ten minutes.")


class FreshSignInRequired(Problem):
    status = 403
    slug = "fresh-sign-in-required"
    title = "Fresh sign-in required"

    def __init__(self, minutes: int) -> None:
        super().__init__(f"Sign in again: this takes a session that is at most {minutes} minutes old.")
