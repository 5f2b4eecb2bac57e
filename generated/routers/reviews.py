# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The reviews operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
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

_REVIEW: JsonWriter[replies.Review] = JsonWriter(replies.Review)
_JOB_REVIEWS: JsonWriter[replies.JobReviews] = JsonWriter(replies.JobReviews)
_PUBLIC_REVIEW_PAGE: JsonWriter[replies.PublicReviewPage] = JsonWriter(replies.PublicReviewPage)
_MODERATED_REVIEW_PAGE: JsonWriter[replies.ModeratedReviewPage] = JsonWriter(replies.ModeratedReviewPage)
_MODERATED_REVIEW: JsonWriter[replies.ModeratedReview] = JsonWriter(replies.ModeratedReview)


class GetOwnReviewOk(Reply):
    """The review."""

    __slots__ = ()

    def __init__(self, body: replies.Review, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _REVIEW.dump_json(body))


class GetOwnReviewNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class CreateReviewCreated(Reply):
    """The review was written."""

    __slots__ = ()

    def __init__(self, body: replies.Review, *, location: str, etag: str) -> None:
        super().__init__(
            201, {"content-type": "application/json", "location": location, "etag": etag}, _REVIEW.dump_json(body)
        )


class UpdateReviewOk(Reply):
    """The review."""

    __slots__ = ()

    def __init__(self, body: replies.Review, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _REVIEW.dump_json(body))


class ListJobReviewsOk(Reply):
    """The reviews that the caller may read."""

    __slots__ = ()

    def __init__(self, body: replies.JobReviews) -> None:
        super().__init__(200, {"content-type": "application/json"}, _JOB_REVIEWS.dump_json(body))


class ReplyToReviewOk(Reply):
    """The review has a reply."""

    __slots__ = ()

    def __init__(self, body: replies.Review) -> None:
        super().__init__(200, {"content-type": "application/json"}, _REVIEW.dump_json(body))


class ListProviderReviewsOk(Reply):
    """A page of reviews."""

    __slots__ = ()

    def __init__(self, body: replies.PublicReviewPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PUBLIC_REVIEW_PAGE.dump_json(body))


class ListProviderReviewsMovedPermanently(Reply):
    """It has another address now."""

    __slots__ = ()

    def __init__(self, *, location: str) -> None:
        super().__init__(301, {"location": location})


class ListProviderReviewsNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(304, {})


class ListReviewsOk(Reply):
    """A page of reviews."""

    __slots__ = ()

    def __init__(self, body: replies.ModeratedReviewPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _MODERATED_REVIEW_PAGE.dump_json(body))


class HideReviewOk(Reply):
    """The review, as staff see it."""

    __slots__ = ()

    def __init__(self, body: replies.ModeratedReview) -> None:
        super().__init__(200, {"content-type": "application/json"}, _MODERATED_REVIEW.dump_json(body))


class ReinstateReviewOk(Reply):
    """The review, as staff see it."""

    __slots__ = ()

    def __init__(self, body: replies.ModeratedReview) -> None:
        super().__init__(200, {"content-type": "application/json"}, _MODERATED_REVIEW.dump_json(body))


class AbstractReviewsHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged reviews."""

    @abstractmethod
    async def get_own_review(self, caller: CallerT, *, job_id: UUID) -> GetOwnReviewOk | GetOwnReviewNotModified:
        """Get my review of a job.

        404 until it is written.
        """

    @abstractmethod
    async def create_review(self, caller: CallerT, *, job_id: UUID, body: models.ReviewCreate) -> CreateReviewCreated:
        """Review a job.

        Each party reviews the other once, within 14 days after the completion of the job. A review becomes visible to the other party when both are written, or
        after the 14 days; then they are published. A homeowner may also rate punctuality, quality and value; a provider gives only the overall rating (422
        `not_applicable`).

        - 409 `invalid-transition`: the job is not completed; `state` names its state.
        - 409 `already-reviewed`: change the existing review instead.
        - 409 `review-closed`: the 14 days are over, or the other party's account was erased.
        """

    @abstractmethod
    async def update_review(
        self, caller: CallerT, *, job_id: UUID, if_match: str | None, body: models.ReviewUpdate
    ) -> UpdateReviewOk:
        """Update my review of a job.

        Within 48 hours after it was written, published or not; absent members stay, and null removes a rating. An edit of a published review sets `edited`, and
        changes the rating at once.

        - 409 `review-closed`: the 48 hours are over, or the other party's account is gone.
        - 409 `invalid-transition`: staff have hidden it.
        """

    @abstractmethod
    async def list_job_reviews(self, caller: CallerT, *, job_id: UUID) -> ListJobReviewsOk:
        """List the reviews of a job.

        The caller's review, and the other party's once it is published.
        """

    @abstractmethod
    async def reply_to_review(
        self, caller: CallerT, *, job_id: UUID, body: models.ReviewReplyCreate
    ) -> ReplyToReviewOk:
        """Reply to a review of me.

        Once, to the other party's published review. 404: there is none to read. 409 `review-closed`: it has a reply already.
        """

    @abstractmethod
    async def list_provider_reviews(
        self, client: ClientT, *, slug: str, limit: int, cursor: str | None, include_total: bool
    ) -> ListProviderReviewsOk | ListProviderReviewsMovedPermanently | ListProviderReviewsNotModified:
        """List the reviews of a business.

        Its published reviews, the newest first. A former slug is 301 to the same query under the current slug.
        """

    @abstractmethod
    async def list_reviews(
        self, caller: CallerT, *, hidden: bool, limit: int, cursor: str | None, include_total: bool
    ) -> ListReviewsOk:
        """List reviews, for staff.

        The published ones, the newest first; with `hidden=true` those that staff have hidden. Reviews that are not published yet are visible to their authors
        only. Each reading is recorded.
        """

    @abstractmethod
    async def hide_review(self, caller: CallerT, *, review_id: UUID, body: models.ReviewHiding) -> HideReviewOk:
        """Hide a review.

        `PUBLISHED -> HIDDEN`; any other state is 409 `invalid-transition`. The author gets the reasons by mail. A hidden review does not count for the rating.
        403 `own-case`: the caller has written it, or it is about the caller.
        """

    @abstractmethod
    async def reinstate_review(self, caller: CallerT, *, review_id: UUID) -> ReinstateReviewOk:
        """Reinstate a hidden review.

        `HIDDEN -> PUBLISHED`; any other state is 409 `invalid-transition`. It counts for the rating again.
        """


_GET_OWN_REVIEW = Inputs(
    Parameters(
        parameters.GetOwnReviewParameters,
        path={"job_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_CREATE_REVIEW = Inputs(
    Parameters(
        parameters.CreateReviewParameters,
        path={"job_id": Field()},
        headers={"idempotency_key": ("Idempotency-Key", Field())},
    ),
    Body[models.ReviewCreate]({"application/json": JsonMedia(TypeAdapter(models.ReviewCreate))}),
)

_UPDATE_REVIEW = Inputs(
    Parameters(
        parameters.UpdateReviewParameters, path={"job_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.ReviewUpdate](
        {
            "application/merge-patch+json": JsonMedia(TypeAdapter(models.ReviewUpdate)),
            "application/json": JsonMedia(TypeAdapter(models.ReviewUpdate)),
        }
    ),
)

_LIST_JOB_REVIEWS = Inputs(Parameters(parameters.ListJobReviewsParameters, path={"job_id": Field()}), NoBody())

_REPLY_TO_REVIEW = Inputs(
    Parameters(parameters.ReplyToReviewParameters, path={"job_id": Field()}),
    Body[models.ReviewReplyCreate]({"application/json": JsonMedia(TypeAdapter(models.ReviewReplyCreate))}),
)

_LIST_PROVIDER_REVIEWS = Inputs(
    Parameters(
        parameters.ListProviderReviewsParameters,
        path={"slug": Field()},
        query={"limit": Field(texts.integer), "cursor": Field(), "include_total": Field(texts.boolean)},
        headers={"if_none_match": ("If-None-Match", Field())},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_LIST_REVIEWS = Inputs(
    Parameters(
        parameters.ListReviewsParameters,
        query={
            "hidden": Field(texts.boolean),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"hidden": False, "limit": 20, "include_total": False},
    ),
    NoBody(),
)

_HIDE_REVIEW = Inputs(
    Parameters(parameters.HideReviewParameters, path={"review_id": Field()}),
    Body[models.ReviewHiding]({"application/json": JsonMedia(TypeAdapter(models.ReviewHiding))}),
)

_REINSTATE_REVIEW = Inputs(Parameters(parameters.ReinstateReviewParameters, path={"review_id": Field()}), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractReviewsHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractReviewsHandlers, handlers)

    async def get_own_review(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_OWN_REVIEW)
        given = await _GET_OWN_REVIEW.read(request)
        return await handlers.get_own_review(caller, job_id=given.parameters.job_id)

    async def create_review(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_REVIEW)
        given = await _CREATE_REVIEW.read(request)
        claimed = await guard.once(request, policies.CREATE_REVIEW, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_review(claimed, job_id=given.parameters.job_id, body=given.body)

    async def update_review(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.UPDATE_REVIEW)
        given = await _UPDATE_REVIEW.read(request)
        return await handlers.update_review(
            caller, job_id=given.parameters.job_id, if_match=given.parameters.if_match, body=given.body
        )

    async def list_job_reviews(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_JOB_REVIEWS)
        given = await _LIST_JOB_REVIEWS.read(request)
        return await handlers.list_job_reviews(caller, job_id=given.parameters.job_id)

    async def reply_to_review(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLY_TO_REVIEW)
        given = await _REPLY_TO_REVIEW.read(request)
        return await handlers.reply_to_review(caller, job_id=given.parameters.job_id, body=given.body)

    async def list_provider_reviews(request: Request) -> Reply:
        client = await guard.admit(request, policies.LIST_PROVIDER_REVIEWS)
        given = await _LIST_PROVIDER_REVIEWS.read(request)
        return await guard.cached(
            request,
            policies.LIST_PROVIDER_REVIEWS,
            lambda: handlers.list_provider_reviews(
                client,
                slug=given.parameters.slug,
                limit=given.parameters.limit,
                cursor=given.parameters.cursor,
                include_total=given.parameters.include_total,
            ),
        )

    async def list_reviews(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_REVIEWS)
        given = await _LIST_REVIEWS.read(request)
        return await handlers.list_reviews(
            caller,
            hidden=given.parameters.hidden,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def hide_review(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.HIDE_REVIEW)
        given = await _HIDE_REVIEW.read(request)
        return await handlers.hide_review(caller, review_id=given.parameters.review_id, body=given.body)

    async def reinstate_review(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REINSTATE_REVIEW)
        given = await _REINSTATE_REVIEW.read(request)
        return await handlers.reinstate_review(caller, review_id=given.parameters.review_id)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.GET_OWN_REVIEW, get_own_review),
            OperationRoute(policies.CREATE_REVIEW, create_review),
            OperationRoute(policies.UPDATE_REVIEW, update_review),
            OperationRoute(policies.LIST_JOB_REVIEWS, list_job_reviews),
            OperationRoute(policies.REPLY_TO_REVIEW, reply_to_review),
            OperationRoute(policies.LIST_PROVIDER_REVIEWS, list_provider_reviews),
            OperationRoute(policies.LIST_REVIEWS, list_reviews),
            OperationRoute(policies.HIDE_REVIEW, hide_review),
            OperationRoute(policies.REINSTATE_REVIEW, reinstate_review),
        ]
    )
    return router
