# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The provider-services operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies, states
from openapi.runtime import texts
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_SERVICE_PAGE: JsonWriter[replies.ServicePage] = JsonWriter(replies.ServicePage)
_SERVICE: JsonWriter[replies.Service] = JsonWriter(replies.Service)


class ListProviderServicesOk(Reply):
    """A page of services."""

    __slots__ = ()

    def __init__(self, body: replies.ServicePage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _SERVICE_PAGE.dump_json(body))


class CreateServiceCreated(Reply):
    """The service was added, as a draft."""

    __slots__ = ()

    def __init__(self, body: replies.Service, *, location: str, etag: str) -> None:
        super().__init__(
            201, {"content-type": "application/json", "location": location, "etag": etag}, _SERVICE.dump_json(body)
        )


class GetProviderServiceOk(Reply):
    """The service."""

    __slots__ = ()

    def __init__(self, body: replies.Service, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _SERVICE.dump_json(body))


class GetProviderServiceNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ReplaceServiceOk(Reply):
    """The service."""

    __slots__ = ()

    def __init__(self, body: replies.Service, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _SERVICE.dump_json(body))


class UpdateServiceOk(Reply):
    """The service."""

    __slots__ = ()

    def __init__(self, body: replies.Service, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _SERVICE.dump_json(body))


