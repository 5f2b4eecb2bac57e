# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The usage operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from datetime import date
from typing import Literal

from fastapi import APIRouter
from starlette.requests import Request

from generated import parameters, policies, replies
from openapi.runtime import texts
from openapi.runtime.bodies import NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_USAGE_REPORT: JsonWriter[replies.UsageReport] = JsonWriter(replies.UsageReport)


class GetUsageOk(Reply):
    """The figures."""

    __slots__ = ()

    def __init__(self, body: replies.UsageReport) -> None:
        super().__init__(200, {"content-type": "application/json"}, _USAGE_REPORT.dump_json(body))


class GetUsageOkCsv(Reply):
    """The figures."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        super().__init__(200, {"content-type": "text/csv; charset=utf-8"}, text.encode())


class AbstractUsageHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged usage."""

    @abstractmethod
    async def get_usage(
        self, caller: CallerT, *, from_date: date | None, days: int, media_type: Literal["application/json", "text/csv"]
    ) -> GetUsageOk | GetUsageOkCsv:
        """Get usage figures by day.

        Figures for days in UTC, at most 366, with their sums and the funnel from inquiries to reviews. The worker counts past days once, and the current day
        every five minutes. The funnel counts what happened on these days; it does not follow the same inquiries.

        `Accept: text/csv` returns CSV (RFC 4180) with a header and a line for each day; no cell is read as a formula by spreadsheets.
        """


_GET_USAGE = Inputs(
    Parameters(
        parameters.GetUsageParameters, query={"from_date": Field(), "days": Field(texts.integer)}, defaults={"days": 30}
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractUsageHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractUsageHandlers, handlers)

    async def get_usage(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_USAGE)
        given = await _GET_USAGE.read(request)
        return await handlers.get_usage(
            caller,
            from_date=given.parameters.from_date,
            days=given.parameters.days,
            media_type=guard.preferred(request, ("application/json", "text/csv")),
        )

    router = APIRouter()
    router.routes.extend([OperationRoute(policies.GET_USAGE, get_usage)])
    return router
