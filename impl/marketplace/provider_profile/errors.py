"""Problems of a profile: parts that are missing, and what is not agreed while staff have suspended a business."""

from collections.abc import Sequence

from generated.states import ProfileState
from impl.kernel.errors import InvalidInput, InvalidTransition, Problem
from openapi.runtime.wire import FieldError


class ProfileIncomplete(Problem):
    """Raised when a profile is submitted that lacks a required part."""

    status = 409
    slug = "profile-incomplete"
    title = "Profile incomplete"


def two_bases() -> InvalidInput:
    """Return the refusal of a base point and a base place at once."""
    detail = "Give `base_point` or `base_place`, not both."
    return InvalidInput(detail, errors=[FieldError("too_many", detail, "/base_place")])


def unknown_base() -> InvalidInput:
    """Return the refusal of a base place that is not there."""
    detail = "There is no such place; `GET /places` suggests some."
    return InvalidInput(detail, errors=[FieldError("unknown_place", detail, "/base_place")])


def check_not_suspended(state: ProfileState | None, possible: Sequence[str] = ()) -> None:
    """Refuse what would begin or agree on something new with a business that staff have suspended."""
    if state is not None and state is not ProfileState.APPROVED:
        raise InvalidTransition(state, possible)
