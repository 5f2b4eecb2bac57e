"""Service of moderation: staff read what waits, one at a time, and decide on it once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.mails.service import queue_mail
from impl.identity.capabilities.mails.tables import MailKind
from impl.kernel import audit, etags
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import InvalidTransition, JsonValue, NotFound, PreconditionRequired
from impl.kernel.paging import Moment, Page
from impl.marketplace.capabilities.submissions.service import Filters, SubmissionRow, SubmissionsService, claimant
from impl.marketplace.capabilities.submissions.tables import (
    MaterialField,
    RejectionReason,
    SubmissionKind,
    SubmissionState,
)
from impl.marketplace.moderation.errors import ModerationClaimed, OwnSubmission
from impl.marketplace.provider_profile.service import ProviderProfileService
from impl.marketplace.provider_profile.tables import ModeratedRow, ProfileState
from impl.marketplace.provider_services.service import ProviderServicesService

_APPROVED: Final[Mapping[SubmissionKind, MailKind]] = {
    SubmissionKind.PROFILE: MailKind.PROFILE_APPROVED,
    SubmissionKind.SERVICE: MailKind.SERVICE_APPROVED,
}
_REJECTED: Final[Mapping[SubmissionKind, MailKind]] = {
    SubmissionKind.PROFILE: MailKind.PROFILE_REJECTED,
    SubmissionKind.SERVICE: MailKind.SERVICE_REJECTED,
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """Reason of a rejection, by a word of the contract and in words for the owner."""

    reason: RejectionReason
    note: str


class ModerationService:
    def __init__(
        self,
        database: Database,
        submissions: SubmissionsService,
        profiles: ProviderProfileService,
        services: ProviderServicesService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._submissions = submissions
        self._profiles = profiles
        self._services = services
        self._clock = clock

    async def page(
        self, filters: Filters, *, descending: bool, after: Moment | None, limit: int
    ) -> Page[SubmissionRow]:
        return await self._submissions.page(filters, descending=descending, after=after, limit=limit)

    async def count(self, filters: Filters) -> int:
        return await self._submissions.count(filters)

    async def get(self, submission_id: UUID) -> SubmissionRow:
        return await self._submissions.get(submission_id)

    async def claim(self, caller: Caller, submission_id: UUID) -> SubmissionRow:
        async with self._database.begin() as tx:
            row = await self._submissions.get_locked(tx, submission_id)
            _refuse_own(caller, row["owner_id"])
            self._refuse_others_claim(caller, row)
            if row["state"] is not SubmissionState.PENDING:
                raise InvalidTransition(row["state"])
            row = await self._submissions.claim(tx, row, caller.user_id)
            await _record(tx, "moderation.claimed", caller, row)
        return row

    async def release(self, caller: Caller, submission_id: UUID) -> SubmissionRow:
        async with self._database.begin() as tx:
            row = await self._submissions.get_locked(tx, submission_id)
            self._refuse_others_claim(caller, row)
            if row["state"] is not SubmissionState.PENDING:
                raise InvalidTransition(row["state"])
            if row["claimed_by"] is not None:
                row = await self._submissions.claim(tx, row, None)
            await _record(tx, "moderation.released", caller, row)
        return row

    async def decide(
        self, caller: Caller, submission_id: UUID, rejection: Rejection | None, *, if_match: str | None
    ) -> SubmissionRow:
        """Approve the submission, or reject it; return it as it is then, also when the very same was decided before."""
        found = await self._submissions.get(submission_id)
        async with self._database.begin() as tx:
            # Whoever edits locks the profile or service first, and then what was submitted of it.
            if found["kind"] is SubmissionKind.PROFILE:
                profile = await self._profiles.lock(tx, found["owner_id"])
                row = await self._submissions.get_locked(tx, submission_id)
                if not self._is_open(caller, row, rejection, if_match):
                    return row
                if rejection is None:
                    await self._profiles.approve(tx, profile, row)
                else:
                    await self._profiles.reject(tx, profile, rejection.note)
            else:
                service_id = found["service_id"]
                if service_id is None:
                    raise NotFound
                service = await self._services.lock(tx, found["owner_id"], service_id)
                row = await self._submissions.get_locked(tx, submission_id)
                if not self._is_open(caller, row, rejection, if_match):
                    return row
                if rejection is None:
                    await self._services.approve(tx, row["owner_id"], service)
                else:
                    await self._services.reject(tx, service, rejection.note)
            return await self._settle(tx, caller, row, rejection)

    async def suspend(self, caller: Caller, profile_id: UUID, note: str) -> ModeratedRow:
        async with self._database.begin() as tx:
            row = await self._profiles.get_moderated(tx, profile_id)
            _refuse_own(caller, row["user_id"])
            row = await self._profiles.suspend(tx, row, note)
            await audit.record(
                tx,
                "provider.suspended",
                caller,
                subject=("provider_profile", profile_id),
                personal={"note": note},
            )
            await queue_mail(tx, MailKind.PROVIDER_SUSPENDED, row["user_id"], about=profile_id)
        return row

    async def reinstate(self, caller: Caller, profile_id: UUID) -> ModeratedRow:
        async with self._database.begin() as tx:
            row = await self._profiles.get_moderated(tx, profile_id)
            _refuse_own(caller, row["user_id"])
            row = await self._profiles.reinstate(tx, row)
            await audit.record(tx, "provider.reinstated", caller, subject=("provider_profile", profile_id))
            await queue_mail(tx, MailKind.PROVIDER_REINSTATED, row["user_id"], about=profile_id)
        return row

    async def mailed(self, tx: AsyncSession, kind: MailKind, about: UUID) -> Mapping[str, str | None] | None:
        """Return what a mail says of a submission or of a business; None when it is gone or says something else now."""
        if kind in {MailKind.PROVIDER_SUSPENDED, MailKind.PROVIDER_REINSTATED}:
            profile = await self._profiles.find_moderated(tx, about)
            is_suspended = kind is MailKind.PROVIDER_SUSPENDED
            if profile is None or (profile["state"] is ProfileState.SUSPENDED) is not is_suspended:
                return None
            return {"name": profile["business_name"], "note": profile["review_note"], "reason": None}
        row = await self._submissions.find_in(tx, about)
        if row is None:
            return None
        named = {MaterialField.BUSINESS_NAME, MaterialField.TITLE}
        name = next((field["proposed"] for field in row["fields"] if field["name"] in named), None)
        return {"name": name, "note": row["note"], "reason": row["rejection_reason"]}

    def _is_open(self, caller: Caller, row: SubmissionRow, rejection: Rejection | None, if_match: str | None) -> bool:
        """Return whether the caller may decide the locked submission now, and False if they have decided it just so."""
        _refuse_own(caller, row["owner_id"])
        if row["state"] is not SubmissionState.PENDING:
            if row["decided_by"] == caller.user_id and _is_outcome(row, rejection):
                return False
            raise InvalidTransition(row["state"])
        self._refuse_others_claim(caller, row)
        if if_match is not None:
            etags.check(if_match, row["version"])
        elif claimant(row, self._clock.now()) != caller.user_id:
            raise PreconditionRequired("Claim it first, or send the ETag of the text that you read as If-Match.")
        return True

    async def _settle(
        self, tx: AsyncSession, caller: Caller, row: SubmissionRow, rejection: Rejection | None
    ) -> SubmissionRow:
        if rejection is None:
            decided = await self._submissions.approve(tx, row, caller.user_id)
            kind = _APPROVED[row["kind"]]
        else:
            decided = await self._submissions.reject(tx, row, caller.user_id, rejection.reason, rejection.note)
            kind = _REJECTED[row["kind"]]
        await _record(tx, "moderation.decided", caller, row, approved=rejection is None)
        await queue_mail(tx, kind, row["owner_id"], about=row["id"])
        return decided

    def _refuse_others_claim(self, caller: Caller, row: SubmissionRow) -> None:
        if claimant(row, self._clock.now()) not in {None, caller.user_id}:
            raise ModerationClaimed(row["claim_expires_at"])


def _refuse_own(caller: Caller, owner_id: UUID) -> None:
    if owner_id == caller.user_id:
        raise OwnSubmission


def _is_outcome(row: SubmissionRow, rejection: Rejection | None) -> bool:
    if rejection is None:
        return row["state"] is SubmissionState.APPROVED
    return (row["state"], row["rejection_reason"], row["note"]) == (
        SubmissionState.REJECTED,
        rejection.reason,
        rejection.note,
    )


async def _record(tx: AsyncSession, event: str, caller: Caller, row: SubmissionRow, **data: JsonValue) -> None:
    about = str(row["profile_id"] or row["service_id"])
    await audit.record(
        tx, event, caller, subject=("submission", row["id"]), data={"kind": row["kind"].value, "of": about, **data}
    )
