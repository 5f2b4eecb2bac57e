"""Problems of moderation."""

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


class ModerationTextChanged(Problem):
    """Raised when a decision names another text than the one that waits."""

    status = 409
    slug = "moderation-text-changed"
    title = "Text changed"

    def __init__(self) -> None:
        super().__init__("Its owner has edited the text that you name. Read it again.")
