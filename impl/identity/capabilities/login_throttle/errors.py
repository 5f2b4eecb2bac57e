"""What someone who fails too often is answered."""

from impl.kernel.errors import Problem


class LoginThrottled(Problem):
    status = 429
    slug = "login-throttled"
    title = "Too many failed attempts"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Try again in {seconds} seconds.", headers={"Retry-After": str(seconds)})
