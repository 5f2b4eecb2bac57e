# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The photos operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime.bodies import Body, FormMedia, JsonMedia, NoBody
from openapi.runtime.forms import MultipartForm
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_PHOTO_LIST: JsonWriter[replies.PhotoList] = JsonWriter(replies.PhotoList)
_PHOTO: JsonWriter[replies.Photo] = JsonWriter(replies.Photo)
_RECEIVED_PHOTO_LIST: JsonWriter[replies.ReceivedPhotoList] = JsonWriter(replies.ReceivedPhotoList)


class ListPropertyPhotosOk(Reply):
    """The photos, in their order."""

    __slots__ = ()

    def __init__(self, body: replies.PhotoList) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PHOTO_LIST.dump_json(body))


class AddPropertyPhotoCreated(Reply):
    """The photo was stored, and is being re-encoded."""

    __slots__ = ()

    def __init__(self, body: replies.Photo, *, location: str) -> None:
        super().__init__(201, {"content-type": "application/json", "location": location}, _PHOTO.dump_json(body))


class ListServicePhotosOk(Reply):
    """The photos, in their order."""

    __slots__ = ()

    def __init__(self, body: replies.PhotoList) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PHOTO_LIST.dump_json(body))


class AddServicePhotoCreated(Reply):
    """The photo was stored, and is being re-encoded."""

    __slots__ = ()

    def __init__(self, body: replies.Photo, *, location: str) -> None:
        super().__init__(201, {"content-type": "application/json", "location": location}, _PHOTO.dump_json(body))


class ListProfilePhotosOk(Reply):
    """The photos, in their order."""

    __slots__ = ()

    def __init__(self, body: replies.PhotoList) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PHOTO_LIST.dump_json(body))


class AddProfilePhotoCreated(Reply):
    """The photo was stored, and is being re-encoded."""

    __slots__ = ()

    def __init__(self, body: replies.Photo, *, location: str) -> None:
        super().__init__(201, {"content-type": "application/json", "location": location}, _PHOTO.dump_json(body))


class ListInquiryPhotosOk(Reply):
    """The photos, in their order."""

    __slots__ = ()

    def __init__(self, body: replies.PhotoList) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PHOTO_LIST.dump_json(body))


class AddInquiryPhotoCreated(Reply):
    """The photo was stored, and is being re-encoded."""

    __slots__ = ()

    def __init__(self, body: replies.Photo, *, location: str) -> None:
        super().__init__(201, {"content-type": "application/json", "location": location}, _PHOTO.dump_json(body))


class ListReceivedInquiryPhotosOk(Reply):
    """The photos, in their order."""

    __slots__ = ()

    def __init__(self, body: replies.ReceivedPhotoList) -> None:
        super().__init__(200, {"content-type": "application/json"}, _RECEIVED_PHOTO_LIST.dump_json(body))


class ListReviewPhotosOk(Reply):
    """The photos, in their order."""

    __slots__ = ()

    def __init__(self, body: replies.PhotoList) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PHOTO_LIST.dump_json(body))


class AddReviewPhotoCreated(Reply):
    """The photo was stored, and is being re-encoded."""

    __slots__ = ()

    def __init__(self, body: replies.Photo, *, location: str) -> None:
        super().__init__(201, {"content-type": "application/json", "location": location}, _PHOTO.dump_json(body))


class GetPhotoOk(Reply):
    """The photo."""

    __slots__ = ()

    def __init__(self, body: replies.Photo) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PHOTO.dump_json(body))


class UpdatePhotoOk(Reply):
    """The photo."""

    __slots__ = ()

    def __init__(self, body: replies.Photo) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PHOTO.dump_json(body))


