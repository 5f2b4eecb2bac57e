"""What a sign-in with an identity provider may be refused for, as long as there is no client to send the browser to."""

from impl.kernel.errors import Problem


class UnknownProvider(Problem):
    status = 422
    slug = "unknown-provider"
    title = "Unknown identity provider"


class UnknownClient(Problem):
    status = 422
    slug = "unknown-client"
    title = "Unknown client"


class UnknownFlow(Problem):
    """Unknown, expired, used, and begun in another browser are told alike: only its own browser has a use for more."""

    status = 404
    slug = "unknown-flow"
    title = "Sign-in not known"

    def __init__(self) -> None:
        super().__init__("This sign-in has expired, was used, or began in another browser. Begin again.")
