"""The refusals of messages."""

from impl.kernel.errors import Problem


class ConversationClosed(Problem):
    """Raised where one side has blocked the other; it does not say which."""

    status = 409
    slug = "conversation-closed"
    title = "Conversation closed"
