"""Chapter in which everybody is kept from what is somebody else's."""

from __future__ import annotations

from tests.journey.cast import Story
from tests.journey.chapters.business import SERVICE


def stay_among_ones_own(story: Story) -> None:
    service, home = story.service, story.home
    story.teller.chapter("Everybody keeps to what is theirs")
    story.teller.refused(
        "Homer offering a service (wrong role)",
        403,
        "forbidden",
        "POST /service-providers/services",
        by=story.homer,
        json=SERVICE | {"category_id": service["category"]["id"]},
    )
    story.teller.refused(
        "Pat reading Homer's house (wrong role)",
        403,
        "forbidden",
        f"GET /homeowners/properties/{home}",
        by=story.pat,
    )
    for method in ("GET", "DELETE"):
        story.teller.refused(
            f"Nora trying to {method} Homer's house (foreign id)",
            404,
            "not-found",
            f"{method} /homeowners/properties/{home}",
            by=story.nora,
        )
    story.teller.refused("a stranger listing properties", 401, "unauthenticated", "GET /homeowners/properties")
