"""Problems of linking and unlinking an identity."""

from impl.kernel.errors import Problem


class LastWayIn(Problem):
    """Raised when unlinking an identity would leave the account without any way to sign in."""

    status = 409
    slug = "last-way-in"
    title = "Last way in"


class IdentityTaken(Problem):
    """Raised when an identity is linked that belongs to another account."""

    status = 409
    slug = "identity-taken"
    title = "Identity belongs to another account"
