"""Problems of operations that define roles."""

from collections.abc import Sequence

from impl.kernel.errors import Problem
from openapi.runtime.wire import FieldError


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


class RoleRefused(Problem):
    """Raised when a role's definition names an unknown role or permission, one that is not for staff, or a cycle."""

    status = 422
    slug = "role-refused"
    title = "Not a possible role"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("The role cannot be as it is described.", errors=errors)
