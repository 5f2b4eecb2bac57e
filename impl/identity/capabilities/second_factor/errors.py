"""What a sign-in without its second factor is answered."""

from collections.abc import Sequence

from impl.kernel.errors import Problem


class MfaRequired(Problem):
    """The first factor was right: half of a sign-in, with what the other half takes."""

    status = 403
    slug = "mfa-required"
    title = "Second factor required"

    def __init__(self, token: str, *, expires_in: int, methods: Sequence[str]) -> None:
        super().__init__(
            "Send a code of your authenticator app, or one of your recovery codes.",
            members={"mfa_token": token, "expires_in": expires_in, "methods": list(methods)},
        )


class InvalidMfaToken(Problem):
    """Unknown, expired, used and overtaken tokens are told alike: the answer to all is to begin anew."""

    status = 401
    slug = "invalid-mfa-token"
    title = "Sign-in expired"

    def __init__(self) -> None:
        super().__init__("Sign in again from the beginning.")