class DeletePhotoNoContent(Reply):
    """The photo is gone."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class AbstractPhotosHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged photos."""

    @abstractmethod
    async def list_property_photos(self, caller: CallerT, *, property_id: UUID) -> ListPropertyPhotosOk:
        """List the photos of one of my properties.

        All photos in their order, including pending and rejected ones. 404: the property belongs to somebody else.
        """

    @abstractmethod
    async def add_property_photo(
        self, caller: CallerT, *, property_id: UUID, body: models.PhotoCreate
    ) -> AddPropertyPhotoCreated:
        """Add a photo of one of my properties.

        A form with a JPEG, PNG or WebP of at most 12 MiB; the type is read from the content. The photo comes last in the order, and is `PENDING` until it has
        been re-encoded in several sizes without its metadata (place, camera). Then it is `READY`, or `REJECTED` with its `fault`. Only the owner of the property sees it.

        - 422: not such an image, animated, or too many pixels; `code` of the error at `/file` is the `PhotoFault` in lower case.
        - 409 `limit-reached`: the property has 20 photos, or the account 200.
        - 404: the property belongs to somebody else.
        """

    @abstractmethod
    async def list_service_photos(self, caller: CallerT, *, service_id: UUID) -> ListServicePhotosOk:
        """List the photos of one of my services.

        All photos in their order, including pending and rejected ones. 404: the service belongs to somebody else.
        """

    @abstractmethod
    async def add_service_photo(
        self, caller: CallerT, *, service_id: UUID, body: models.PhotoCreate
    ) -> AddServicePhotoCreated:
        """Add a photo of one of my services.

        A form with a JPEG, PNG or WebP of at most 12 MiB; the type is read from the content. The photo comes last in the order, and is `PENDING` until it has
        been re-encoded in several sizes without its metadata (place, camera). Then it is `READY`, or `REJECTED` with its `fault`. It is public while the service is in the catalogue.

        - 422: not such an image, animated, or too many pixels; `code` of the error at `/file` is the `PhotoFault` in lower case.
        - 409 `limit-reached`: the service has 20 photos, or the account 200.
        - 404: the service belongs to somebody else.
        """

    @abstractmethod
    async def list_profile_photos(self, caller: CallerT) -> ListProfilePhotosOk:
        """List the photos of my business.

        All photos in their order, including pending and rejected ones. 404: there is no profile.
        """

    @abstractmethod
    async def add_profile_photo(self, caller: CallerT, *, body: models.PhotoCreate) -> AddProfilePhotoCreated:
        """Add a photo of my business.

        A form with a JPEG, PNG or WebP of at most 12 MiB; the type is read from the content. The photo comes last in the order, and is `PENDING` until it has
        been re-encoded in several sizes without its metadata (place, camera). Then it is `READY`, or `REJECTED` with its `fault`. It is public while the profile is approved.

        - 422: not such an image, animated, or too many pixels; `code` of the error at `/file` is the `PhotoFault` in lower case.
        - 409 `limit-reached`: the profile has 20 photos, or the account 200.
        - 404: there is no profile.
        """

    @abstractmethod
    async def list_inquiry_photos(self, caller: CallerT, *, inquiry_id: UUID) -> ListInquiryPhotosOk:
        """List the photos of one of my inquiries.

        All photos in their order, including pending and rejected ones. 404: the inquiry belongs to somebody else.
        """

    @abstractmethod
    async def add_inquiry_photo(
        self, caller: CallerT, *, inquiry_id: UUID, body: models.PhotoCreate
    ) -> AddInquiryPhotoCreated:
        """Add a photo to one of my inquiries.

        A form with a JPEG, PNG or WebP of at most 12 MiB; the type is read from the content. The photo comes last in the order, and is `PENDING` until it has
        been re-encoded in several sizes without its metadata (place, camera). Then it is `READY`, or `REJECTED` with its `fault`. Only the owner and the recipients of the inquiry see it.

        - 422: not such an image, animated, or too many pixels; `code` of the error at `/file` is the `PhotoFault` in lower case.
        - 409 `limit-reached`: the inquiry has 6 photos, or the account 200.
        - 409 `invalid-transition`: the inquiry is not open any more.
        - 404: the inquiry belongs to somebody else.
        """

    @abstractmethod
    async def list_received_inquiry_photos(self, caller: CallerT, *, inquiry_id: UUID) -> ListReceivedInquiryPhotosOk:
        """List the photos of an inquiry that I received.

        The `READY` photos in their order. Their URLs are the caller's own, expire after some minutes, and stop working when the caller may not read the inquiry
        any more. 404: the inquiry was sent to somebody else.
        """

    @abstractmethod
    async def list_review_photos(self, caller: CallerT, *, job_id: UUID) -> ListReviewPhotosOk:
        """List the photos of my review of a job.

        All photos in their order, including pending and rejected ones. 404: the caller has no review of the job as its homeowner.
        """

    @abstractmethod
    async def add_review_photo(
        self, caller: CallerT, *, job_id: UUID, body: models.PhotoCreate
    ) -> AddReviewPhotoCreated:
        """Add a photo to my review of a job.

        A form with a JPEG, PNG or WebP of at most 12 MiB; the type is read from the content. The photo comes last in the order, and is `PENDING` until it has
        been re-encoded in several sizes without its metadata (place, camera). Then it is `READY`, or `REJECTED` with its `fault`. Others see it while the review is `PUBLISHED`. Only
        homeowners add photos to a review.

        - 422: not such an image, animated, or too many pixels; `code` of the error at `/file` is the `PhotoFault` in lower case.
        - 409 `limit-reached`: the review has 6 photos, or the account 200.
        - 409 `review-closed`: more than 48 hours have passed since the review was written.
        - 409 `invalid-transition`: staff have hidden the review.
        - 404: the caller has no review of the job as its homeowner.
        """

    @abstractmethod
    async def get_photo(self, caller: CallerT, *, photo_id: UUID) -> GetPhotoOk:
        """Get one of my photos.

        Its URLs expire after some minutes while others may not see the photo, and are permanent while they may. 404: it belongs to somebody else.
        """

    @abstractmethod
    async def update_photo(self, caller: CallerT, *, photo_id: UUID, body: models.PhotoUpdate) -> UpdatePhotoOk:
        """Describe or move a photo.

        A merge patch. `position` counts from 0; the photos between the old and the new position move by one, and a position beyond the last means the last.

        The text of a photo of a review is changed as the review is: 409 `review-closed` when more than 48 hours have passed since it was written, and 409
        `invalid-transition` while staff have hidden it.
        """

    @abstractmethod
    async def delete_photo(self, caller: CallerT, *, photo_id: UUID) -> DeletePhotoNoContent:
        """Delete a photo.

        Its files are deleted within seconds. Caches outside the service may keep a public photo for longer.
        """


