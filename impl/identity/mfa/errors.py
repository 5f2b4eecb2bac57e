"""What somebody who changes or passes a second factor may be refused."""

from impl.kernel.errors import Problem
from openapi.runtime.wire import FieldError


class WrongMfaCode(Problem):
    """A wrong code and one that was used before are told alike."""

    status = 422
    slug = "wrong-mfa-code"
    title = "Wrong code"

    def __init__(self, pointer: str) -> None:
        detail = "The code is wrong, or was used before: wait for the next one."
        super().__init__(detail, errors=(FieldError("mfa_code_wrong", detail, pointer=pointer),))


class MfaAlreadyEnrolled(Problem):
    status = 409
    slug = "mfa-already-enrolled"
    title = "Second factor is switched on"

    def __init__(self) -> None:
        super().__init__("Switch the second factor off before you enrol another authenticator.")


class MfaNotEnrolled(Problem):
    status = 409
    slug = "mfa-not-enrolled"
    title = "Second factor is switched off"


class MfaEnrolmentNotStarted(Problem):
    """Never started, expired, and confirmed already are told alike."""

    status = 409
    slug = "mfa-enrolment-not-started"
    title = "No enrolment to confirm"

    def __init__(self) -> None:
        super().__init__("Start the enrolment again: there is none, or its time has passed.")
