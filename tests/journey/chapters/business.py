"""Chapters in which the provider presents the business and publishes a service."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from tests.journey.cast import CURRENCY, PRICE, Story

_PROFILE: dict[str, Any] = {
    "business_name": "Rose City Plumbing",
    "about": "Family plumbers on the east side of Portland since 1998.",
    "phone": "+15035550170",
    "base_point": {"latitude": 45.5231, "longitude": -122.6765},
    "service_radius_km": 40,
}
SERVICE: dict[str, Any] = {
    "title": "Leaking tap repaired",
    "description": "We replace worn washers and cartridges. Common parts are included.",
    "pricing": {"kind": "FIXED", "price": {"amount_minor": PRICE, "currency": CURRENCY}},
    "duration_minutes": 60,
}


def present_the_business(story: Story) -> None:
    story.teller.chapter("Pat presents the business")
    story.teller.refused(
        "reading a profile that is not there yet", 404, "not-found", "GET /service-providers/profile", by=story.pat
    )
    story.teller.refused(
        "a service radius beyond 300 km",
        422,
        "validation-failed",
        "PUT /service-providers/profile",
        by=story.pat,
        json=_PROFILE | {"service_radius_km": 4000},
    )
    story.teller.done("Pat fills the profile", 201, "PUT /service-providers/profile", by=story.pat, json=_PROFILE)


def publish_a_service(story: Story) -> None:
    category = _leaf(story)
    body = SERVICE | {"category_id": category["id"]}
    key = {"Idempotency-Key": secrets.token_hex(8)}
    made = story.teller.done(
        f"Pat adds a service in {category['slug']}",
        201,
        "POST /service-providers/services",
        by=story.pat,
        json=body,
        headers=key,
    )
    again = story.teller.done(
        "the answer got lost, Pat's client sends it again",
        201,
        "POST /service-providers/services",
        by=story.pat,
        json=body,
        headers=key,
    )
    story.teller.expect(again.content == made.content, "the same request with the same key gives the same answer")
    story.service = service = made.json()
    submit = f"POST /service-providers/services/{service['id']}/submit"
    story.teller.refused("publishing before the profile was submitted", 409, "profile-required", submit, by=story.pat)
    profile = story.teller.done(
        "Pat submits the profile", 200, "POST /service-providers/profile/submit", by=story.pat
    ).json()
    story.teller.expect(
        profile["state"] == "APPROVED", "the profile is APPROVED (with MODERATION=auto)", found=profile["state"]
    )
    published = story.teller.done("Pat submits the service", 200, submit, by=story.pat).json()
    story.teller.expect(published["state"] == "PUBLISHED", "the service is PUBLISHED", found=published["state"])
    story.teller.refused("submitting it twice", 409, "invalid-transition", submit, by=story.pat)


def _leaf(story: Story) -> Mapping[str, Any]:
    tree = story.teller.done("Pat looks for a category", 200, "GET /categories").json()
    node: Mapping[str, Any] = tree["items"][0]
    while node["children"]:
        node = node["children"][0]
    return node
