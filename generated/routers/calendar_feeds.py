# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The calendar-feeds operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from typing import Literal

from fastapi import APIRouter
from starlette.requests import Request

from generated import parameters, policies, replies
from openapi.runtime.bodies import NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import FileReply, Reply

_CALENDAR_FEED: JsonWriter[replies.CalendarFeed] = JsonWriter(replies.CalendarFeed)
_NEW_CALENDAR_FEED: JsonWriter[replies.NewCalendarFeed] = JsonWriter(replies.NewCalendarFeed)


class GetCalendarFeedOk(Reply):
    """The calendar feed."""

    __slots__ = ()

    def __init__(self, body: replies.CalendarFeed, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _CALENDAR_FEED.dump_json(body))


class GetCalendarFeedNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class CreateCalendarFeedCreated(Reply):
    """The address, which is shown only once."""

    __slots__ = ()

    def __init__(self, body: replies.NewCalendarFeed, *, location: str, etag: str) -> None:
        super().__init__(
            201,
            {"content-type": "application/json", "location": location, "etag": etag},
            _NEW_CALENDAR_FEED.dump_json(body),
        )


class DeleteCalendarFeedNoContent(Reply):
    """Deleted."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class ReadCalendarOk(FileReply):
    """The calendar."""

    __slots__ = ()

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        *,
        size: int,
        media_type: Literal["text/calendar"],
        etag: str,
        content_disposition: str,
    ) -> None:
        super().__init__(
            200,
            {"content-type": media_type, "etag": etag, "content-disposition": content_disposition},
            chunks,
            size=size,
        )


class ReadCalendarNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class AbstractCalendarFeedsHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged calendar-feeds."""

    @abstractmethod
    async def get_calendar_feed(self, caller: CallerT) -> GetCalendarFeedOk | GetCalendarFeedNotModified:
        """Get my calendar feed.

        Returns when the address was created. The address itself is only in the response of the `POST` that creates it. 404: there is none.
        """

    @abstractmethod
    async def create_calendar_feed(self, caller: CallerT) -> CreateCalendarFeedCreated:
        """Create or replace the address of my calendar feed.

        Returns a secret address for a calendar program, which cannot sign in: whoever knows it can read the calendar, and nothing else. It is not shown again;
        only its hash is stored. An earlier address becomes 404.
        """

    @abstractmethod
    async def delete_calendar_feed(self, caller: CallerT, *, if_match: str | None) -> DeleteCalendarFeedNoContent:
        """Delete my calendar feed.

        The address becomes 404.
        """

    @abstractmethod
    async def read_calendar(self, client: ClientT, *, calendar_file: str) -> ReadCalendarOk | ReadCalendarNotModified:
        """Download a provider's calendar.

        iCalendar of the jobs with an agreed time: future ones and those that ended within the last 30 days, at most 2,000. An event has the title and state of
        the job and a link to it, and nothing about the homeowner or the place. `UID` is constant, `SEQUENCE` increases with each change, and a cancelled job has
        `STATUS:CANCELLED`. All times are UTC.

        Needs no sign-in: the address is the secret. 404: the address is not the current one, or its account may not use it any more.
        """


_GET_CALENDAR_FEED = Inputs(
    Parameters(parameters.GetCalendarFeedParameters, headers={"if_none_match": ("If-None-Match", Field())}), NoBody()
)

_CREATE_CALENDAR_FEED = Inputs(Parameters(NoParameters), NoBody())

_DELETE_CALENDAR_FEED = Inputs(
    Parameters(parameters.DeleteCalendarFeedParameters, headers={"if_match": ("If-Match", Field())}), NoBody()
)

_READ_CALENDAR = Inputs(
    Parameters(
        parameters.ReadCalendarParameters,
        path={"calendar_file": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractCalendarFeedsHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractCalendarFeedsHandlers, handlers)

    async def get_calendar_feed(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_CALENDAR_FEED)
        await _GET_CALENDAR_FEED.read(request)
        return await handlers.get_calendar_feed(caller)

    async def create_calendar_feed(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_CALENDAR_FEED)
        await _CREATE_CALENDAR_FEED.read(request)
        return await handlers.create_calendar_feed(caller)

    async def delete_calendar_feed(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELETE_CALENDAR_FEED)
        given = await _DELETE_CALENDAR_FEED.read(request)
        return await handlers.delete_calendar_feed(caller, if_match=given.parameters.if_match)

    async def read_calendar(request: Request) -> Reply:
        client = await guard.admit(request, policies.READ_CALENDAR)
        given = await _READ_CALENDAR.read(request)
        return await handlers.read_calendar(client, calendar_file=given.parameters.calendar_file)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.GET_CALENDAR_FEED, get_calendar_feed),
            OperationRoute(policies.CREATE_CALENDAR_FEED, create_calendar_feed),
            OperationRoute(policies.DELETE_CALENDAR_FEED, delete_calendar_feed),
            OperationRoute(policies.READ_CALENDAR, read_calendar),
        ]
    )
    return router
