"""Problems of changing or passing a second factor."""

from impl.kernel.errors import Problem
from openapi.runtime.wire import FieldError


class WrongMfaCode(Problem):
    """Raised when a code is wrong or was used before; the two get one answer."""

    status = 422
    slug = "wrong-mfa-code"
    title = "Wrong code"

    def __init__(self, pointer: str) -> None:
        detail = "The code is wrong, or was used before: wait for the next one."
        super().__init__(detail, errors=(FieldError("mfa_code_wrong", detail, pointer=pointer),))


class MfaAlreadyEnrolled(Problem):
    """Raised when an enrolment starts while a second factor is switched on."""

    status = 409
    slug = "mfa-already-enrolled"
    title = "Second factor is switched on"

    def __init__(self) -> None:
        super().__init__("Switch the second factor off before you enrol another authenticator.")


class MfaNotEnrolled(Problem):
    """Raised when an operation needs a second factor and none is switched on."""

    status = 409
    slug = "mfa-not-enrolled"
    title = "Second factor is switched off"
    default_detail = "There is nothing to change: no second factor is switched on."


class MfaEnrolmentNotStarted(Problem):
    """Raised when an enrolment is confirmed that was never started, has expired or is confirmed already."""

    status = 409
    slug = "mfa-enrolment-not-started"
    title = "No enrolment to confirm"

    def __init__(self) -> None:
        super().__init__("Start the enrolment again: there is none, or its time has passed.")
