"""What changes of who may do what are refused for."""

from collections.abc import Iterable, Sequence

from impl.kernel.errors import Problem
from openapi.runtime.wire import FieldError


class ExceedsOwnPermissions(Problem):
    """It would give, take or touch permissions that the caller does not have."""

    status = 403
    slug = "exceeds-own-permissions"
    title = "More than you may yourself"

    def __init__(self, lacking: Iterable[str]) -> None:
        super().__init__(f"You lack {', '.join(sorted(lacking))}.")


class RoleNameTaken(Problem):
    status = 409
    slug = "role-name-taken"
    title = "Role name taken"

    def __init__(self) -> None:
        error = FieldError("role_name_taken", "There is a role of this name.", pointer="/name")
        super().__init__("Choose another name.", errors=(error,))


class RoleInUse(Problem):
    status = 409
    slug = "role-in-use"
    title = "Role in use"

    def __init__(self) -> None:
        super().__init__("Somebody holds this role, or another role inherits from it.")


class BuiltInRole(Problem):
    status = 409
    slug = "built-in-role"
    title = "Built-in role"

    def __init__(self) -> None:
        super().__init__("Built-in roles stay as they are.")


class LastAdmin(Problem):
    """Nobody would be left who could undo it: only an operator with the command line could."""

    status = 409
    slug = "last-admin"
    title = "Last administrator"

    def __init__(self) -> None:
        super().__init__("Make somebody else an administrator first.")


class RoleRefused(Problem):
    """What the role is made of does not exist, is not for staff, or leads back to itself."""

    status = 422
    slug = "role-refused"
    title = "Not a possible role"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("The role cannot be as it is described.", errors=errors)


class UnknownRole(Problem):
    status = 422
    slug = "unknown-role"
    title = "Unknown role"

    def __init__(self, places: Iterable[int]) -> None:
        detail = "There is no role of this name."
        super().__init__(errors=[FieldError("role_unknown", detail, pointer=f"/roles/{place}") for place in places])
