"""Handlers of reviews, for the parties of a job, for everybody, and for staff."""

from collections.abc import Sequence
from typing import TypedDict, override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.reviews import (
    AbstractReviewsHandlers,
    CreateReviewCreated,
    GetOwnReviewOk,
    HideReviewOk,
    ListJobReviewsOk,
    ListProviderReviewsMovedPermanently,
    ListProviderReviewsOk,
    ListReviewsOk,
    ReinstateReviewOk,
    ReplyToReviewOk,
    UpdateReviewOk,
)
from impl.kernel import etags
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.capabilities.jobs.tables import JobSide
from impl.marketplace.capabilities.pictures.service import ShownPhoto
from impl.marketplace.capabilities.pictures.wire import photo_to_wire
from impl.marketplace.capabilities.reviews.service import edits_end_at
from impl.marketplace.capabilities.reviews.tables import Opinion, OpinionChanges
from impl.marketplace.photos.service import PhotosService
from impl.marketplace.providers.service import ProvidersService, moved_to
from impl.marketplace.reviews.service import PublicRow, ReviewRow, ReviewsService, masked


def _reply(row: ReviewRow | PublicRow) -> replies.ReviewReply | None:
    text, at = row["reply"], row["replied_at"]
    return None if text is None or at is None else {"text": text, "replied_at": at}


class _OpinionOnTheWire(TypedDict):
    """Members that a review has for everybody who reads it."""

    rating: int
    punctuality: int | None
    quality: int | None
    value: int | None
    text: str
    reply: replies.ReviewReply | None
    edited: bool


def _opinion_to_wire(row: ReviewRow | PublicRow) -> _OpinionOnTheWire:
    return {
        "rating": row["rating"],
        "punctuality": row["punctuality"],
        "quality": row["quality"],
        "value": row["value"],
        "text": row["text"],
        "reply": _reply(row),
        "edited": row["edited_at"] is not None,
    }


