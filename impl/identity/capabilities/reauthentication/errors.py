"""Problems of operations that a live session alone does not allow."""

from impl.kernel.errors import Problem


class ReauthenticationRequired(Problem):
    """Raised when an account without a password asks for such an operation without a recent sign-in.

    The session may have been left open on another machine. Its owner can sign in again and repeat the request.
    """

    status = 403
    slug = "reauthentication-required"
    title = "Sign in again"

    def __init__(self) -> None:
        super().__init__("The account has no password: sign in once more, and repeat this within ten minutes.")


class FreshSignInRequired(Problem):
    """Raised when an operation needs a session that is younger than the caller's."""

    status = 403
    slug = "fresh-sign-in-required"
    title = "Fresh sign-in required"

    def __init__(self, minutes: int) -> None:
        super().__init__(f"Sign in again: this takes a session that is at most {minutes} minutes old.")
