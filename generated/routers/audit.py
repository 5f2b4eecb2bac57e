# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The audit operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from datetime import datetime
from uuid import UUID

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

_ACTIVITY_PAGE: JsonWriter[replies.ActivityPage] = JsonWriter(replies.ActivityPage)
_AUDIT_EVENT_PAGE: JsonWriter[replies.AuditEventPage] = JsonWriter(replies.AuditEventPage)
_AUDIT_EVENT: JsonWriter[replies.AuditEvent] = JsonWriter(replies.AuditEvent)


class ListOwnActivityOk(Reply):
    """A page of the account's activity."""

    __slots__ = ()

    def __init__(self, body: replies.ActivityPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _ACTIVITY_PAGE.dump_json(body))


class ListAuditEventsOk(Reply):
    """A page of the audit trail."""

    __slots__ = ()

    def __init__(self, body: replies.AuditEventPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _AUDIT_EVENT_PAGE.dump_json(body))


class GetAuditEventOk(Reply):
    """The event."""

    __slots__ = ()

    def __init__(self, body: replies.AuditEvent) -> None:
        super().__init__(200, {"content-type": "application/json"}, _AUDIT_EVENT.dump_json(body))


class AbstractAuditHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged audit."""

    @abstractmethod
    async def list_own_activity(
        self, caller: CallerT, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListOwnActivityOk:
        """List what happened to my account.

        Sign-ins, refusals and changes by or to the account, the newest first. Other people are not named: `by` says whether it was the owner, somebody else who
        was signed in (for example staff), or nobody signed in. `job_id` names the job whose address a provider has read. If the owner does not recognise an
        event, end all sessions and change the password.
        """

    @abstractmethod
    async def list_audit_events(
        self,
        caller: CallerT,
        *,
        event: str | None,
        actor_id: UUID | None,
        subject_type: str | None,
        subject_id: UUID | None,
        request_id: str | None,
        occurred_from: datetime | None,
        occurred_before: datetime | None,
        sort: models.AuditSort,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListAuditEventsOk:
        """List audit events.

        Who did what, when, from where, and to whom. Filters are combined with AND. Events are never changed; `personal` is null if there was none, or
        after it was erased. Each page that is read is recorded as an event itself. `integrity` says whether the trail can be trusted.
        """

    @abstractmethod
    async def get_audit_event(self, caller: CallerT, *, event_id: UUID) -> GetAuditEventOk:
        """Get an audit event.

        Returns the same fields as the list. Each reading is recorded as an event itself.
        """


_LIST_OWN_ACTIVITY = Inputs(
    Parameters(
        parameters.ListOwnActivityParameters,
        query={"limit": Field(texts.integer), "cursor": Field(), "include_total": Field(texts.boolean)},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_LIST_AUDIT_EVENTS = Inputs(
    Parameters(
        parameters.ListAuditEventsParameters,
        query={
            "event": Field(),
            "actor_id": Field(),
            "subject_type": Field(),
            "subject_id": Field(),
            "request_id": Field(),
            "occurred_from": Field(),
            "occurred_before": Field(),
            "sort": Field(),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"sort": "-occurred_at", "limit": 20, "include_total": False},
    ),
    NoBody(),
)

_GET_AUDIT_EVENT = Inputs(Parameters(parameters.GetAuditEventParameters, path={"event_id": Field()}), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractAuditHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractAuditHandlers, handlers)

    async def list_own_activity(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_OWN_ACTIVITY)
        given = await _LIST_OWN_ACTIVITY.read(request)
        return await handlers.list_own_activity(
            caller,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def list_audit_events(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_AUDIT_EVENTS)
        given = await _LIST_AUDIT_EVENTS.read(request)
        return await handlers.list_audit_events(
            caller,
            event=given.parameters.event,
            actor_id=given.parameters.actor_id,
            subject_type=given.parameters.subject_type,
            subject_id=given.parameters.subject_id,
            request_id=given.parameters.request_id,
            occurred_from=given.parameters.occurred_from,
            occurred_before=given.parameters.occurred_before,
            sort=given.parameters.sort,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def get_audit_event(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_AUDIT_EVENT)
        given = await _GET_AUDIT_EVENT.read(request)
        return await handlers.get_audit_event(caller, event_id=given.parameters.event_id)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_OWN_ACTIVITY, list_own_activity),
            OperationRoute(policies.LIST_AUDIT_EVENTS, list_audit_events),
            OperationRoute(policies.GET_AUDIT_EVENT, get_audit_event),
        ]
    )
    return router
