"""Refusals of moderation."""

from datetime import datetime

from impl.kernel.errors import Problem


class ModerationClaimed(Problem):
    """Raised when somebody else has claimed it; the answer names the time until then."""

    status = 409
    slug = "moderation-claimed"
    title = "Claimed by somebody else"

    def __init__(self, until: datetime | None) -> None:
        named = "" if until is None else f" until {until.isoformat(timespec='seconds').replace('+00:00', 'Z')}"
        super().__init__(f"Somebody else has claimed it{named}.")
