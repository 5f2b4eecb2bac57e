"""Calendars as a calendar program reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from icalendar import Calendar, Component

from tests.marketplace.payloads import ok

if TYPE_CHECKING:
    from datetime import datetime

    import httpx

    from tests.harness.accounts import Account
    from tests.harness.inbox import Mail

FEED: Final = "/service-providers/calendar-feed"


async def make_address(provider: Account) -> str:
    """Make the address of a calendar and return its path below the API's prefix."""
    made = ok(await provider.client.post(FEED), 201)
    return urlsplit(made["calendar_url"]).path.removeprefix("/api/v1")


@dataclass(frozen=True, slots=True)
class Shown:
    """Event of a calendar, as a program shows it."""

    uid: str
    sequence: int
    changed_at: datetime
    start: datetime
    end: datetime
    summary: str
    status: str
    url: str
    organizer: str | None
    text: str


def _shown(event: Component) -> Shown:
    assert not event.errors
    return Shown(
        uid=str(event["uid"]),
        sequence=int(str(event["sequence"])),
        changed_at=event.decoded("dtstamp"),
        start=event.decoded("dtstart"),
        end=event.decoded("dtend"),
        summary=str(event["summary"]),
        status=str(event["status"]),
        url=str(event["url"]),
        organizer=str(event["organizer"]) if "organizer" in event else None,
        text=event.to_ical().decode(),
    )


def events_in(content: bytes, *, method: str | None = None) -> list[Shown]:
    """Return the events of a calendar, as the library reads what it is given."""
    calendar = Calendar.from_ical(content)
    assert not calendar.errors
    assert (str(calendar["version"]), str(calendar["prodid"])) == ("2.0", "-//Hestami//Hestami//EN")
    assert calendar.get("method") == method
    assert all(len(line) <= 75 for line in content.split(b"\r\n")), "RFC 5545, section 3.1"
    return [_shown(event) for event in calendar.walk("VEVENT")]


async def event_of(client: httpx.AsyncClient, path: str, uid: str) -> Shown:
    """Return the one event of the calendar with this id."""
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/calendar"), answer.text
    (found,) = [event for event in events_in(answer.content) if event.uid == uid]
    return found


def appointments(mail: Mail) -> list[Shown]:
    """Return the events that a mail brings along, as a mail program reads them."""
    found: list[Shown] = []
    for part in mail.message.iter_attachments():
        assert (part.get_content_type(), part.get_filename()) == ("text/calendar", "hestami.ics")
        assert (part.get_param("method"), part.get_content_charset()) == ("PUBLISH", "utf-8")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found += events_in(content, method="PUBLISH")
    return found
