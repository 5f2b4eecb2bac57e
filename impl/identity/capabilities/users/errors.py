"""Problem of a username that is not free."""

from impl.kernel.errors import Problem
from openapi.runtime.wire import FieldError


class UsernameTaken(Problem):
    """Raised when another account has the requested username."""

    status = 409
    slug = "username-taken"
    title = "Username taken"

    def __init__(self) -> None:
        error = FieldError("username_taken", "Somebody else has this username.", pointer="/username")
        super().__init__("Choose another username.", errors=(error,))
