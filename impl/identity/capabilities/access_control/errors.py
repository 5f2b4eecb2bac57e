"""Problems of operations that define or grant roles."""

from collections.abc import Iterable, Sequence

from impl.kernel.errors import Problem
from openapi.runtime.wire import FieldError


class ExceedsOwnPermissions(Problem):
    """Raised when a change would grant, remove or affect permissions that the caller does not have."""

    status = 403
    slug = "exceeds-own-permissions"
    title = "More than you may yourself"

    def __init__(self, lacking: Iterable[str]) -> None:
        super().__init__(f"You lack {', '.join(sorted(lacking))}.")


class RoleNameTaken(Problem):
    """Raised when a new role has the name of an existing one."""

    status = 409
    slug = "role-name-taken"
    title = "Role name taken"

    def __init__(self) -> None:
        error = FieldError("role_name_taken", "There is a role of this name.", pointer="/name")
        super().__init__("Choose another name.", errors=(error,))


class RoleInUse(Problem):
    """Raised when a role is deleted that an account holds or another role inherits from."""

    status = 409
    slug = "role-in-use"
    title = "Role in use"

    def __init__(self) -> None:
        super().__init__("Somebody holds this role, or another role inherits from it.")


class BuiltInRole(Problem):
    """Raised when a built-in role is changed or deleted."""

    status = 409
    slug = "built-in-role"
    title = "Built-in role"

    def __init__(self) -> None:
        super().__init__("Built-in roles stay as they are.")


class LastAdmin(Problem):
    """Raised when a change would leave no administrator.

    Only an operator with the command line could undo it.
    """

    status = 409
    slug = "last-admin"
    title = "Last administrator"

    def __init__(self) -> None:
        super().__init__("Make somebody else an administrator first.")


class RoleRefused(Problem):
    """Raised when a role's definition names an unknown role or permission, one that is not for staff, or a cycle."""

    status = 422
    slug = "role-refused"
    title = "Not a possible role"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("The role cannot be as it is described.", errors=errors)


class UnknownRole(Problem):
    """Raised when an account is given a role that does not exist."""

    status = 422
    slug = "unknown-role"
    title = "Unknown role"

    def __init__(self, places: Iterable[int]) -> None:
        detail = "There is no role of this name."
        super().__init__(errors=[FieldError("role_unknown", detail, pointer=f"/roles/{place}") for place in places])
