"""Journey of the news: what a provider is told, in the application, in a calendar and in a system of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.journey.report import Person, Teller

_FEED = "/service-providers/calendar-feed"
_WEBHOOKS = "/service-providers/webhooks"
_WANTED = {
    "url": "https://hooks.journey.example/hestami",
    "events": ["job.created", "review.published"],
    "description": None,
}


def follow(teller: Teller, *, provider: Person) -> None:
    """Read what has happened, then let a calendar and another program follow it."""
    teller.chapter("Rita reads what has happened, and lets her own programs follow it")
    told = teller.done("she opens her notifications", 200, "GET /notifications", by=provider).json()
    kinds = {one["kind"] for one in told["items"]}
    teller.expect({"QUOTE_ACCEPTED", "JOB_COMPLETED"} <= kinds, "she was told each step", found=kinds)
    newest = {"last_number": told["items"][0]["number"]}
    left = teller.done("she has seen them all", 200, "POST /notifications/read", by=provider, json=newest).json()
    teller.expect(left["unread_count"] == 0, "none is left to read", found=left)
    path = "/users/me/notification-preferences"
    chosen = teller.done("she looks at how she is told", 200, f"GET {path}", by=provider)
    version = {"If-Match": chosen.headers["etag"]}
    wished = {**chosen.json(), "language": "DE"}
    del wished["updated_at"]
    teller.done("she wants it in German", 200, f"PUT {path}", by=provider, json=wished, headers=version)
    german = teller.done("she looks again", 200, "GET /notifications", by=provider).json()["items"]
    words = (german[0]["title"], told["items"][0]["title"])
    teller.expect(words[0] != words[1], "the titles are in German", found=words)

    feed = teller.done("she makes an address for her calendar", 201, f"POST {_FEED}", by=provider).json()
    secret = feed["calendar_url"].rpartition("/")[2]
    calendar = teller.done("her calendar reads it", 200, f"GET /calendar/{secret}")
    teller.expect("BEGIN:VEVENT" in calendar.text, "the job with Hugo is in it", found=calendar.text)
    teller.expect("Alder" not in calendar.text, "and not where he lives", found=calendar.text)
    teller.done("she makes another address", 201, f"POST {_FEED}", by=provider)
    teller.refused("reading the old one", 404, "not-found", f"GET /calendar/{secret}")

    hook = teller.done("her own system is to know as well", 201, f"POST {_WEBHOOKS}", by=provider, json=_WANTED).json()
    teller.expect(hook["secret"].startswith("whsec_"), "it can check who sends", found=hook)
    one = f"{_WEBHOOKS}/{hook['id']}"
    seen = teller.done("she looks at it", 200, f"GET {one}", by=provider)
    version = {"If-Match": seen.headers["etag"]}
    teller.done("and takes it away", 204, f"DELETE {one}", by=provider, headers=version)
