"""Problems of a sign-in that lacks its second factor."""

from collections.abc import Sequence

from impl.kernel.errors import Problem


class MfaRequired(Problem):
    """Raised when the first factor was right and the account has a second one.

    It carries the token with which the second step continues the sign-in.
    """

    status = 403
    slug = "mfa-required"
    title = "Second factor required"

    def __init__(self, token: str, *, expires_in: int, methods: Sequence[str]) -> None:
        super().__init__(
            "Send a code of your authenticator app, or one of your recovery codes.",
            members={"mfa_token": token, "expires_in": expires_in, "methods": list(methods)},
        )


class InvalidMfaToken(Problem):
    """Raised when the token of the second step is unknown, expired, used or void after a change of credentials.

    All of them get one answer, because the client does the same in each case: it signs in again.
    """

    status = 401
    slug = "invalid-mfa-token"
    title = "Sign-in expired"

    def __init__(self) -> None:
        super().__init__("Sign in again from the beginning.")
