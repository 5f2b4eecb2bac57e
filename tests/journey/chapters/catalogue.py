"""Chapter in which the homeowner finds the service."""

from __future__ import annotations

from collections.abc import Mapping

from tests.journey.cast import CURRENCY, PRICE, Story
from tests.journey.chapters.business import SERVICE


def find(story: Story) -> None:
    service = story.service
    story.teller.chapter("Homer finds the service by category, price and words")
    search = {"category": service["category"]["slug"], "currency": CURRENCY}
    near = search | {"min_price_minor": str(PRICE - 100), "max_price_minor": str(PRICE + 100), "sort": "price"}
    story.teller.refused(
        "a filter that is misspelt", 422, "validation-failed", "GET /services", params=near | {"prize": "1"}
    )
    story.teller.refused(
        "a price without its currency",
        422,
        "validation-failed",
        "GET /services",
        params={"category": service["category"]["slug"], "max_price_minor": "100"},
    )
    found = _search(story, "Homer searches around the price", near)
    story.teller.expect(service["id"] in found, "the service is among what was found")
    cheap = _search(story, "Homer searches far below it", search | {"max_price_minor": "100"})
    story.teller.expect(service["id"] not in cheap, "the service is not among what costs a dollar")
    named = _search(story, "Homer searches by words as he types them", search | {"q": "TÁP leak"})
    story.teller.expect(service["id"] in named, "the service is among what was found")
    other = _search(story, "Homer searches for what nobody offers", search | {"q": "tap zeppelin"})
    story.teller.expect(other == [], "nothing is found")
    read = story.teller.done("Homer reads it", 200, f"GET /services/{service['id']}")
    story.teller.expect(read.json()["title"] == SERVICE["title"], "it is the service that Pat wrote")
    story.teller.done(
        "his browser asks whether it changed",
        304,
        f"GET /services/{service['id']}",
        headers={"If-None-Match": read.headers["ETag"]},
    )


def _search(story: Story, words: str, params: Mapping[str, str]) -> list[str]:
    """Return the ids on all pages, following the cursor."""
    found: list[str] = []
    page = story.teller.done(words, 200, "GET /services", params=params).json()
    while True:
        found.extend(item["id"] for item in page["items"])
        if page["next_cursor"] is None:
            return found
        page = story.teller.done(
            "the next page", 200, "GET /services", params={**params, "cursor": page["next_cursor"]}
        ).json()
