# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The logs operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request

from generated import models, parameters, policies, replies
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

_LOG_ENTRY_PAGE: JsonWriter[replies.LogEntryPage] = JsonWriter(replies.LogEntryPage)


class ListLogEntriesOk(Reply):
    """A page of the log."""

    __slots__ = ()

    def __init__(self, body: replies.LogEntryPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _LOG_ENTRY_PAGE.dump_json(body))


class AbstractLogsHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged logs."""

    @abstractmethod
    async def list_log_entries(
        self,
        caller: CallerT,
        *,
        level: models.LogLevel | None,
        logger: str | None,
        request_id: str | None,
        logged_from: datetime | None,
        logged_before: datetime | None,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListLogEntriesOk:
        """List warnings and errors of all processes.

        Warnings and errors of all processes, the worker included, the newest first. They appear after some seconds, and are deleted after some days. Entries
        contain no personal data: of exceptions only types and places, and of messages of libraries only the place. The log of the process has the full lines.
        """


_LIST_LOG_ENTRIES = Inputs(
    Parameters(
        parameters.ListLogEntriesParameters,
        query={
            "level": Field(),
            "logger": Field(),
            "request_id": Field(),
            "logged_from": Field(),
            "logged_before": Field(),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractLogsHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractLogsHandlers, handlers)

    async def list_log_entries(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_LOG_ENTRIES)
        given = await _LIST_LOG_ENTRIES.read(request)
        return await handlers.list_log_entries(
            caller,
            level=given.parameters.level,
            logger=given.parameters.logger,
            request_id=given.parameters.request_id,
            logged_from=given.parameters.logged_from,
            logged_before=given.parameters.logged_before,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    router = APIRouter()
    router.routes.extend([OperationRoute(policies.LIST_LOG_ENTRIES, list_log_entries)])
    return router
