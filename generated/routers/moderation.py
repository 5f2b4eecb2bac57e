# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The moderation operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from datetime import datetime
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

_MODERATION_PAGE: JsonWriter[replies.ModerationPage] = JsonWriter(replies.ModerationPage)
_MODERATION_ITEM: JsonWriter[replies.ModerationItem] = JsonWriter(replies.ModerationItem)
_MODERATED_PHOTO_LIST: JsonWriter[replies.ModeratedPhotoList] = JsonWriter(replies.ModeratedPhotoList)
_MODERATED_PROVIDER: JsonWriter[replies.ModeratedProvider] = JsonWriter(replies.ModeratedProvider)
_MODERATED_SERVICE: JsonWriter[replies.ModeratedService] = JsonWriter(replies.ModeratedService)
_MODERATED_PHOTO: JsonWriter[replies.ModeratedPhoto] = JsonWriter(replies.ModeratedPhoto)


class ListModerationItemsOk(Reply):
    """A page of the queue."""

    __slots__ = ()

    def __init__(self, body: replies.ModerationPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _MODERATION_PAGE.dump_json(body))


class GetModerationItemOk(Reply):
    """The item."""

    __slots__ = ()

    def __init__(self, body: replies.ModerationItem, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _MODERATION_ITEM.dump_json(body))


class GetModerationItemNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ListModerationItemPhotosOk(Reply):
    """The photos, in their order."""

    __slots__ = ()

    def __init__(self, body: replies.ModeratedPhotoList) -> None:
        super().__init__(200, {"content-type": "application/json"}, _MODERATED_PHOTO_LIST.dump_json(body))


class ClaimModerationItemOk(Reply):
    """The item."""

    __slots__ = ()

    def __init__(self, body: replies.ModerationItem, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _MODERATION_ITEM.dump_json(body))


class ReleaseModerationItemOk(Reply):
    """The item."""

    __slots__ = ()

    def __init__(self, body: replies.ModerationItem, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _MODERATION_ITEM.dump_json(body))


class DecideModerationItemOk(Reply):
    """The item."""

    __slots__ = ()

    def __init__(self, body: replies.ModerationItem, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _MODERATION_ITEM.dump_json(body))


class SuspendProviderOk(Reply):
    """The business."""

    __slots__ = ()

    def __init__(self, body: replies.ModeratedProvider) -> None:
        super().__init__(200, {"content-type": "application/json"}, _MODERATED_PROVIDER.dump_json(body))


class ReinstateProviderOk(Reply):
    """The business."""

    __slots__ = ()

    def __init__(self, body: replies.ModeratedProvider) -> None:
        super().__init__(200, {"content-type": "application/json"}, _MODERATED_PROVIDER.dump_json(body))


class ReinstateServiceOk(Reply):
    """The service."""

    __slots__ = ()

    def __init__(self, body: replies.ModeratedService) -> None:
        super().__init__(200, {"content-type": "application/json"}, _MODERATED_SERVICE.dump_json(body))


class GetModeratedPhotoOk(Reply):
    """The photo."""

    __slots__ = ()

    def __init__(self, body: replies.ModeratedPhoto) -> None:
        super().__init__(200, {"content-type": "application/json"}, _MODERATED_PHOTO.dump_json(body))


class ReinstatePhotoOk(Reply):
    """The photo."""

    __slots__ = ()

    def __init__(self, body: replies.ModeratedPhoto) -> None:
        super().__init__(200, {"content-type": "application/json"}, _MODERATED_PHOTO.dump_json(body))


class AbstractModerationHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged moderation."""

    @abstractmethod
    async def list_moderation_items(
        self,
        caller: CallerT,
        *,
        kind: models.SubmissionKind | None,
        state: states.SubmissionState,
        claimed: models.ModerationClaim | None,
        submitted_before: datetime | None,
        sort: models.ModerationSort,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListModerationItemsOk:
        """List the moderation queue.

        The `PENDING` items by default, the oldest first unless `sort` says otherwise. A claim is valid until `claim_expires_at`; `claimed=NOBODY` selects items that are free
        to claim. Each reading is recorded.
        """

    @abstractmethod
    async def get_moderation_item(
        self, caller: CallerT, *, item_id: UUID
    ) -> GetModerationItemOk | GetModerationItemNotModified:
        """Get an item of the moderation queue.

        Both texts of each material field, and hints about the new one. Each reading is recorded.
        """

    @abstractmethod
    async def list_moderation_item_photos(self, caller: CallerT, *, item_id: UUID) -> ListModerationItemPhotosOk:
        """List the photos of an item of the moderation queue.

        All photos of the service or business, including unpublished ones. Each reading is recorded. The URLs expire after some minutes.
        """

    @abstractmethod
    async def claim_moderation_item(self, caller: CallerT, *, item_id: UUID) -> ClaimModerationItemOk:
        """Claim an item of the moderation queue.

        For 15 minutes; claiming it again extends the claim. A claim ends early when the owner edits the text, or when the moderator loses the permission (by
        another role, a suspension, or the end of their account).

        - 403 `own-case`: it is the caller's own.
        - 409 `moderation-claimed`: somebody else has claimed it.
        - 409 `invalid-transition`: it is decided; `state` names the decision.
        """

    @abstractmethod
    async def release_moderation_item(self, caller: CallerT, *, item_id: UUID) -> ReleaseModerationItemOk:
        """Release an item of the moderation queue.

        Releasing an unclaimed item changes nothing. 409 `moderation-claimed`: somebody else has claimed it; their claim expires by itself.
        """

    @abstractmethod
    async def decide_moderation_item(
        self, caller: CallerT, *, item_id: UUID, body: models.ModerationDecision
    ) -> DecideModerationItemOk:
        """Approve or reject an item of the moderation queue.

        Approving publishes the text of the item. Rejecting a first submission makes it `REJECTED`, and its owner edits and submits it again; rejecting an edit
        keeps what is published. The owner is notified by mail. Send the item's `text_version`: it names the text that the caller has read. A claim is
        not required. Of several decisions the first counts; repeating the same decision returns the same response.

        - 403 `own-case`: it is the caller's own.
        - 409 `moderation-claimed`: somebody else has claimed it.
        - 409 `moderation-text-changed`: its owner has edited it since; read it again.
        - 409 `invalid-transition`: it was decided differently, or its profile is `SUSPENDED`; `state` names the state.
        """

    @abstractmethod
    async def suspend_provider(
        self, caller: CallerT, *, profile_id: UUID, body: models.ProviderSuspend
    ) -> SuspendProviderOk:
        """Suspend a business.

        Only an `APPROVED` profile (409 `invalid-transition` names its state). All its services leave the catalogue at once, and return unchanged when it is
        reinstated. The owner stays signed in, and gets the note by mail. 403 `own-case`: it is the caller's own business.
        """

    @abstractmethod
    async def reinstate_provider(self, caller: CallerT, *, profile_id: UUID) -> ReinstateProviderOk:
        """Reinstate a suspended business.

        Only a `SUSPENDED` profile (409 `invalid-transition` names its state). It becomes `APPROVED`, and its published services return to the catalogue. The owner
        is notified by mail. 403 `own-case`: it is the caller's own business.
        """

    @abstractmethod
    async def reinstate_service(self, caller: CallerT, *, service_id: UUID) -> ReinstateServiceOk:
        """Reinstate a service that was taken down.

        Only a service that a decision on a report took down and that its owner has not edited since (409 `invalid-transition` names its state). It becomes
        `PUBLISHED` or `PAUSED` as before, with the published text. An edit that waited for its review waits again; a rejected edit stays rejected. The owner
        is notified by mail. 403 `own-case`: it is the caller's own service.
        """

    @abstractmethod
    async def get_moderated_photo(self, caller: CallerT, *, photo_id: UUID) -> GetModeratedPhotoOk:
        """Get a photo, as staff see it.

        A photo of a service, a business or a published review, in any state; other photos are 404. Each reading is recorded. The URLs expire after some minutes,
        and work for `HIDDEN` photos too.
        """

    @abstractmethod
    async def reinstate_photo(self, caller: CallerT, *, photo_id: UUID) -> ReinstatePhotoOk:
        """Reinstate a photo that was taken down.

        Only a `HIDDEN` photo (409 `invalid-transition` names its state). It becomes `READY`, in its old position. The owner is notified by mail. 403 `own-case`: it
        is the caller's own photo, or of a review of their business.
        """


_LIST_MODERATION_ITEMS = Inputs(
    Parameters(
        parameters.ListModerationItemsParameters,
        query={
            "kind": Field(),
            "state": Field(),
            "claimed": Field(),
            "submitted_before": Field(),
            "sort": Field(),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"state": "PENDING", "sort": "submitted_at", "limit": 20, "include_total": False},
    ),
    NoBody(),
)

_GET_MODERATION_ITEM = Inputs(
    Parameters(
        parameters.GetModerationItemParameters,
        path={"item_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_LIST_MODERATION_ITEM_PHOTOS = Inputs(
    Parameters(parameters.ListModerationItemPhotosParameters, path={"item_id": Field()}), NoBody()
)

_CLAIM_MODERATION_ITEM = Inputs(
    Parameters(parameters.ClaimModerationItemParameters, path={"item_id": Field()}), NoBody()
)

_RELEASE_MODERATION_ITEM = Inputs(
    Parameters(parameters.ReleaseModerationItemParameters, path={"item_id": Field()}), NoBody()
)

_DECIDE_MODERATION_ITEM = Inputs(
    Parameters(parameters.DecideModerationItemParameters, path={"item_id": Field()}),
    Body[models.ModerationDecision]({"application/json": JsonMedia(TypeAdapter(models.ModerationDecision))}),
)

_SUSPEND_PROVIDER = Inputs(
    Parameters(parameters.SuspendProviderParameters, path={"profile_id": Field()}),
    Body[models.ProviderSuspend]({"application/json": JsonMedia(TypeAdapter(models.ProviderSuspend))}),
)

_REINSTATE_PROVIDER = Inputs(Parameters(parameters.ReinstateProviderParameters, path={"profile_id": Field()}), NoBody())

_REINSTATE_SERVICE = Inputs(Parameters(parameters.ReinstateServiceParameters, path={"service_id": Field()}), NoBody())

_GET_MODERATED_PHOTO = Inputs(Parameters(parameters.GetModeratedPhotoParameters, path={"photo_id": Field()}), NoBody())

_REINSTATE_PHOTO = Inputs(Parameters(parameters.ReinstatePhotoParameters, path={"photo_id": Field()}), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractModerationHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractModerationHandlers, handlers)

    async def list_moderation_items(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_MODERATION_ITEMS)
        given = await _LIST_MODERATION_ITEMS.read(request)
        return await handlers.list_moderation_items(
            caller,
            kind=given.parameters.kind,
            state=given.parameters.state,
            claimed=given.parameters.claimed,
            submitted_before=given.parameters.submitted_before,
            sort=given.parameters.sort,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def get_moderation_item(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_MODERATION_ITEM)
        given = await _GET_MODERATION_ITEM.read(request)
        return await handlers.get_moderation_item(caller, item_id=given.parameters.item_id)

    async def list_moderation_item_photos(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_MODERATION_ITEM_PHOTOS)
        given = await _LIST_MODERATION_ITEM_PHOTOS.read(request)
        return await handlers.list_moderation_item_photos(caller, item_id=given.parameters.item_id)

    async def claim_moderation_item(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CLAIM_MODERATION_ITEM)
        given = await _CLAIM_MODERATION_ITEM.read(request)
        return await handlers.claim_moderation_item(caller, item_id=given.parameters.item_id)

    async def release_moderation_item(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.RELEASE_MODERATION_ITEM)
        given = await _RELEASE_MODERATION_ITEM.read(request)
        return await handlers.release_moderation_item(caller, item_id=given.parameters.item_id)

    async def decide_moderation_item(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DECIDE_MODERATION_ITEM)
        given = await _DECIDE_MODERATION_ITEM.read(request)
        return await handlers.decide_moderation_item(caller, item_id=given.parameters.item_id, body=given.body)

    async def suspend_provider(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.SUSPEND_PROVIDER)
        given = await _SUSPEND_PROVIDER.read(request)
        return await handlers.suspend_provider(caller, profile_id=given.parameters.profile_id, body=given.body)

    async def reinstate_provider(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REINSTATE_PROVIDER)
        given = await _REINSTATE_PROVIDER.read(request)
        return await handlers.reinstate_provider(caller, profile_id=given.parameters.profile_id)

    async def reinstate_service(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REINSTATE_SERVICE)
        given = await _REINSTATE_SERVICE.read(request)
        return await handlers.reinstate_service(caller, service_id=given.parameters.service_id)

    async def get_moderated_photo(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_MODERATED_PHOTO)
        given = await _GET_MODERATED_PHOTO.read(request)
        return await handlers.get_moderated_photo(caller, photo_id=given.parameters.photo_id)

    async def reinstate_photo(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REINSTATE_PHOTO)
        given = await _REINSTATE_PHOTO.read(request)
        return await handlers.reinstate_photo(caller, photo_id=given.parameters.photo_id)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_MODERATION_ITEMS, list_moderation_items),
            OperationRoute(policies.GET_MODERATION_ITEM, get_moderation_item),
            OperationRoute(policies.LIST_MODERATION_ITEM_PHOTOS, list_moderation_item_photos),
            OperationRoute(policies.CLAIM_MODERATION_ITEM, claim_moderation_item),
            OperationRoute(policies.RELEASE_MODERATION_ITEM, release_moderation_item),
            OperationRoute(policies.DECIDE_MODERATION_ITEM, decide_moderation_item),
            OperationRoute(policies.SUSPEND_PROVIDER, suspend_provider),
            OperationRoute(policies.REINSTATE_PROVIDER, reinstate_provider),
            OperationRoute(policies.REINSTATE_SERVICE, reinstate_service),
            OperationRoute(policies.GET_MODERATED_PHOTO, get_moderated_photo),
            OperationRoute(policies.REINSTATE_PHOTO, reinstate_photo),
        ]
    )
    return router
