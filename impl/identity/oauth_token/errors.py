"""Problems of the token endpoints, named as in RFC 6749, section 5.2, in whose form the edge renders them."""

from impl.kernel.errors import Problem


class InvalidRequest(Problem):
    """Raised when a token request lacks a parameter that its grant type needs."""

    status = 400
    slug = "invalid-request"
    title = "Invalid request"


class InvalidClient(Problem):
    """Raised when a token request names a client that is not registered."""

    status = 400
    slug = "invalid-client"
    title = "Unknown client"


class InvalidGrant(Problem):
    """Raised when a code or refresh token is unknown, expired, used, or was issued to another client."""

    status = 400
    slug = "invalid-grant"
    title = "Invalid grant"


class UnsupportedGrantType(Problem):
    """Raised when a token request names a grant type that the endpoint does not support."""

    status = 400
    slug = "unsupported-grant-type"
    title = "Unsupported grant type"
