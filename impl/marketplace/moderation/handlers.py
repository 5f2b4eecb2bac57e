"""Handlers of the moderation queue."""

from datetime import datetime
from typing import override
from uuid import UUID

from generated import models, replies
from generated.routers.moderation import (
    AbstractModerationHandlers,
    ClaimModerationItemOk,
    DecideModerationItemOk,
    GetModeratedPhotoOk,
    GetModerationItemOk,
    ListModerationItemPhotosOk,
    ListModerationItemsOk,
    ReinstatePhotoOk,
    ReinstateProviderOk,
    ReinstateServiceOk,
    ReleaseModerationItemOk,
    SuspendProviderOk,
)
from generated.states import SubmissionState
from impl.kernel import etags
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.clock import Clock
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.capabilities.pictures.wire import optional_files_to_wire
from impl.marketplace.capabilities.submissions.service import Filters, SubmissionRow, claimant, text_version
from impl.marketplace.capabilities.submissions.tables import RejectionReason, SubmissionKind
from impl.marketplace.capabilities.submissions.wire import fields_to_wire
from impl.marketplace.moderation.service import ModerationService, Rejection
from impl.marketplace.photos.tables import ModeratedPhotoRow
from impl.marketplace.provider_profile.tables import ModeratedRow
from impl.marketplace.provider_services.tables import ModeratedService


def _submitted(row: SubmissionRow) -> Moment:
    return row["submitted_at"], row["id"]


def _provider(row: ModeratedRow) -> replies.ModeratedProvider:
    return {
        "id": row["id"],
        "owner_id": row["user_id"],
        "slug": row["slug"],
        "business_name": row["business_name"],
        "state": row["state"],
        "review_note": row["review_note"],
        "updated_at": row["updated_at"],
    }


def _service(row: ModeratedService) -> replies.ModeratedService:
    return {
        "id": row["id"],
        "owner_id": row["owner_id"],
        "title": row["title"],
        "state": row["state"],
        "review_note": row["review_note"],
        "updated_at": row["updated_at"],
    }


