# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The verifications operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies, states
from openapi.runtime import texts
from openapi.runtime.bodies import Body, FormMedia, JsonMedia, NoBody
from openapi.runtime.forms import MultipartForm
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import FileReply, Reply

_VERIFICATION_PAGE: JsonWriter[replies.VerificationPage] = JsonWriter(replies.VerificationPage)
_VERIFICATION: JsonWriter[replies.Verification] = JsonWriter(replies.Verification)
_SUBMITTED_VERIFICATION_PAGE: JsonWriter[replies.SubmittedVerificationPage] = JsonWriter(
    replies.SubmittedVerificationPage
)
_SUBMITTED_VERIFICATION: JsonWriter[replies.SubmittedVerification] = JsonWriter(replies.SubmittedVerification)


class ListOwnVerificationsOk(Reply):
    """A page of the caller's licences and insurances."""

    __slots__ = ()

    def __init__(self, body: replies.VerificationPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _VERIFICATION_PAGE.dump_json(body))


class CreateVerificationCreated(Reply):
    """It was submitted, and is `PENDING`."""

    __slots__ = ()

    def __init__(self, body: replies.Verification, *, location: str, etag: str) -> None:
        super().__init__(
            201, {"content-type": "application/json", "location": location, "etag": etag}, _VERIFICATION.dump_json(body)
        )


class GetOwnVerificationOk(Reply):
    """The licence or insurance."""

    __slots__ = ()

    def __init__(self, body: replies.Verification, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _VERIFICATION.dump_json(body))


class GetOwnVerificationNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class DeleteVerificationNoContent(Reply):
    """Deleted."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class GetOwnVerificationDocumentOk(FileReply):
    """The document, as it was sent."""

    __slots__ = ()

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        *,
        size: int,
        media_type: Literal["application/pdf", "image/jpeg", "image/png"],
        content_disposition: str,
    ) -> None:
        super().__init__(
            200, {"content-type": media_type, "content-disposition": content_disposition}, chunks, size=size
        )


class ListVerificationsOk(Reply):
    """A page of licences and insurances."""

    __slots__ = ()

    def __init__(self, body: replies.SubmittedVerificationPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _SUBMITTED_VERIFICATION_PAGE.dump_json(body))


class GetVerificationOk(Reply):
    """The licence or insurance."""

    __slots__ = ()

    def __init__(self, body: replies.SubmittedVerification, *, etag: str) -> None:
        super().__init__(
            200, {"content-type": "application/json", "etag": etag}, _SUBMITTED_VERIFICATION.dump_json(body)
        )


class GetVerificationNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class GetVerificationDocumentOk(FileReply):
    """The document, as it was sent."""

    __slots__ = ()

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        *,
        size: int,
        media_type: Literal["application/pdf", "image/jpeg", "image/png"],
        content_disposition: str,
    ) -> None:
        super().__init__(
            200, {"content-type": media_type, "content-disposition": content_disposition}, chunks, size=size
        )


class DecideVerificationOk(Reply):
    """The licence or insurance."""

    __slots__ = ()

    def __init__(self, body: replies.SubmittedVerification, *, etag: str) -> None:
        super().__init__(
            200, {"content-type": "application/json", "etag": etag}, _SUBMITTED_VERIFICATION.dump_json(body)
        )


class RevokeVerificationOk(Reply):
    """The licence or insurance."""

    __slots__ = ()

    def __init__(self, body: replies.SubmittedVerification, *, etag: str) -> None:
        super().__init__(
            200, {"content-type": "application/json", "etag": etag}, _SUBMITTED_VERIFICATION.dump_json(body)
        )


class AbstractVerificationsHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged verifications."""

    @abstractmethod
    async def list_own_verifications(
        self, caller: CallerT, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListOwnVerificationsOk:
        """List my licences and insurances.

        The caller's submissions, the newest first, with state, and with the reasons if rejected or revoked.
        """

    @abstractmethod
    async def create_verification(
        self, caller: CallerT, *, body: models.VerificationCreate
    ) -> CreateVerificationCreated:
        """Submit a licence or an insurance.

        A form with the data and the document: a PDF, JPEG or PNG of at most 10 MiB. The type is read from the first bytes. It is `PENDING` until staff decide; only
        staff and its owner can read the document. It cannot be changed: withdraw it with `DELETE` and submit another.

        - 422 at `/document`: `empty`, `unsupported`, `animated`, `too_small`, `too_large` or `unreadable`. 422 `in_the_past`: `expires_date` has passed.
        - 409 `limit-reached`: at most 50.
        """

    @abstractmethod
    async def get_own_verification(
        self, caller: CallerT, *, verification_id: UUID
    ) -> GetOwnVerificationOk | GetOwnVerificationNotModified:
        """Get one of my licences or insurances.

        Returns the same fields as the list. 404: it belongs to somebody else.
        """

    @abstractmethod
    async def delete_verification(
        self, caller: CallerT, *, verification_id: UUID, if_match: str | None
    ) -> DeleteVerificationNoContent:
        """Withdraw a licence or an insurance.

        Possible in every state. The document is deleted within seconds, and the page of the business does not show it any more. Afterwards it is 404.
        """

    @abstractmethod
    async def get_own_verification_document(
        self, caller: CallerT, *, verification_id: UUID
    ) -> GetOwnVerificationDocumentOk:
        """Download the document of my licence or insurance.

        The unchanged file, with headers that make the browser save it. Each download is recorded in the caller's activity. 404: it belongs to somebody else.
        """

    @abstractmethod
    async def list_verifications(
        self,
        caller: CallerT,
        *,
        state: states.VerificationState,
        kind: models.VerificationKind | None,
        owner_id: UUID | None,
        sort: models.VerificationSort,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListVerificationsOk:
        """List licences and insurances, for staff.

        By default those that are pending, the oldest first. Filters are combined with AND. Each reading is recorded.
        """

    @abstractmethod
    async def get_verification(
        self, caller: CallerT, *, verification_id: UUID
    ) -> GetVerificationOk | GetVerificationNotModified:
        """Get a licence or an insurance, as staff see it.

        Includes its owner and the current name of their business. Each reading is recorded.
        """

    @abstractmethod
    async def get_verification_document(self, caller: CallerT, *, verification_id: UUID) -> GetVerificationDocumentOk:
        """Download the document of a licence or an insurance.

        The unchanged file of its owner, with headers that make the browser save it: open it in a safe environment. Each download is recorded in the audit trail.
        """

    @abstractmethod
    async def decide_verification(
        self, caller: CallerT, *, verification_id: UUID, body: models.VerificationDecision
    ) -> DecideVerificationOk:
        """Verify or reject a licence or an insurance.

        `PENDING -> VERIFIED | REJECTED`. The owner gets the decision by mail, with reason and note if it is rejected.

        - 409 `invalid-transition`: another state, or it is to be verified although it has expired.
        - 403 `own-case`: it is the caller's own.
        """

    @abstractmethod
    async def revoke_verification(
        self, caller: CallerT, *, verification_id: UUID, body: models.VerificationRevocation
    ) -> RevokeVerificationOk:
        """Revoke a verified licence or insurance.

        `VERIFIED -> REVOKED`, for example if the authority has withdrawn it; any other state is 409 `invalid-transition`. The page of the business does not show
        it any more, and the owner gets the note by mail. 403 `own-case`: it is the caller's own.
        """


_LIST_OWN_VERIFICATIONS = Inputs(
    Parameters(
        parameters.ListOwnVerificationsParameters,
        query={"limit": Field(texts.integer), "cursor": Field(), "include_total": Field(texts.boolean)},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_CREATE_VERIFICATION = Inputs(
    Parameters(parameters.CreateVerificationParameters, headers={"idempotency_key": ("Idempotency-Key", Field())}),
    Body[models.VerificationCreate](
        {
            "multipart/form-data": FormMedia(
                TypeAdapter(models.VerificationCreate),
                MultipartForm(
                    {
                        "kind": Field(),
                        "title": Field(),
                        "number": Field(),
                        "authority": Field(),
                        "country": Field(),
                        "admin_area": Field(),
                        "expires_date": Field(),
                        "document": Field(),
                    },
                    files=frozenset(["document"]),
                ),
            )
        },
        max_size=10551296,
    ),
)

_GET_OWN_VERIFICATION = Inputs(
    Parameters(
        parameters.GetOwnVerificationParameters,
        path={"verification_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_DELETE_VERIFICATION = Inputs(
    Parameters(
        parameters.DeleteVerificationParameters,
        path={"verification_id": Field()},
        headers={"if_match": ("If-Match", Field())},
    ),
    NoBody(),
)

_GET_OWN_VERIFICATION_DOCUMENT = Inputs(
    Parameters(parameters.GetOwnVerificationDocumentParameters, path={"verification_id": Field()}), NoBody()
)

_LIST_VERIFICATIONS = Inputs(
    Parameters(
        parameters.ListVerificationsParameters,
        query={
            "state": Field(),
            "kind": Field(),
            "owner_id": Field(),
            "sort": Field(),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"state": "PENDING", "sort": "created_at", "limit": 20, "include_total": False},
    ),
    NoBody(),
)

_GET_VERIFICATION = Inputs(
    Parameters(
        parameters.GetVerificationParameters,
        path={"verification_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_GET_VERIFICATION_DOCUMENT = Inputs(
    Parameters(parameters.GetVerificationDocumentParameters, path={"verification_id": Field()}), NoBody()
)

_DECIDE_VERIFICATION = Inputs(
    Parameters(parameters.DecideVerificationParameters, path={"verification_id": Field()}),
    Body[models.VerificationDecision]({"application/json": JsonMedia(TypeAdapter(models.VerificationDecision))}),
)

_REVOKE_VERIFICATION = Inputs(
    Parameters(parameters.RevokeVerificationParameters, path={"verification_id": Field()}),
    Body[models.VerificationRevocation]({"application/json": JsonMedia(TypeAdapter(models.VerificationRevocation))}),
)


def build_router[CallerT, ClientT](
    handlers: AbstractVerificationsHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractVerificationsHandlers, handlers)

    async def list_own_verifications(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_OWN_VERIFICATIONS)
        given = await _LIST_OWN_VERIFICATIONS.read(request)
        return await handlers.list_own_verifications(
            caller,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def create_verification(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_VERIFICATION)
        given = await _CREATE_VERIFICATION.read(request)
        claimed = await guard.once(request, policies.CREATE_VERIFICATION, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_verification(claimed, body=given.body)

    async def get_own_verification(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_OWN_VERIFICATION)
        given = await _GET_OWN_VERIFICATION.read(request)
        return await handlers.get_own_verification(caller, verification_id=given.parameters.verification_id)

    async def delete_verification(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELETE_VERIFICATION)
        given = await _DELETE_VERIFICATION.read(request)
        return await handlers.delete_verification(
            caller, verification_id=given.parameters.verification_id, if_match=given.parameters.if_match
        )

    async def get_own_verification_document(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_OWN_VERIFICATION_DOCUMENT)
        given = await _GET_OWN_VERIFICATION_DOCUMENT.read(request)
        return await handlers.get_own_verification_document(caller, verification_id=given.parameters.verification_id)

    async def list_verifications(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_VERIFICATIONS)
        given = await _LIST_VERIFICATIONS.read(request)
        return await handlers.list_verifications(
            caller,
            state=given.parameters.state,
            kind=given.parameters.kind,
            owner_id=given.parameters.owner_id,
            sort=given.parameters.sort,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def get_verification(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_VERIFICATION)
        given = await _GET_VERIFICATION.read(request)
        return await handlers.get_verification(caller, verification_id=given.parameters.verification_id)

    async def get_verification_document(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_VERIFICATION_DOCUMENT)
        given = await _GET_VERIFICATION_DOCUMENT.read(request)
        return await handlers.get_verification_document(caller, verification_id=given.parameters.verification_id)

    async def decide_verification(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DECIDE_VERIFICATION)
        given = await _DECIDE_VERIFICATION.read(request)
        return await handlers.decide_verification(
            caller, verification_id=given.parameters.verification_id, body=given.body
        )

    async def revoke_verification(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REVOKE_VERIFICATION)
        given = await _REVOKE_VERIFICATION.read(request)
        return await handlers.revoke_verification(
            caller, verification_id=given.parameters.verification_id, body=given.body
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_OWN_VERIFICATIONS, list_own_verifications),
            OperationRoute(policies.CREATE_VERIFICATION, create_verification),
            OperationRoute(policies.GET_OWN_VERIFICATION, get_own_verification),
            OperationRoute(policies.DELETE_VERIFICATION, delete_verification),
            OperationRoute(policies.GET_OWN_VERIFICATION_DOCUMENT, get_own_verification_document),
            OperationRoute(policies.LIST_VERIFICATIONS, list_verifications),
            OperationRoute(policies.GET_VERIFICATION, get_verification),
            OperationRoute(policies.GET_VERIFICATION_DOCUMENT, get_verification_document),
            OperationRoute(policies.DECIDE_VERIFICATION, decide_verification),
            OperationRoute(policies.REVOKE_VERIFICATION, revoke_verification),
        ]
    )
    return router
