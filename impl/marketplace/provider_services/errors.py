"""The refusal of a service whose provider has not come forward yet."""

from impl.kernel.errors import Problem


class ProfileRequired(Problem):
    status = 409
    slug = "profile-required"
    title = "Business profile required"
