"""What the service may answer instead of success (RFC 9457); features add their own beside these."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from openapi.runtime.wire import FieldError

type JsonScalar = str | int | float | bool | None
type JsonValue = JsonScalar | Sequence[JsonValue] | Mapping[str, JsonValue]


class Problem(Exception):
    """An answer that is not a success. Raised anywhere below the edge, rendered in one place there."""

    status: ClassVar[int]
    slug: ClassVar[str]
    title: ClassVar[str]

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, JsonValue] | None = None,
    ) -> None:
        self.detail = detail or f"{self.title}."
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.members = dict(members or {})
        super().__init__(self.detail)


class Malformed(Problem):
    status = 400
    slug = "malformed-request"
    title = "Malformed request"


class Unauthenticated(Problem):
    status = 401
    slug = "unauthenticated"
    title = "Sign-in required"


class InvalidToken(Problem):
    status = 401
    slug = "invalid-token"
    title = "Invalid access token"


class Forbidden(Problem):
    status = 403
    slug = "forbidden"
    title = "Not allowed"


class AccountSuspended(Problem):
    status = 403
    slug = "account-suspended"
    title = "Account suspended"


class MfaEnrolmentRequired(Problem):
    status = 403
    slug = "mfa-enrolment-required"
    title = "Second factor must be switched on"


class NotFound(Problem):
    status = 404
    slug = "not-found"
    title = "Not found"


class InvalidTransition(Problem):
    """A step that the present state does not allow; the answer says which state that is."""

    status = 409
    slug = "invalid-transition"
    title = "Not possible in this state"

    def __init__(self, state: str) -> None:
        super().__init__(f"The state is {state}.", members={"state": str(state)})


class PreconditionFailed(Problem):
    status = 412
    slug = "precondition-failed"
    title = "Changed meanwhile"


class InvalidInput(Problem):
    status = 422
    slug = "validation-failed"
    title = "Validation failed"


class InvalidCursor(Problem):
    status = 422
    slug = "invalid-cursor"
    title = "Invalid cursor"


class PreconditionRequired(Problem):
    status = 428
    slug = "precondition-required"
    title = "If-Match required"


class RateLimited(Problem):
    status = 429
    slug = "rate-limited"
    title = "Too many requests"


class Unavailable(Problem):
    status = 503
    slug = "unavailable"
    title = "Unavailable"
