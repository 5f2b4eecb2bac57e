"""What an account may be refused."""

from impl.kernel.errors import Problem
from openapi.runtime.wire import FieldError


class UsernameTaken(Problem):
    status = 409
    slug = "username-taken"
    title = "Username taken"

    def __init__(self) -> None:
        error = FieldError("username_taken", "Somebody else has this username.", pointer="/username")
        super().__init__("Choose another username.", errors=(error,))
