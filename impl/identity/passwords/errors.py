"""What someone who changes a password may be refused."""

from impl.kernel.errors import FieldError, Problem


class WrongCurrentPassword(Problem):
    status = 422
    slug = "wrong-current-password"
    title = "Wrong current password"

    def __init__(self) -> None:
        error = FieldError("password_wrong", "This is not the present password.", pointer="/current_password")
        super().__init__(errors=(error,))
