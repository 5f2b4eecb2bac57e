"""Problems that every feature may raise (RFC 9457); features add their own beside these."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from openapi.runtime.wire import FieldError

type JsonScalar = str | int | float | bool | None
type JsonValue = JsonScalar | Sequence[JsonValue] | Mapping[str, JsonValue]


class Problem(Exception):
    """Raised anywhere below the edge to answer with an error; the edge renders it in one place."""

    status: ClassVar[int]
    slug: ClassVar[str]
    title: ClassVar[str]
    # What a person reads who is shown the problem and nothing else; the title where nothing can be added to it.
    default_detail: ClassVar[str] = ""

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, JsonValue] | None = None,
    ) -> None:
        self.detail = detail or self.default_detail or f"{self.title}."
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.members = dict(members or {})
        super().__init__(self.detail)


class Malformed(Problem):
    """Raised when a header of a request cannot be parsed."""

    status = 400
    slug = "malformed-request"
    title = "Malformed request"


class Unauthenticated(Problem):
    """Raised when an operation needs a caller and the request has no access token."""

    status = 401
    slug = "unauthenticated"
    title = "Sign-in required"


class InvalidToken(Problem):
    """Raised when an access token is invalid or expired, or its session has ended."""

    status = 401
    slug = "invalid-token"
    title = "Invalid access token"
    default_detail = "The access token is not valid. Refresh it, or sign in again."


class Forbidden(Problem):
    """Raised when a caller lacks a permission that the operation needs."""

    status = 403
    slug = "forbidden"
    title = "Not allowed"


class AccountSuspended(Problem):
    """Raised when the account of a sign-in or a session is suspended."""

    status = 403
    slug = "account-suspended"
    title = "Account suspended"
    default_detail = "The account is suspended. Write to support to have it looked at."


class MfaEnrolmentRequired(Problem):
    """Raised when a caller's role requires a second factor that is not switched on."""

    status = 403
    slug = "mfa-enrolment-required"
    title = "Second factor must be switched on"


class OwnCase(Problem):
    """Raised when a member of the staff would decide on what is theirs, or on what they have reported."""

    status = 403
    slug = "own-case"
    title = "Own case"

    def __init__(self) -> None:
        super().__init__("Somebody else has to decide on what is yours or what you have reported.")


class NotFound(Problem):
    """Raised when a resource does not exist, or the caller may not know that it does."""

    status = 404
    slug = "not-found"
    title = "Not found"
    default_detail = "There is no such thing here, or it is somebody else's."


class InvalidTransition(Problem):
    """Raised when a resource's state does not allow the operation; the problem names it and what it allows."""

    status = 409
    slug = "invalid-transition"
    title = "Not possible in this state"

    def __init__(self, state: str, possible: Sequence[str] = ()) -> None:
        """Take the present state, and the ids of the operations that it allows."""
        super().__init__(f"The state is {state}.", members={"state": str(state), "possible": list(map(str, possible))})


class LimitReached(Problem):
    """Raised when a person has as many of something as one may have; the problem names that number."""

    status = 409
    slug = "limit-reached"
    title = "Limit reached"

    def __init__(self, detail: str, limit: int) -> None:
        super().__init__(detail, members={"limit": limit})


class PreconditionFailed(Problem):
    """Raised when If-Match names another version than the present one."""

    status = 412
    slug = "precondition-failed"
    title = "Changed meanwhile"


class InvalidInput(Problem):
    """Raised when a request breaks a rule that its schema cannot express."""

    status = 422
    slug = "validation-failed"
    title = "Validation failed"
    default_detail = "What was sent breaks a rule: `errors` says where, and what to change."


class InvalidCursor(Problem):
    """Raised when a page's cursor cannot be decrypted, or belongs to another list."""

    status = 422
    slug = "invalid-cursor"
    title = "Invalid cursor"


class PreconditionRequired(Problem):
    """Raised when a change lacks the If-Match header that it needs."""

    status = 428
    slug = "precondition-required"
    title = "If-Match required"


class RateLimited(Problem):
    """Raised when a rate limit's quota is used up."""

    status = 429
    slug = "rate-limited"
    title = "Too many requests"


class Unavailable(Problem):
    """Raised when the service cannot answer now; the client may try again."""

    status = 503
    slug = "unavailable"
    title = "Unavailable"
    default_detail = "Try again in a moment."
