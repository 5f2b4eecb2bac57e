"""What staff are refused when they change somebody's account."""

from impl.kernel.errors import Problem
from openapi.runtime.wire import FieldError


class EmailTaken(Problem):
    """Told to staff only, who may look every account up; strangers never learn which addresses are known."""

    status = 409
    slug = "email-taken"
    title = "E-mail address taken"

    def __init__(self) -> None:
        error = FieldError("email_taken", "Somebody has an account with this address.", pointer="/email")
        super().__init__(errors=(error,))


class OwnAccount(Problem):
    """A slip would lock its author out, or let them rise by a mailbox that nobody has proved to be theirs."""

    status = 409
    slug = "own-account"
    title = "Your own account"

    def __init__(self) -> None:
        super().__init__("You cannot do this to your own account.")
