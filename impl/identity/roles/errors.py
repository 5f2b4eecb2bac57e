"""What changes of who may do what are refused for."""

from impl.kernel.errors import Problem


class LastAdmin(Problem):
    """Nobody would be left who could undo it: only an operator with the command line could."""

    status = 409
    slug = "last-admin"
    title = "Last administrator"

    def __init__(self) -> None:
        super().__init__("Make somebody else an administrator first.")
