"""Problems of operations by which staff change an account."""

from impl.kernel.errors import Problem
from openapi.runtime.wire import FieldError


class EmailTaken(Problem):
    """Raised when staff give an account an address that belongs to another one.

    Only staff get this answer, since they may look up every account. Anyone else could find out who has an account.
    """

    status = 409
    slug = "email-taken"
    title = "E-mail address taken"

    def __init__(self) -> None:
        error = FieldError("email_taken", "Somebody has an account with this address.", pointer="/email")
        super().__init__(errors=(error,))


class OwnAccount(Problem):
    """Raised when staff use one of these operations on their own account.

    A slip would lock them out, and an address set here is not proved: it could give them somebody else's mailbox.
    """

    status = 409
    slug = "own-account"
    title = "Your own account"

    def __init__(self) -> None:
        super().__init__("You cannot do this to your own account.")
