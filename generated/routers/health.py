# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The health operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod

from fastapi import APIRouter
from starlette.requests import Request

from generated import policies, replies
from openapi.runtime.bodies import NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.wire import Reply

_HEALTH: JsonWriter[replies.Health] = JsonWriter(replies.Health)
_HEALTH_DETAILS: JsonWriter[replies.HealthDetails] = JsonWriter(replies.HealthDetails)


class GetHealthOk(Reply):
    """Traffic is served."""

    __slots__ = ()

    def __init__(self, body: replies.Health) -> None:
        super().__init__(200, {"content-type": "application/json"}, _HEALTH.dump_json(body))


class GetLivenessOk(Reply):
    """Traffic is served."""

    __slots__ = ()

    def __init__(self, body: replies.Health) -> None:
        super().__init__(200, {"content-type": "application/json"}, _HEALTH.dump_json(body))


class GetReadinessOk(Reply):
    """Traffic is served."""

    __slots__ = ()

    def __init__(self, body: replies.Health) -> None:
        super().__init__(200, {"content-type": "application/json"}, _HEALTH.dump_json(body))


class GetHealthDetailsOk(Reply):
    """The state of each dependency."""

    __slots__ = ()

    def __init__(self, body: replies.HealthDetails) -> None:
        super().__init__(200, {"content-type": "application/json"}, _HEALTH_DETAILS.dump_json(body))


class AbstractHealthHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged health."""

    @abstractmethod
    async def get_health(self, client: ClientT) -> GetHealthOk:
        """Get the health of the service.

        200 if the service and its database work, otherwise 503. `DEGRADED`: a dependency is missing that the service can do without for a while. Also available
        at `/health`, outside the version prefix.
        """

    @abstractmethod
    async def get_liveness(self, client: ClientT) -> GetLivenessOk:
        """Check that the process is alive.

        Checks the process only. Restart it if this does not respond.
        """

    @abstractmethod
    async def get_readiness(self, client: ClientT) -> GetReadinessOk:
        """Check that the process can serve requests.

        200 if the database responds and its schema is what this release needs; 503 while starting, while stopping, or without a database. 200 with `DEGRADED` if Redis or the
        storage is missing, or messages have been due for more than five minutes: the process still serves requests.
        """

    @abstractmethod
    async def get_health_details(self, caller: CallerT) -> GetHealthDetailsOk:
        """Get the health of each dependency.

        For staff: the state of each dependency as seen by the process that responds, how long it took to respond, and since when it is in this state. Dependencies
        are checked at most once a second each. `DEGRADED` includes conditions that the other probes do not report. Worker and outbox are the same in
        every process.
        """


_GET_HEALTH = Inputs(Parameters(NoParameters), NoBody())

_GET_LIVENESS = Inputs(Parameters(NoParameters), NoBody())

_GET_READINESS = Inputs(Parameters(NoParameters), NoBody())

_GET_HEALTH_DETAILS = Inputs(Parameters(NoParameters), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractHealthHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractHealthHandlers, handlers)

    async def get_health(request: Request) -> Reply:
        client = await guard.admit(request, policies.GET_HEALTH)
        await _GET_HEALTH.read(request)
        return await handlers.get_health(client)

    async def get_liveness(request: Request) -> Reply:
        client = await guard.admit(request, policies.GET_LIVENESS)
        await _GET_LIVENESS.read(request)
        return await handlers.get_liveness(client)

    async def get_readiness(request: Request) -> Reply:
        client = await guard.admit(request, policies.GET_READINESS)
        await _GET_READINESS.read(request)
        return await handlers.get_readiness(client)

    async def get_health_details(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_HEALTH_DETAILS)
        await _GET_HEALTH_DETAILS.read(request)
        return await handlers.get_health_details(caller)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.GET_HEALTH, get_health),
            OperationRoute(policies.GET_LIVENESS, get_liveness),
            OperationRoute(policies.GET_READINESS, get_readiness),
            OperationRoute(policies.GET_HEALTH_DETAILS, get_health_details),
        ]
    )
    return router
