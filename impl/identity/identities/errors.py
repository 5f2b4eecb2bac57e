"""What linking and unlinking may be refused for."""

from impl.kernel.errors import Problem


class LastWayIn(Problem):
    status = 409
    slug = "last-way-in"
    title = "Last way in"


class IdentityTaken(Problem):
    status = 409
    slug = "identity-taken"
    title = "Identity belongs to another account"
