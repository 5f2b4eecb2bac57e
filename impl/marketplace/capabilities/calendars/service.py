"""Appointments as iCalendar (RFC 5545), the same in a feed and in a mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from impl.gateways.mail import CalendarFile

if TYPE_CHECKING:
    from icalendar import Calendar, Event

_METHOD: Final = "PUBLISH"
_FILE: Final = "hestami.ics"
_PRODUCT: Final = "-//Hestami//Hestami//EN"
_NAME: Final = "Hestami"
_AGAIN_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """Agreed time of something that both parties know; without a word of where it is and who they are."""

    id: UUID
    title: str
    state: str
    """State of it, in words."""
    path: str
    """Page of the application that shows it."""
    is_cancelled: bool
    starts_at: datetime
    ends_at: datetime
    sequence: int
    """Number that rises with each change (RFC 5545, section 3.8.7.4)."""
    created_at: datetime
    updated_at: datetime


class CalendarsService:
    def __init__(self, app_url: str) -> None:
        self._app_url = app_url.rstrip("/")

    def feed(self, appointments: Iterable[Appointment]) -> bytes:
        """Return a whole calendar, for programs that read it again and again."""
        calendar = _calendar()
        calendar.add("name", _NAME)
        calendar.add("x-wr-calname", _NAME)
        calendar.add("refresh-interval", _AGAIN_AFTER, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
        for appointment in appointments:
            calendar.add_component(self._event(appointment))
        content: bytes = calendar.to_ical()
        return content

    def attachment(self, appointment: Appointment, organizer: str) -> CalendarFile:
        """Return one appointment as it is now, for the mail that tells of it (RFC 5546, section 3.2.1).

        It is published and no REQUEST: both parties have agreed already, and nobody answers to a mail.
        """
        calendar = _calendar()
        calendar.add("method", _METHOD)
        event = self._event(appointment)
        event.add("organizer", f"mailto:{organizer}", parameters={"CN": _NAME})
        calendar.add_component(event)
        return CalendarFile(content=calendar.to_ical(), method=_METHOD, name=_FILE)

    def _event(self, appointment: Appointment) -> "Event":
        from icalendar import Event  # noqa: PLC0415 - slow to import, and often not needed

        event = Event()
        # Nothing but the id (RFC 7986, section 5.3): the feed and all mails have the same, whatever hosts are named.
        event.add("uid", str(appointment.id))
        event.add("sequence", appointment.sequence)
        # The time of the last change and not of the answer: what has not changed is the same bytes.
        event.add("dtstamp", appointment.updated_at)
        event.add("last-modified", appointment.updated_at)
        event.add("created", appointment.created_at)
        # In UTC, which needs no rules of a zone that a program might have in another edition.
        event.add("dtstart", appointment.starts_at)
        event.add("dtend", appointment.ends_at)
        event.add("summary", f"{appointment.title} ({appointment.state})")
        event.add("status", "CANCELLED" if appointment.is_cancelled else "CONFIRMED")
        event.add("url", f"{self._app_url}/{appointment.path}")
        return event


def _calendar() -> "Calendar":
    from icalendar import Calendar  # noqa: PLC0415 - slow to import, and often not needed

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    return calendar