def _to_wire(row: ReviewRow) -> replies.Review:
    return {
        "id": row["id"],
        "job_id": row["job_id"],
        "by": models.JobSide(row["by"].value),
        **_opinion_to_wire(row),
        "state": row["state"],
        "statement": row["statement"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "published_at": row["published_at"],
        "edits_end_at": edits_end_at(row["created_at"]),
    }


def _to_everybody(row: PublicRow, photos: list[replies.PublicPhoto]) -> replies.PublicReview:
    return {
        **_opinion_to_wire(row),
        "id": row["id"],
        "photos": [{**photo, "alt_text": masked(photo["alt_text"], row["country"])} for photo in photos],
        "category": {"id": row["category_id"], "slug": row["category_slug"], "name": row["category_name"]},
        "published_at": row["published_at"],
    }


def _to_staff(row: ReviewRow, photos: list[replies.PublicPhoto]) -> replies.ModeratedReview:
    return {
        "id": row["id"],
        "job_id": row["job_id"],
        "by": models.JobSide(row["by"].value),
        "author_id": row["author_id"],
        "subject_id": row["subject_id"],
        **_opinion_to_wire(row),
        "photos": photos,
        "state": row["state"],
        "statement": row["statement"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "published_at": row["published_at"],
        "hidden_at": row["hidden_at"],
    }


def _moment(row: ReviewRow) -> Moment:
    # Lists have no review that is not published.
    return row["published_at"] or row["created_at"], row["id"]


def _public_moment(row: PublicRow) -> Moment:
    return row["published_at"], row["id"]


def _created(row: ReviewRow) -> CreateReviewCreated:
    location = policies.GET_OWN_REVIEW.path.format(job_id=row["job_id"])
    return CreateReviewCreated(_to_wire(row), location=location, etag=etags.etag(row["version"]))


def _opinion(body: models.ReviewCreate) -> Opinion:
    return {
        "rating": body.rating,
        "punctuality": body.punctuality,
        "quality": body.quality,
        "value": body.value,
        "text": body.text,
    }


def _changes(body: models.ReviewUpdate) -> OpinionChanges:
    """Return the fields that a merge patch names; null is a value, refused by the model where it is not allowed."""
    changes: OpinionChanges = {}
    if body.rating is not None:
        changes["rating"] = body.rating
    if "punctuality" in body.model_fields_set:
        changes["punctuality"] = body.punctuality
    if "quality" in body.model_fields_set:
        changes["quality"] = body.quality
    if "value" in body.model_fields_set:
        changes["value"] = body.value
    if body.text is not None:
        changes["text"] = body.text
    return changes


class ReviewsHandlers(AbstractReviewsHandlers[Caller, AnonymousClient]):
    def __init__(
        self, service: ReviewsService, providers: ProvidersService, photos: PhotosService, cursors: Cursors
    ) -> None:
        """Take the service of the public pages too, which knows the slugs that lead to a business, and of photos."""
        self._service = service
        self._providers = providers
        self._photos = photos
        self._cursors = cursors

    @override
    async def get_own_review(self, caller: Caller, *, job_id: UUID) -> GetOwnReviewOk:
        row = await self._service.own(caller, job_id)
        return GetOwnReviewOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def create_review(self, caller: Caller, *, job_id: UUID, body: models.ReviewCreate) -> CreateReviewCreated:
        return await self._service.write(caller, job_id, _opinion(body), _created)

    @override
    async def update_review(
        self, caller: Caller, *, job_id: UUID, if_match: str | None, body: models.ReviewUpdate
    ) -> UpdateReviewOk:
        row = await self._service.change(caller, job_id, _changes(body), if_match=if_match)
        return UpdateReviewOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def list_job_reviews(self, caller: Caller, *, job_id: UUID) -> ListJobReviewsOk:
        found = await self._service.of_job(caller, job_id)
        review_id = next((row["id"] for row in found.rows if row["by"] is JobSide.HOMEOWNER), None)
        photos = [] if review_id is None else await self._photos.of_review(caller, review_id)
        return ListJobReviewsOk(
            {
                "closes_at": found.closes_at,
                "photos": _photos_to_wire(photos),
                "items": [_to_wire(row) for row in found.rows],
            }
        )

    @override
    async def reply_to_review(self, caller: Caller, *, job_id: UUID, body: models.ReviewReplyCreate) -> ReplyToReviewOk:
        return ReplyToReviewOk(_to_wire(await self._service.reply(caller, job_id, body.text)))

    @override
    async def list_provider_reviews(
        self, client: AnonymousClient, *, slug: str, limit: int, cursor: str | None, include_total: bool
    ) -> ListProviderReviewsOk | ListProviderReviewsMovedPermanently:
        provider = await self._providers.get_slug(slug)
        if provider["slug"] != slug:
            path = policies.LIST_PROVIDER_REVIEWS.path
            location = moved_to(path, provider["slug"], limit=limit, cursor=cursor, include_total=include_total)
            return ListProviderReviewsMovedPermanently(location=location)
        scope = f"listProviderReviews {provider['id']}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page = await self._service.of_business(provider["id"], after=after, limit=limit)
        photos = await self._photos.of_public_reviews([row["id"] for row in page.items])
        total = await self._service.count_of_business(provider["id"]) if include_total else None
        return ListProviderReviewsOk(
            {
                "items": [_to_everybody(row, _photos_to_wire(photos.get(row["id"], ()))) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _public_moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def list_reviews(
        self, caller: Caller, *, hidden: bool, limit: int, cursor: str | None, include_total: bool
    ) -> ListReviewsOk:
        scope = f"listReviews {hidden}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page = await self._service.page(caller, hidden=hidden, after=after, limit=limit)
        photos = await self._photos.of_reviews_for_staff([row["id"] for row in page.items])
        total = await self._service.count(hidden=hidden) if include_total else None
        return ListReviewsOk(
            {
                "items": [_to_staff(row, _photos_to_wire(photos.get(row["id"], ()))) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def hide_review(self, caller: Caller, *, review_id: UUID, body: models.ReviewHiding) -> HideReviewOk:
        return HideReviewOk(await self._to_staff(await self._service.hide(caller, review_id, body.statement)))

    @override
    async def reinstate_review(self, caller: Caller, *, review_id: UUID) -> ReinstateReviewOk:
        return ReinstateReviewOk(await self._to_staff(await self._service.reinstate(caller, review_id)))

    async def _to_staff(self, row: ReviewRow) -> replies.ModeratedReview:
        photos = await self._photos.of_reviews_for_staff([row["id"]])
        return _to_staff(row, _photos_to_wire(photos.get(row["id"], ())))


def _photos_to_wire(photos: Sequence[ShownPhoto]) -> list[replies.PublicPhoto]:
    return [photo_to_wire(photo) for photo in photos]
