"""Problems of a sign-in with an identity provider that has no client to redirect the browser to."""

from impl.kernel.errors import Problem


class UnknownProvider(Problem):
    """Raised when a sign-in names an identity provider that is not configured."""

    status = 422
    slug = "unknown-provider"
    title = "Unknown identity provider"


class UnknownClient(Problem):
    """Raised when a sign-in names a client or redirect URI that is not registered."""

    status = 422
    slug = "unknown-client"
    title = "Unknown client"


class UnknownFlow(Problem):
    """Raised when a sign-in is unknown, expired, used, or was begun in another browser.

    All of them get one answer, because only the browser that began the sign-in has a use for more.
    """

    status = 404
    slug = "unknown-flow"
    title = "Sign-in not known"

    def __init__(self) -> None:
        super().__init__("This sign-in has expired, was used, or began in another browser. Begin again.")
