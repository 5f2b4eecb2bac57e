"""Problem of too many failed logins."""

from impl.kernel.errors import Problem


class LoginThrottled(Problem):
    """Raised when an attempt comes before the back-off of earlier failures is over."""

    status = 429
    slug = "login-throttled"
    title = "Too many failed attempts"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Try again in {seconds} seconds.", headers={"Retry-After": str(seconds)})