_LIST_PROPERTY_PHOTOS = Inputs(
    Parameters(parameters.ListPropertyPhotosParameters, path={"property_id": Field()}), NoBody()
)

_ADD_PROPERTY_PHOTO = Inputs(
    Parameters(
        parameters.AddPropertyPhotoParameters,
        path={"property_id": Field()},
        headers={"idempotency_key": ("Idempotency-Key", Field())},
    ),
    Body[models.PhotoCreate](
        {
            "multipart/form-data": FormMedia(
                TypeAdapter(models.PhotoCreate),
                MultipartForm({"file": Field(), "alt_text": Field()}, files=frozenset(["file"])),
            )
        },
        max_size=12713984,
    ),
)

_LIST_SERVICE_PHOTOS = Inputs(
    Parameters(parameters.ListServicePhotosParameters, path={"service_id": Field()}), NoBody()
)

_ADD_SERVICE_PHOTO = Inputs(
    Parameters(
        parameters.AddServicePhotoParameters,
        path={"service_id": Field()},
        headers={"idempotency_key": ("Idempotency-Key", Field())},
    ),
    Body[models.PhotoCreate](
        {
            "multipart/form-data": FormMedia(
                TypeAdapter(models.PhotoCreate),
                MultipartForm({"file": Field(), "alt_text": Field()}, files=frozenset(["file"])),
            )
        },
        max_size=12713984,
    ),
)

