"""Refusals of moderation."""

from datetime import datetime

from impl.kernel.errors import Problem


class OwnSubmission(Problem):
    """Raised when a moderator is to decide on what is theirs."""

    status = 403
    slug = "own-submission"
    title = "Your own"

    def __init__(self) -> None:
        super().__init__("Nobody decides on what is theirs.")


class ModerationClaimed(Problem):
    """Raised when somebody else has claimed it; the answer names the time until then."""

    status = 409
    slug = "moderation-claimed"
    title = "Claimed by somebody else"

    def __init__(self, until: datetime | None) -> None:
        named = "" if until is None else f" until {until.isoformat(timespec='seconds').replace('+00:00', 'Z')}"
        super().__init__(f"Somebody else has claimed it{named}.")
