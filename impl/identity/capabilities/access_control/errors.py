"""Problems of operations that grant roles."""

from collections.abc import Iterable

from impl.kernel.errors import Problem
from openapi.runtime.wire import FieldError


class ExceedsOwnPermissions(Problem):
    """Raised when a change would grant, remove or affect permissions that the caller does not have."""

    status = 403
    slug = "exceeds-own-permissions"
    title = "More than you may yourself"

    def __init__(self, lacking: Iterable[str]) -> None:
        super().__init__(f"You lack {', '.join(sorted(lacking))}.")


class LastAdmin(Problem):
    """Raised when a change would leave no administrator.

    Only an operator with the command line could undo it.
    """

    status = 409
    slug = "last-admin"
    title = "Last administrator"

    def __init__(self) -> None:
        super().__init__("Make somebody else an administrator first.")


class UnknownRole(Problem):
    """Raised when an account is given a role that does not exist."""

    status = 422
    slug = "unknown-role"
    title = "Unknown role"

    def __init__(self, places: Iterable[int]) -> None:
        detail = "There is no role of this name."
        super().__init__(errors=[FieldError("role_unknown", detail, pointer=f"/roles/{place}") for place in places])
