"""Problems of the list of forbidden words."""

from impl.kernel.errors import Problem


class ForbiddenWordTaken(Problem):
    """Raised when the list has a word already, in whatever letters."""

    status = 409
    slug = "forbidden-word-taken"
    title = "Word on the list"

    def __init__(self) -> None:
        super().__init__("The list has this word.")
