"""Handlers of calendars and of their addresses."""

from collections.abc import AsyncGenerator
from hashlib import blake2b
from typing import override

from generated import policies, replies
from generated.routers.calendar_feeds import (
    AbstractCalendarFeedsHandlers,
    CreateCalendarFeedCreated,
    DeleteCalendarFeedNoContent,
    GetCalendarFeedOk,
    ReadCalendarOk,
)
from impl.kernel import etags
from impl.kernel.caller import AnonymousClient, Caller
from impl.marketplace.calendar_feeds.service import CalendarFeedRow, CalendarFeedsService


def _to_wire(row: CalendarFeedRow) -> replies.CalendarFeed:
    return {"created_at": row["created_at"], "renewed_at": row["updated_at"]}


async def _chunks(content: bytes) -> AsyncGenerator[bytes, None]:
    yield content


class CalendarFeedsHandlers(AbstractCalendarFeedsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: CalendarFeedsService) -> None:
        self._service = service

    @override
    async def get_calendar_feed(self, caller: Caller) -> GetCalendarFeedOk:
        row = await self._service.get(caller)
        return GetCalendarFeedOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def create_calendar_feed(self, caller: Caller) -> CreateCalendarFeedCreated:
        row, calendar_url = await self._service.create(caller)
        return CreateCalendarFeedCreated(
            {"calendar_url": calendar_url, **_to_wire(row)},
            location=policies.GET_CALENDAR_FEED.path,
            etag=etags.etag(row["version"]),
        )

    @override
    async def delete_calendar_feed(self, caller: Caller, *, if_match: str | None) -> DeleteCalendarFeedNoContent:
        await self._service.delete(caller, if_match=if_match)
        return DeleteCalendarFeedNoContent()

    @override
    async def read_calendar(self, client: AnonymousClient, *, calendar_file: str) -> ReadCalendarOk:
        content = await self._service.read(calendar_file)
        return ReadCalendarOk(
            _chunks(content),
            size=len(content),
            media_type="text/calendar",
            etag=f'"{blake2b(content, digest_size=16).hexdigest()}"',
            content_disposition='inline; filename="hestami.ics"',
        )