_LIST_PROFILE_PHOTOS = Inputs(Parameters(NoParameters), NoBody())

_ADD_PROFILE_PHOTO = Inputs(
    Parameters(parameters.AddProfilePhotoParameters, headers={"idempotency_key": ("Idempotency-Key", Field())}),
    Body[models.PhotoCreate](
        {
            "multipart/form-data": FormMedia(
                TypeAdapter(models.PhotoCreate),
                MultipartForm({"file": Field(), "alt_text": Field()}, files=frozenset(["file"])),
            )
        },
        max_size=12713984,
    ),
)

_LIST_INQUIRY_PHOTOS = Inputs(
    Parameters(parameters.ListInquiryPhotosParameters, path={"inquiry_id": Field()}), NoBody()
)

_ADD_INQUIRY_PHOTO = Inputs(
    Parameters(
        parameters.AddInquiryPhotoParameters,
        path={"inquiry_id": Field()},
        headers={"idempotency_key": ("Idempotency-Key", Field())},
    ),
    Body[models.PhotoCreate](
        {
            "multipart/form-data": FormMedia(
                TypeAdapter(models.PhotoCreate),
                MultipartForm({"file": Field(), "alt_text": Field()}, files=frozenset(["file"])),
            )
        },
        max_size=12713984,
    ),
)

_LIST_RECEIVED_INQUIRY_PHOTOS = Inputs(
    Parameters(parameters.ListReceivedInquiryPhotosParameters, path={"inquiry_id": Field()}), NoBody()
)

_LIST_REVIEW_PHOTOS = Inputs(Parameters(parameters.ListReviewPhotosParameters, path={"job_id": Field()}), NoBody())

_ADD_REVIEW_PHOTO = Inputs(
    Parameters(
        parameters.AddReviewPhotoParameters,
        path={"job_id": Field()},
        headers={"idempotency_key": ("Idempotency-Key", Field())},
    ),
    Body[models.PhotoCreate](
        {
            "multipart/form-data": FormMedia(
                TypeAdapter(models.PhotoCreate),
                MultipartForm({"file": Field(), "alt_text": Field()}, files=frozenset(["file"])),
            )
        },
        max_size=12713984,
    ),
)

_GET_PHOTO = Inputs(Parameters(parameters.GetPhotoParameters, path={"photo_id": Field()}), NoBody())

_UPDATE_PHOTO = Inputs(
    Parameters(parameters.UpdatePhotoParameters, path={"photo_id": Field()}),
    Body[models.PhotoUpdate](
        {
            "application/merge-patch+json": JsonMedia(TypeAdapter(models.PhotoUpdate)),
            "application/json": JsonMedia(TypeAdapter(models.PhotoUpdate)),
        }
    ),
)