class ModerationHandlers(AbstractModerationHandlers[Caller, AnonymousClient]):
    def __init__(self, service: ModerationService, cursors: Cursors, clock: Clock) -> None:
        self._service = service
        self._cursors = cursors
        self._clock = clock

    def _to_wire(self, row: SubmissionRow) -> replies.ModerationItem:
        claimed_by, reason = claimant(row, self._clock.now()), row["rejection_reason"]
        subject_id = row["profile_id"] or row["service_id"]
        if subject_id is None:
            raise TypeError("a submission is of a profile or of a service")
        return {
            "id": row["id"],
            "kind": models.SubmissionKind(row["kind"].value),
            "state": row["state"],
            "subject_id": subject_id,
            "owner_id": row["owner_id"],
            "is_revision": row["is_revision"],
            "fields": fields_to_wire(row["fields"]),
            "text_version": text_version(row),
            "hints": [
                {
                    "kind": models.HintKind(hint["kind"]),
                    "field": models.MaterialField(hint["field"]),
                    "text": hint["text"],
                    "duplicate_of": None if hint["duplicate_of"] is None else UUID(hint["duplicate_of"]),
                }
                for hint in row["hints"]
            ],
            "submitted_at": row["submitted_at"],
            "claimed_by": claimed_by,
            "claim_expires_at": None if claimed_by is None else row["claim_expires_at"],
            "decided_at": row["decided_at"],
            "decided_by": row["decided_by"],
            "rejection_reason": None if reason is None else models.RejectionReason(reason.value),
            "note": row["note"],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
        }

    @override
    async def list_moderation_items(
        self,
        caller: Caller,
        *,
        kind: models.SubmissionKind | None,
        state: SubmissionState,
        claimed: models.ModerationClaim | None,
        submitted_before: datetime | None,
        sort: models.ModerationSort,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListModerationItemsOk:
        filters = Filters(
            state=state,
            kind=None if kind is None else SubmissionKind(kind.value),
            submitted_before=submitted_before,
            claimed_by=caller.user_id if claimed is models.ModerationClaim.ME else None,
            unclaimed=claimed is models.ModerationClaim.NOBODY,
        )
        scope = f"listModerationItems {caller.user_id} {sort.value} {filters.cursor_scope()}"
        page = await self._service.page(
            caller,
            filters,
            descending=sort is models.ModerationSort.SUBMITTED_AT_DESC,
            after=self._cursors.decode_moment(cursor, scope=scope),
            limit=limit,
        )
        total = await self._service.count(filters) if include_total else None
        return ListModerationItemsOk(
            {
                "items": [self._to_wire(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _submitted, scope=scope),
                **capped(total),
            }
        )

    @override
    async def get_moderation_item(self, caller: Caller, *, item_id: UUID) -> GetModerationItemOk:
        row = await self._service.get(caller, item_id)
        return GetModerationItemOk(self._to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def claim_moderation_item(self, caller: Caller, *, item_id: UUID) -> ClaimModerationItemOk:
        row = await self._service.claim(caller, item_id)
        return ClaimModerationItemOk(self._to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def release_moderation_item(self, caller: Caller, *, item_id: UUID) -> ReleaseModerationItemOk:
        row = await self._service.release(caller, item_id)
        return ReleaseModerationItemOk(self._to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def decide_moderation_item(
        self, caller: Caller, *, item_id: UUID, body: models.ModerationDecision
    ) -> DecideModerationItemOk:
        rejection = None
        if isinstance(body, models.ModerationRejection):
            rejection = Rejection(RejectionReason(body.rejection_reason.value), body.note)
        row = await self._service.decide(caller, item_id, rejection, text=body.text_version)
        return DecideModerationItemOk(self._to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def suspend_provider(
        self, caller: Caller, *, profile_id: UUID, body: models.ProviderSuspend
    ) -> SuspendProviderOk:
        return SuspendProviderOk(_provider(await self._service.suspend(caller, profile_id, body.note)))

    @override
    async def reinstate_provider(self, caller: Caller, *, profile_id: UUID) -> ReinstateProviderOk:
        return ReinstateProviderOk(_provider(await self._service.reinstate(caller, profile_id)))

    @override
    async def reinstate_service(self, caller: Caller, *, service_id: UUID) -> ReinstateServiceOk:
        return ReinstateServiceOk(_service(await self._service.reinstate_service(caller, service_id)))

    @override
    async def list_moderation_item_photos(self, caller: Caller, *, item_id: UUID) -> ListModerationItemPhotosOk:
        rows = await self._service.photos(caller, item_id)
        return ListModerationItemPhotosOk({"items": [self._photo(row) for row in rows]})

    @override
    async def get_moderated_photo(self, caller: Caller, *, photo_id: UUID) -> GetModeratedPhotoOk:
        return GetModeratedPhotoOk(self._photo(await self._service.get_photo(caller, photo_id)))

    @override
    async def reinstate_photo(self, caller: Caller, *, photo_id: UUID) -> ReinstatePhotoOk:
        return ReinstatePhotoOk(self._photo(await self._service.reinstate_photo(caller, photo_id)))

    def _photo(self, row: ModeratedPhotoRow) -> replies.ModeratedPhoto:
        return {
            "id": row["id"],
            "owner_id": row["owner_id"],
            "subject_kind": models.PhotoSubjectKind(row["subject_kind"].value),
            "subject_id": row["subject_id"],
            "subject_title": row["subject_title"],
            "state": row["state"],
            "alt_text": row["alt_text"],
            "width": row["width"],
            "height": row["height"],
            "placeholder": row["placeholder"],
            "files": optional_files_to_wire(self._service.photo_addresses(row)),
            "review_note": row["review_note"],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
        }
