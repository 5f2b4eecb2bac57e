"""What an account may be refused."""

from impl.kernel.errors import Problem


class UsernameTaken(Problem):
    status = 409
    slug = "username-taken"
    title = "Username taken"
