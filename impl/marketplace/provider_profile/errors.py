"""The refusal of a profile's submission."""

from impl.kernel.errors import Problem


class ProfileIncomplete(Problem):
    status = 409
    slug = "profile-incomplete"
    title = "Profile incomplete"
