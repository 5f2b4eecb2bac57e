"""Handlers of licences and insurances."""

from hashlib import blake2b
from typing import Final, Literal, override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.verifications import (
    AbstractVerificationsHandlers,
    CreateVerificationCreated,
    DecideVerificationOk,
    DeleteVerificationNoContent,
    GetOwnVerificationDocumentOk,
    GetOwnVerificationOk,
    GetVerificationDocumentOk,
    GetVerificationOk,
    ListOwnVerificationsOk,
    ListVerificationsOk,
    RevokeVerificationOk,
)
from generated.states import VerificationState
from impl.kernel import etags
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.capabilities.geography.wire import COUNTRIES
from impl.marketplace.verifications.service import (
    Filters,
    Rejection,
    StaffRow,
    VerificationRow,
    VerificationsService,
)
from impl.marketplace.verifications.tables import (
    NewVerification,
    VerificationContent,
    VerificationKind,
    VerificationRejectionReason,
)

type MediaType = Literal["application/pdf", "image/jpeg", "image/png"]
_MEDIA_TYPES: Final[dict[str, MediaType]] = {"PDF": "application/pdf", "JPEG": "image/jpeg", "PNG": "image/png"}


def _to_wire(row: VerificationRow) -> replies.Verification:
    reason = row["rejection_reason"]
    return {
        "id": row["id"],
        "kind": models.VerificationKind(row["kind"]),
        "title": row["title"],
        "number": row["number"],
        "authority": row["authority"],
        "country": COUNTRIES[row["country"]],
        "admin_area": row["admin_area"],
        "expires_date": row["expires_date"],
        "document": {"type": models.DocumentType(row["document_type"]), "size_bytes": row["document_bytes"]},
        "state": VerificationState(row["state"]),
        "rejection_reason": None if reason is None else models.VerificationRejectionReason(reason),
        "note": row["note"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "decided_at": row["decided_at"],
    }


def _to_staff(row: StaffRow) -> replies.SubmittedVerification:
    return {
        **_to_wire(row),
        "owner_id": row["owner_id"],
        "business_name": row["business_name"],
        "decided_by": row["decided_by"],
    }


def _created(new: NewVerification) -> CreateVerificationCreated:
    row: VerificationRow = {**new, "decided_by": None, "decided_at": None, "rejection_reason": None, "note": None}
    location = policies.GET_OWN_VERIFICATION.path.format(verification_id=new["id"])
    return CreateVerificationCreated(_to_wire(row), location=location, etag=etags.etag(new["version"]))


def _moment(row: VerificationRow) -> Moment:
    return row["created_at"], row["id"]


def _disposition(row: VerificationRow) -> str:
    """Return the header by which a browser saves the document and never shows it (RFC 6266)."""
    return f'attachment; filename="{row["kind"].lower()}-{row["id"]}.{row["document_type"].lower()}"'


def _edition(row: StaffRow) -> str:
    """Return the entity tag for staff, which the name of the business changes as well."""
    name = blake2b((row["business_name"] or "").encode(), digest_size=6).hexdigest()
    return f'"{row["version"]}-{name}"'


class VerificationsHandlers(AbstractVerificationsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: VerificationsService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def list_own_verifications(
        self, caller: Caller, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListOwnVerificationsOk:
        scope = f"listOwnVerifications {caller.user_id}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page = await self._service.own_page(caller, after=after, limit=limit)
        total = await self._service.own_count(caller) if include_total else None
        return ListOwnVerificationsOk(
            {
                "items": [_to_wire(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def create_verification(
        self, caller: Caller, *, body: models.VerificationCreate
    ) -> CreateVerificationCreated:
        content: VerificationContent = {
            "kind": VerificationKind(body.kind),
            "title": body.title,
            "number": body.number,
            "authority": body.authority,
            "country": body.country.value,
            "admin_area": body.admin_area,
            "expires_date": body.expires_date,
        }
        return await self._service.create(caller, content, body.document.file, _created)

    @override
    async def get_own_verification(self, caller: Caller, *, verification_id: UUID) -> GetOwnVerificationOk:
        row = await self._service.get_own(caller, verification_id)
        return GetOwnVerificationOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def delete_verification(
        self, caller: Caller, *, verification_id: UUID, if_match: str | None
    ) -> DeleteVerificationNoContent:
        await self._service.withdraw(caller, verification_id, if_match=if_match)
        return DeleteVerificationNoContent()

    @override
    async def get_own_verification_document(
        self, caller: Caller, *, verification_id: UUID
    ) -> GetOwnVerificationDocumentOk:
        document = await self._service.read_own(caller, verification_id)
        return GetOwnVerificationDocumentOk(
            document.chunks,
            size=document.size,
            media_type=_MEDIA_TYPES[document.row["document_type"]],
            content_disposition=_disposition(document.row),
        )

    @override
    async def list_verifications(
        self,
        caller: Caller,
        *,
        state: VerificationState,
        kind: models.VerificationKind | None,
        owner_id: UUID | None,
        sort: models.VerificationSort,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListVerificationsOk:
        filters = Filters(state, None if kind is None else VerificationKind(kind), owner_id)
        scope = f"listVerifications {sort.value} {filters.cursor_scope()}"
        page = await self._service.page(
            caller,
            filters,
            descending=sort is models.VerificationSort.CREATED_AT_DESC,
            after=self._cursors.decode_moment(cursor, scope=scope),
            limit=limit,
        )
        total = await self._service.count(filters) if include_total else None
        return ListVerificationsOk(
            {
                "items": [_to_staff(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def get_verification(self, caller: Caller, *, verification_id: UUID) -> GetVerificationOk:
        row = await self._service.get(caller, verification_id)
        return GetVerificationOk(_to_staff(row), etag=_edition(row))

    @override
    async def get_verification_document(self, caller: Caller, *, verification_id: UUID) -> GetVerificationDocumentOk:
        document = await self._service.read(caller, verification_id)
        return GetVerificationDocumentOk(
            document.chunks,
            size=document.size,
            media_type=_MEDIA_TYPES[document.row["document_type"]],
            content_disposition=_disposition(document.row),
        )

    @override
    async def decide_verification(
        self, caller: Caller, *, verification_id: UUID, body: models.VerificationDecision
    ) -> DecideVerificationOk:
        rejection = None
        if isinstance(body, models.VerificationRejection):
            rejection = Rejection(VerificationRejectionReason(body.rejection_reason), body.note)
        row = await self._service.decide(caller, verification_id, rejection)
        return DecideVerificationOk(_to_staff(row), etag=_edition(row))

    @override
    async def revoke_verification(
        self, caller: Caller, *, verification_id: UUID, body: models.VerificationRevocation
    ) -> RevokeVerificationOk:
        row = await self._service.revoke(caller, verification_id, body.note)
        return RevokeVerificationOk(_to_staff(row), etag=_edition(row))
