"""What a wrong proof is answered."""

from impl.kernel.errors import Problem
from openapi.runtime.wire import FieldError


class InvalidCredentials(Problem):
    """No account and a wrong password are told alike."""

    status = 401
    slug = "invalid-credentials"
    title = "Invalid credentials"


class WrongCurrentPassword(Problem):
    status = 422
    slug = "wrong-current-password"
    title = "Wrong current password"

    def __init__(self) -> None:
        error = FieldError("password_wrong", "This is not the present password.", pointer="/current_password")
        super().__init__(errors=(error,))
