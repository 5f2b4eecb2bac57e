"""Refusals between two people of whom one has blocked the other."""

from impl.kernel.errors import Problem


class ConversationClosed(Problem):
    """Raised where one side has blocked the other; it does not say which."""

    status = 409
    slug = "conversation-closed"
    title = "Conversation closed"


def check_open(detail: str, *, is_blocked: bool) -> None:
    """Raise ConversationClosed if one of the two people has blocked the other."""
    if is_blocked:
        raise ConversationClosed(detail)
