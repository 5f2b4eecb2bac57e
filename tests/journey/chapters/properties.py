"""Chapter in which the homeowner adds a property."""

from __future__ import annotations

from typing import Any

from tests.journey.cast import Story

_PROPERTY: dict[str, Any] = {
    "label": "Home on Alder Street",
    "type": "SINGLE_FAMILY_HOME",
    "address": {"line1": "1421 SE Alder Street", "city": "Portland", "region": "OR", "country": "US"},
    "coordinates": {"latitude": 45.5179, "longitude": -122.6512},
}


def add_a_property(story: Story) -> None:
    story.teller.chapter("Homer adds a property")
    story.teller.refused(
        "a field that nobody knows",
        422,
        "validation-failed",
        "POST /homeowners/properties",
        by=story.homer,
        json=_PROPERTY | {"owner_id": "mine"},
    )
    made = story.teller.done("Homer adds his house", 201, "POST /homeowners/properties", by=story.homer, json=_PROPERTY)
    story.home = home = str(made.json()["id"])
    location = made.headers["Location"]
    story.teller.expect(location.endswith(f"/homeowners/properties/{home}"), "Location leads to it", found=location)
    listed = story.teller.done(
        "Homer lists his properties", 200, "GET /homeowners/properties?country=US", by=story.homer
    ).json()
    story.teller.expect(
        [item["id"] for item in listed["items"]] == [home], "the list holds that house and nothing else"
    )
