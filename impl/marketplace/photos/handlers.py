"""Handlers of photos."""

from typing import override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.photos import (
    AbstractPhotosHandlers,
    AddInquiryPhotoCreated,
    AddProfilePhotoCreated,
    AddPropertyPhotoCreated,
    AddReviewPhotoCreated,
    AddServicePhotoCreated,
    DeletePhotoNoContent,
    GetPhotoOk,
    ListInquiryPhotosOk,
    ListProfilePhotosOk,
    ListPropertyPhotosOk,
    ListReceivedInquiryPhotosOk,
    ListReviewPhotosOk,
    ListServicePhotosOk,
    UpdatePhotoOk,
)
from generated.states import PhotoState
from impl.kernel.caller import AnonymousClient, Caller
from impl.marketplace.capabilities.pictures.wire import optional_files_to_wire, photo_to_wire
from impl.marketplace.photos.service import PhotosService
from impl.marketplace.photos.tables import PhotoChanges, PhotoContent, PhotoRow, PhotoSubjectKind


def _location(row: PhotoRow) -> str:
    return policies.GET_PHOTO.path.format(photo_id=row["id"])


def _content(kind: PhotoSubjectKind, subject_id: UUID | None, body: models.PhotoCreate) -> PhotoContent:
    return PhotoContent(kind=kind, subject_id=subject_id, file=body.file.file, alt_text=body.alt_text)


class PhotosHandlers(AbstractPhotosHandlers[Caller, AnonymousClient]):
    def __init__(self, service: PhotosService) -> None:
        self._service = service

    @override
    async def list_property_photos(self, caller: Caller, *, property_id: UUID) -> ListPropertyPhotosOk:
        return ListPropertyPhotosOk(await self._list(caller, PhotoSubjectKind.PROPERTY, property_id))

    @override
    async def add_property_photo(
        self, caller: Caller, *, property_id: UUID, body: models.PhotoCreate
    ) -> AddPropertyPhotoCreated:
        return await self._service.add(
            caller,
            _content(PhotoSubjectKind.PROPERTY, property_id, body),
            lambda row: AddPropertyPhotoCreated(self._to_wire(row), location=_location(row)),
        )

    @override
    async def list_service_photos(self, caller: Caller, *, service_id: UUID) -> ListServicePhotosOk:
        return ListServicePhotosOk(await self._list(caller, PhotoSubjectKind.SERVICE, service_id))

    @override
    async def add_service_photo(
        self, caller: Caller, *, service_id: UUID, body: models.PhotoCreate
    ) -> AddServicePhotoCreated:
        return await self._service.add(
            caller,
            _content(PhotoSubjectKind.SERVICE, service_id, body),
            lambda row: AddServicePhotoCreated(self._to_wire(row), location=_location(row)),
        )

    @override
    async def list_profile_photos(self, caller: Caller) -> ListProfilePhotosOk:
        return ListProfilePhotosOk(await self._list(caller, PhotoSubjectKind.PROFILE, None))

    @override
    async def add_profile_photo(self, caller: Caller, *, body: models.PhotoCreate) -> AddProfilePhotoCreated:
        return await self._service.add(
            caller,
            _content(PhotoSubjectKind.PROFILE, None, body),
            lambda row: AddProfilePhotoCreated(self._to_wire(row), location=_location(row)),
        )

    @override
    async def list_inquiry_photos(self, caller: Caller, *, inquiry_id: UUID) -> ListInquiryPhotosOk:
        return ListInquiryPhotosOk(await self._list(caller, PhotoSubjectKind.INQUIRY, inquiry_id))

    @override
    async def add_inquiry_photo(
        self, caller: Caller, *, inquiry_id: UUID, body: models.PhotoCreate
    ) -> AddInquiryPhotoCreated:
        return await self._service.add(
            caller,
            _content(PhotoSubjectKind.INQUIRY, inquiry_id, body),
            lambda row: AddInquiryPhotoCreated(self._to_wire(row), location=_location(row)),
        )

    @override
    async def list_received_inquiry_photos(self, caller: Caller, *, inquiry_id: UUID) -> ListReceivedInquiryPhotosOk:
        photos = await self._service.received(caller, inquiry_id)
        return ListReceivedInquiryPhotosOk({"items": [photo_to_wire(photo) for photo in photos]})

    @override
    async def list_review_photos(self, caller: Caller, *, job_id: UUID) -> ListReviewPhotosOk:
        return ListReviewPhotosOk(await self._list(caller, PhotoSubjectKind.REVIEW, job_id))

    @override
    async def add_review_photo(
        self, caller: Caller, *, job_id: UUID, body: models.PhotoCreate
    ) -> AddReviewPhotoCreated:
        return await self._service.add(
            caller,
            _content(PhotoSubjectKind.REVIEW, job_id, body),
            lambda row: AddReviewPhotoCreated(self._to_wire(row), location=_location(row)),
        )

    @override
    async def get_photo(self, caller: Caller, *, photo_id: UUID) -> GetPhotoOk:
        return GetPhotoOk(self._to_wire(await self._service.get(caller, photo_id)))

    @override
    async def update_photo(self, caller: Caller, *, photo_id: UUID, body: models.PhotoUpdate) -> UpdatePhotoOk:
        changes: PhotoChanges = {}
        if "alt_text" in body.model_fields_set:
            changes["alt_text"] = body.alt_text
        if body.position is not None:
            changes["position"] = body.position
        return UpdatePhotoOk(self._to_wire(await self._service.change(caller, photo_id, changes)))

    @override
    async def delete_photo(self, caller: Caller, *, photo_id: UUID) -> DeletePhotoNoContent:
        await self._service.delete(caller, photo_id)
        return DeletePhotoNoContent()

    async def _list(self, caller: Caller, kind: PhotoSubjectKind, subject_id: UUID | None) -> replies.PhotoList:
        rows = await self._service.of_subject(caller, kind, subject_id)
        return {"items": [self._to_wire(row) for row in rows]}

    def _to_wire(self, row: PhotoRow) -> replies.Photo:
        return {
            "id": row["id"],
            "subject_kind": models.PhotoSubjectKind(row["subject_kind"]),
            "subject_id": row["subject_id"],
            "state": PhotoState(row["state"]),
            "fault": None if row["fault"] is None else models.PhotoFault(row["fault"]),
            "alt_text": row["alt_text"],
            "position": row["position"],
            "width": row["width"],
            "height": row["height"],
            "placeholder": row["placeholder"],
            "files": optional_files_to_wire(self._service.addresses(row)),
            "review_note": row["review_note"],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
        }
