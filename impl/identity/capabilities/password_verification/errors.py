"""Problems of a wrong password."""

from impl.kernel.errors import Problem
from openapi.runtime.wire import FieldError


class InvalidCredentials(Problem):
    """Raised when a login names no account or a wrong password; the two get one answer."""

    status = 401
    slug = "invalid-credentials"
    title = "Invalid credentials"
    default_detail = "The password is wrong."


class WrongCurrentPassword(Problem):
    """Raised when a signed-in caller proves ownership with a wrong password."""

    status = 422
    slug = "wrong-current-password"
    title = "Wrong current password"
    default_detail = "The password is missing, or is not the present one."

    def __init__(self) -> None:
        error = FieldError("password_wrong", "This is not the present password.", pointer="/current_password")
        super().__init__(errors=(error,))