class DeleteServiceNoContent(Reply):
    """Deleted."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class SubmitServiceOk(Reply):
    """The service was submitted."""

    __slots__ = ()

    def __init__(self, body: replies.Service, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _SERVICE.dump_json(body))


class PauseServiceOk(Reply):
    """The service is out of the catalogue."""

    __slots__ = ()

    def __init__(self, body: replies.Service, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _SERVICE.dump_json(body))


class ResumeServiceOk(Reply):
    """The service is in the catalogue again."""

    __slots__ = ()

    def __init__(self, body: replies.Service, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _SERVICE.dump_json(body))


class AbstractProviderServicesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged provider-services."""

    @abstractmethod
    async def list_provider_services(
        self,
        caller: CallerT,
        *,
        scope: models.ServiceScope | None,
        state: states.ServiceState | None,
        category: str | None,
        sort: models.ServiceSort,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListProviderServicesOk:
        """List my services, or the published ones.

        `scope=mine` lists the caller's own services in every state but `ARCHIVED`, and needs `service:write` (403 without). `scope=catalog` lists the published
        services of all providers, as homeowners see them. The default is `mine` for callers with `service:write`, and `catalog` for others.
        """

    @abstractmethod
    async def create_service(self, caller: CallerT, *, body: models.ServiceCreate) -> CreateServiceCreated:
        """Add a service.

        Creates a `DRAFT` that only the caller sees; publish it with `POST /service-providers/services/{service_id}/submit`. A draft needs no profile. 404:
        `category_id` names no category. 409 `limit-reached`: at most 500 services, and 2,000 with those that were deleted.
        """

    @abstractmethod
    async def get_provider_service(
        self, caller: CallerT, *, service_id: UUID
    ) -> GetProviderServiceOk | GetProviderServiceNotModified:
        """Get a service, as its provider or a homeowner sees it.

        One's own service in every state but `ARCHIVED`. Somebody else's only while it is published, with `review_note` and `revision` null and
        `has_pending_changes` false; otherwise 404.
        """

    @abstractmethod
    async def replace_service(
        self, caller: CallerT, *, service_id: UUID, if_match: str | None, body: models.ServiceReplace
    ) -> ReplaceServiceOk:
        """Replace a service.

        Absent optional members are cleared. Editing a `REJECTED` service changes it to `DRAFT`. Where staff review, material changes (`MaterialField`) of a
        published service wait for them: others keep seeing the published text, `has_pending_changes` is true, and `revision` contains both texts. 404:
        `category_id` names no category, or the service belongs to somebody else.
        """

    @abstractmethod
    async def update_service(
        self, caller: CallerT, *, service_id: UUID, if_match: str | None, body: models.ServiceUpdate
    ) -> UpdateServiceOk:
        """Update a service.

        A merge patch. `pricing` and `tags` are replaced as a whole. Reviews work as with `PUT`.
        """

    @abstractmethod
    async def delete_service(
        self, caller: CallerT, *, service_id: UUID, if_match: str | None
    ) -> DeleteServiceNoContent:
        """Delete a service.

        Afterwards it is 404 for everyone. Records that others need are kept.
        """

    @abstractmethod
    async def submit_service(self, caller: CallerT, *, service_id: UUID) -> SubmitServiceOk:
        """Submit a service for review.

        `DRAFT -> PENDING_REVIEW`, then `PUBLISHED` or `REJECTED` by staff. Where the service approves automatically, the response is `PUBLISHED` already: look
        at `state`. A service that staff have taken down is always reviewed by staff.

        - 409 `profile-required`: submit your business profile first; it has to be `PENDING_REVIEW` or `APPROVED`.
        - 409 `invalid-transition`: the service is not a draft; `state` names its state.
        """

    @abstractmethod
    async def pause_service(self, caller: CallerT, *, service_id: UUID) -> PauseServiceOk:
        """Pause a published service.

        `PUBLISHED -> PAUSED`; any other state is 409 `invalid-transition`.
        """

    @abstractmethod
    async def resume_service(self, caller: CallerT, *, service_id: UUID) -> ResumeServiceOk:
        """Resume a paused service.

        `PAUSED -> PUBLISHED`, without another review; any other state is 409 `invalid-transition`.
        """


_LIST_PROVIDER_SERVICES = Inputs(
    Parameters(
        parameters.ListProviderServicesParameters,
        query={
            "scope": Field(),
            "state": Field(),
            "category": Field(),
            "sort": Field(),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"sort": "-created_at", "limit": 20, "include_total": False},
    ),
    NoBody(),
)

_CREATE_SERVICE = Inputs(
    Parameters(parameters.CreateServiceParameters, headers={"idempotency_key": ("Idempotency-Key", Field())}),
    Body[models.ServiceCreate]({"application/json": JsonMedia(TypeAdapter(models.ServiceCreate))}),
)

_GET_PROVIDER_SERVICE = Inputs(
    Parameters(
        parameters.GetProviderServiceParameters,
        path={"service_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_REPLACE_SERVICE = Inputs(
    Parameters(
        parameters.ReplaceServiceParameters, path={"service_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.ServiceReplace]({"application/json": JsonMedia(TypeAdapter(models.ServiceReplace))}),
)

_UPDATE_SERVICE = Inputs(
    Parameters(
        parameters.UpdateServiceParameters, path={"service_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.ServiceUpdate](
        {
            "application/merge-patch+json": JsonMedia(TypeAdapter(models.ServiceUpdate)),
            "application/json": JsonMedia(TypeAdapter(models.ServiceUpdate)),
        }
    ),
)

_DELETE_SERVICE = Inputs(
    Parameters(
        parameters.DeleteServiceParameters, path={"service_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    NoBody(),
)

_SUBMIT_SERVICE = Inputs(Parameters(parameters.SubmitServiceParameters, path={"service_id": Field()}), NoBody())

_PAUSE_SERVICE = Inputs(Parameters(parameters.PauseServiceParameters, path={"service_id": Field()}), NoBody())

_RESUME_SERVICE = Inputs(Parameters(parameters.ResumeServiceParameters, path={"service_id": Field()}), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractProviderServicesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractProviderServicesHandlers, handlers)

    async def list_provider_services(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_PROVIDER_SERVICES)
        given = await _LIST_PROVIDER_SERVICES.read(request)
        return await handlers.list_provider_services(
            caller,
            scope=given.parameters.scope,
            state=given.parameters.state,
            category=given.parameters.category,
            sort=given.parameters.sort,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def create_service(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_SERVICE)
        given = await _CREATE_SERVICE.read(request)
        claimed = await guard.once(request, policies.CREATE_SERVICE, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_service(claimed, body=given.body)

    async def get_provider_service(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_PROVIDER_SERVICE)
        given = await _GET_PROVIDER_SERVICE.read(request)
        return await handlers.get_provider_service(caller, service_id=given.parameters.service_id)

    async def replace_service(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_SERVICE)
        given = await _REPLACE_SERVICE.read(request)
        return await handlers.replace_service(
            caller, service_id=given.parameters.service_id, if_match=given.parameters.if_match, body=given.body
        )

    async def update_service(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.UPDATE_SERVICE)
        given = await _UPDATE_SERVICE.read(request)
        return await handlers.update_service(
            caller, service_id=given.parameters.service_id, if_match=given.parameters.if_match, body=given.body
        )

    async def delete_service(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELETE_SERVICE)
        given = await _DELETE_SERVICE.read(request)
        return await handlers.delete_service(
            caller, service_id=given.parameters.service_id, if_match=given.parameters.if_match
        )

    async def submit_service(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.SUBMIT_SERVICE)
        given = await _SUBMIT_SERVICE.read(request)
        return await handlers.submit_service(caller, service_id=given.parameters.service_id)

    async def pause_service(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.PAUSE_SERVICE)
        given = await _PAUSE_SERVICE.read(request)
        return await handlers.pause_service(caller, service_id=given.parameters.service_id)

    async def resume_service(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.RESUME_SERVICE)
        given = await _RESUME_SERVICE.read(request)
        return await handlers.resume_service(caller, service_id=given.parameters.service_id)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_PROVIDER_SERVICES, list_provider_services),
            OperationRoute(policies.CREATE_SERVICE, create_service),
            OperationRoute(policies.GET_PROVIDER_SERVICE, get_provider_service),
            OperationRoute(policies.REPLACE_SERVICE, replace_service),
            OperationRoute(policies.UPDATE_SERVICE, update_service),
            OperationRoute(policies.DELETE_SERVICE, delete_service),
            OperationRoute(policies.SUBMIT_SERVICE, submit_service),
            OperationRoute(policies.PAUSE_SERVICE, pause_service),
            OperationRoute(policies.RESUME_SERVICE, resume_service),
        ]
    )
    return router
