"""What the token endpoints may refuse, in the words of RFC 6749, section 5.2; the edge writes them as it wants them."""

from impl.kernel.errors import Problem


class InvalidRequest(Problem):
    status = 400
    slug = "invalid-request"
    title = "Invalid request"


class InvalidClient(Problem):
    status = 400
    slug = "invalid-client"
    title = "Unknown client"


class InvalidGrant(Problem):
    status = 400
    slug = "invalid-grant"
    title = "Invalid grant"


class UnsupportedGrantType(Problem):
    status = 400
    slug = "unsupported-grant-type"
    title = "Unsupported grant type"