_DELETE_PHOTO = Inputs(Parameters(parameters.DeletePhotoParameters, path={"photo_id": Field()}), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractPhotosHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractPhotosHandlers, handlers)

    async def list_property_photos(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_PROPERTY_PHOTOS)
        given = await _LIST_PROPERTY_PHOTOS.read(request)
        return await handlers.list_property_photos(caller, property_id=given.parameters.property_id)

    async def add_property_photo(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.ADD_PROPERTY_PHOTO)
        given = await _ADD_PROPERTY_PHOTO.read(request)
        claimed = await guard.once(request, policies.ADD_PROPERTY_PHOTO, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.add_property_photo(claimed, property_id=given.parameters.property_id, body=given.body)

    async def list_service_photos(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_SERVICE_PHOTOS)
        given = await _LIST_SERVICE_PHOTOS.read(request)
        return await handlers.list_service_photos(caller, service_id=given.parameters.service_id)

    async def add_service_photo(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.ADD_SERVICE_PHOTO)
        given = await _ADD_SERVICE_PHOTO.read(request)
        claimed = await guard.once(request, policies.ADD_SERVICE_PHOTO, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.add_service_photo(claimed, service_id=given.parameters.service_id, body=given.body)

    async def list_profile_photos(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_PROFILE_PHOTOS)
        await _LIST_PROFILE_PHOTOS.read(request)
        return await handlers.list_profile_photos(caller)

    async def add_profile_photo(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.ADD_PROFILE_PHOTO)
        given = await _ADD_PROFILE_PHOTO.read(request)
        claimed = await guard.once(request, policies.ADD_PROFILE_PHOTO, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.add_profile_photo(claimed, body=given.body)

    async def list_inquiry_photos(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_INQUIRY_PHOTOS)
        given = await _LIST_INQUIRY_PHOTOS.read(request)
        return await handlers.list_inquiry_photos(caller, inquiry_id=given.parameters.inquiry_id)

    async def add_inquiry_photo(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.ADD_INQUIRY_PHOTO)
        given = await _ADD_INQUIRY_PHOTO.read(request)
        claimed = await guard.once(request, policies.ADD_INQUIRY_PHOTO, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.add_inquiry_photo(claimed, inquiry_id=given.parameters.inquiry_id, body=given.body)

    async def list_received_inquiry_photos(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_RECEIVED_INQUIRY_PHOTOS)
        given = await _LIST_RECEIVED_INQUIRY_PHOTOS.read(request)
        return await handlers.list_received_inquiry_photos(caller, inquiry_id=given.parameters.inquiry_id)

    async def list_review_photos(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_REVIEW_PHOTOS)
        given = await _LIST_REVIEW_PHOTOS.read(request)
        return await handlers.list_review_photos(caller, job_id=given.parameters.job_id)

    async def add_review_photo(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.ADD_REVIEW_PHOTO)
        given = await _ADD_REVIEW_PHOTO.read(request)
        claimed = await guard.once(request, policies.ADD_REVIEW_PHOTO, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.add_review_photo(claimed, job_id=given.parameters.job_id, body=given.body)

    async def get_photo(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_PHOTO)
        given = await _GET_PHOTO.read(request)
        return await handlers.get_photo(caller, photo_id=given.parameters.photo_id)

    async def update_photo(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.UPDATE_PHOTO)
        given = await _UPDATE_PHOTO.read(request)
        return await handlers.update_photo(caller, photo_id=given.parameters.photo_id, body=given.body)

    async def delete_photo(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELETE_PHOTO)
        given = await _DELETE_PHOTO.read(request)
        return await handlers.delete_photo(caller, photo_id=given.parameters.photo_id)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_PROPERTY_PHOTOS, list_property_photos),
            OperationRoute(policies.ADD_PROPERTY_PHOTO, add_property_photo),
            OperationRoute(policies.LIST_SERVICE_PHOTOS, list_service_photos),
            OperationRoute(policies.ADD_SERVICE_PHOTO, add_service_photo),
            OperationRoute(policies.LIST_PROFILE_PHOTOS, list_profile_photos),
            OperationRoute(policies.ADD_PROFILE_PHOTO, add_profile_photo),
            OperationRoute(policies.LIST_INQUIRY_PHOTOS, list_inquiry_photos),
            OperationRoute(policies.ADD_INQUIRY_PHOTO, add_inquiry_photo),
            OperationRoute(policies.LIST_RECEIVED_INQUIRY_PHOTOS, list_received_inquiry_photos),
            OperationRoute(policies.LIST_REVIEW_PHOTOS, list_review_photos),
            OperationRoute(policies.ADD_REVIEW_PHOTO, add_review_photo),
            OperationRoute(policies.GET_PHOTO, get_photo),
            OperationRoute(policies.UPDATE_PHOTO, update_photo),
            OperationRoute(policies.DELETE_PHOTO, delete_photo),
        ]
    )
    return router
