"""Service of moderation: staff read what waits, one at a time, and decide on it once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import SUBMISSION_STATE_MACHINE, PhotoState, ProfileState, SubmissionState
from impl.identity.capabilities.letters.service import Texts
from impl.kernel import audit, outbox
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import JsonValue, NotFound, OwnCase
from impl.kernel.paging import Moment, Page
from impl.kernel.states import next_state
from impl.marketplace.capabilities.notice_mails.service import NoticeMails
from impl.marketplace.capabilities.notices.service import About, NotificationKind, NotificationSubjectKind, notify
from impl.marketplace.capabilities.submissions.service import (
    Filters,
    SubmissionRow,
    SubmissionsService,
    claimant,
    text_version,
)
from impl.marketplace.capabilities.submissions.tables import MaterialField, RejectionReason, SubmissionKind
from impl.marketplace.moderation.errors import ModerationClaimed, ModerationTextChanged
from impl.marketplace.photos.service import PhotosService
from impl.marketplace.photos.tables import ModeratedPhotoRow
from impl.marketplace.provider_profile.service import ProviderProfileService
from impl.marketplace.provider_profile.tables import ModeratedRow
from impl.marketplace.provider_services.service import ProviderServicesService
from impl.marketplace.provider_services.tables import ModeratedService

TOPIC: Final = "marketplace.moderated"
_TEMPLATES: Final = Path(__file__).with_name("templates")


class Letter(StrEnum):
    """Mail to the owner of what was decided on, by the name of its templates."""

    PROFILE_APPROVED = "profile_approved"
    PROFILE_REJECTED = "profile_rejected"
    SERVICE_APPROVED = "service_approved"
    SERVICE_REJECTED = "service_rejected"
    PROVIDER_SUSPENDED = "provider_suspended"
    PROVIDER_REINSTATED = "provider_reinstated"
    SERVICE_REINSTATED = "service_reinstated"
    PHOTO_REINSTATED = "photo_reinstated"


_NOTICES: Final = {
    Letter.PROFILE_APPROVED: (NotificationKind.PROFILE_APPROVED, NotificationSubjectKind.PROVIDER_PROFILE),
    Letter.PROFILE_REJECTED: (NotificationKind.PROFILE_REJECTED, NotificationSubjectKind.PROVIDER_PROFILE),
    Letter.SERVICE_APPROVED: (NotificationKind.SERVICE_APPROVED, NotificationSubjectKind.SERVICE),
    Letter.SERVICE_REJECTED: (NotificationKind.SERVICE_REJECTED, NotificationSubjectKind.SERVICE),
    Letter.PROVIDER_SUSPENDED: (NotificationKind.PROVIDER_SUSPENDED, NotificationSubjectKind.PROVIDER_PROFILE),
    Letter.PROVIDER_REINSTATED: (NotificationKind.PROVIDER_REINSTATED, NotificationSubjectKind.PROVIDER_PROFILE),
    Letter.SERVICE_REINSTATED: (NotificationKind.SERVICE_REINSTATED, NotificationSubjectKind.SERVICE),
    Letter.PHOTO_REINSTATED: (NotificationKind.PHOTO_REINSTATED, NotificationSubjectKind.PHOTO),
}
_APPROVED: Final[Mapping[SubmissionKind, Letter]] = {
    SubmissionKind.PROFILE: Letter.PROFILE_APPROVED,
    SubmissionKind.SERVICE: Letter.SERVICE_APPROVED,
}
_REJECTED: Final[Mapping[SubmissionKind, Letter]] = {
    SubmissionKind.PROFILE: Letter.PROFILE_REJECTED,
    SubmissionKind.SERVICE: Letter.SERVICE_REJECTED,
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """Reason of a rejection, by a word of the contract and in words for the owner."""

    reason: RejectionReason
    note: str


class ModerationService:
    def __init__(
        self,
        *,
        database: Database,
        submissions: SubmissionsService,
        profiles: ProviderProfileService,
        services: ProviderServicesService,
        photos: PhotosService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._submissions = submissions
        self._profiles = profiles
        self._services = services
        self._photos = photos
        self._clock = clock

    async def page(
        self, caller: Caller, filters: Filters, *, descending: bool, after: Moment | None, limit: int
    ) -> Page[SubmissionRow]:
        page = await self._submissions.page(filters, descending=descending, after=after, limit=limit)
        async with self._database.begin() as tx:
            submissions = audit.listed(row["id"] for row in page.items)
            await audit.record(tx, "moderation.listed", caller, data={"submissions": submissions})
        return page

    async def count(self, filters: Filters) -> int:
        return await self._submissions.count(filters)

    async def get(self, caller: Caller, submission_id: UUID) -> SubmissionRow:
        async with self._database.begin() as tx:
            row = await self._submissions.get_in(tx, submission_id)
            await _record(tx, "moderation.read", caller, row)
        return row

    async def claim(self, caller: Caller, submission_id: UUID) -> SubmissionRow:
        async with self._database.begin() as tx:
            row = await self._submissions.get_locked(tx, submission_id)
            _refuse_own(caller, row["owner_id"])
            self._refuse_others_claim(caller, row)
            next_state(SUBMISSION_STATE_MACHINE, row["state"], "claimModerationItem")
            row = await self._submissions.claim(tx, row, caller.user_id)
            await _record(tx, "moderation.claimed", caller, row)
        return row

    async def release(self, caller: Caller, submission_id: UUID) -> SubmissionRow:
        async with self._database.begin() as tx:
            row = await self._submissions.get_locked(tx, submission_id)
            self._refuse_others_claim(caller, row)
            next_state(SUBMISSION_STATE_MACHINE, row["state"], "releaseModerationItem")
            if row["claimed_by"] is not None:
                row = await self._submissions.claim(tx, row, None)
            await _record(tx, "moderation.released", caller, row)
        return row

    async def decide(
        self, caller: Caller, submission_id: UUID, rejection: Rejection | None, *, text: str
    ) -> SubmissionRow:
        """Approve the submission, or reject it; return it as it is then, also when the very same was decided before.

        `text` is the version of the texts that the caller has read; raises ModerationTextChanged when others wait.
        """
        found = await self._submissions.get(submission_id)
        async with self._database.begin() as tx:
            # Whoever edits locks the profile or service first, and then what was submitted of it.
            if found["kind"] is SubmissionKind.PROFILE:
                profile = await self._profiles.lock(tx, found["owner_id"])
                row = await self._submissions.get_locked(tx, submission_id)
                if not self._is_open(caller, row, rejection, text):
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
                if not self._is_open(caller, row, rejection, text):
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
            row = await self._profiles.suspend(tx, row, "suspendProvider", note)
            await audit.record(
                tx,
                "provider.suspended",
                caller,
                subject=("provider_profile", profile_id),
                personal={"note": note},
            )
            await _tell(tx, Letter.PROVIDER_SUSPENDED, row["user_id"], about=profile_id, of=profile_id)
        return row

    async def reinstate(self, caller: Caller, profile_id: UUID) -> ModeratedRow:
        async with self._database.begin() as tx:
            row = await self._profiles.get_moderated(tx, profile_id)
            _refuse_own(caller, row["user_id"])
            row = await self._profiles.reinstate(tx, row)
            await audit.record(tx, "provider.reinstated", caller, subject=("provider_profile", profile_id))
            await _tell(tx, Letter.PROVIDER_REINSTATED, row["user_id"], about=profile_id, of=profile_id)
        return row

    async def reinstate_service(self, caller: Caller, service_id: UUID) -> ModeratedService:
        async with self._database.begin() as tx:
            row = await self._services.find_moderated(tx, service_id)
            if row is None:
                raise NotFound
            _refuse_own(caller, row["owner_id"])
            row = await self._services.reinstate(tx, row)
            await audit.record(tx, "service.reinstated", caller, subject=("service", service_id))
            await _tell(tx, Letter.SERVICE_REINSTATED, row["owner_id"], about=service_id, of=service_id)
        return row

    async def photos(self, caller: Caller, submission_id: UUID) -> Sequence[ModeratedPhotoRow]:
        """Return the photos of the submitted profile or service, and record that the caller has seen them."""
        async with self._database.begin() as tx:
            row = await self._submissions.get_in(tx, submission_id)
            await _record(tx, "moderation.photos_read", caller, row)
            return await self._photos.moderated(tx, _subject_id(row))

    async def get_photo(self, caller: Caller, photo_id: UUID) -> ModeratedPhotoRow:
        async with self._database.begin() as tx:
            row = await self._get_photo(tx, photo_id)
            await _record_photo(tx, "photo.read", caller, row)
        return row

    async def reinstate_photo(self, caller: Caller, photo_id: UUID) -> ModeratedPhotoRow:
        async with self._database.begin() as tx:
            row = await self._get_photo(tx, photo_id)
            _refuse_own(caller, row["owner_id"], row["reviewed_id"])
            await self._photos.reinstate(tx, row)
            await _record_photo(tx, "photo.reinstated", caller, row)
            await _tell(tx, Letter.PHOTO_REINSTATED, row["owner_id"], about=photo_id, of=photo_id)
            return await self._get_photo(tx, photo_id)

    def photo_addresses(self, row: ModeratedPhotoRow) -> Mapping[str, str] | None:
        """Return the addresses by which staff see a photo."""
        return self._photos.staff_addresses(row)

    async def _get_photo(self, tx: AsyncSession, photo_id: UUID) -> ModeratedPhotoRow:
        row = await self._photos.find_moderated(tx, photo_id)
        if row is None:
            raise NotFound
        return row

    def outbox_handlers(self, mails: NoticeMails) -> Mapping[str, outbox.Handler]:
        """Return the handlers of this feature's outbox messages, by topic; `mails` sends them."""
        return {TOPIC: partial(self._mail_decision, mails, Texts(_TEMPLATES))}

    async def _mail_decision(self, mails: NoticeMails, texts: Texts, message: outbox.Message) -> None:
        """Mail a decision to the owner, unless the letter is out of date."""
        letter, about = Letter(str(message.payload["letter"])), UUID(str(message.payload["about"]))
        async with self._database.begin() as tx:
            values = await self._values(tx, letter, about)
        if values is not None:
            await mails.send(
                message, _NOTICES[letter][0], UUID(str(message.payload["user_id"])), texts, letter, values=values
            )

    async def _values(self, tx: AsyncSession, letter: Letter, about: UUID) -> Mapping[str, str | None] | None:
        """Return the values of a letter's templates; None if its subject is gone or has changed."""
        if letter in {Letter.PROVIDER_SUSPENDED, Letter.PROVIDER_REINSTATED}:
            profile = await self._profiles.find_moderated(tx, about)
            is_suspended = letter is Letter.PROVIDER_SUSPENDED
            if profile is None or (profile["state"] is ProfileState.SUSPENDED) is not is_suspended:
                return None
            return {"name": profile["business_name"], "note": profile["review_note"], "reason": None}
        if letter is Letter.SERVICE_REINSTATED:
            service = await self._services.find_moderated(tx, about)
            if service is None or service["taken_down_from"] is not None:
                return None
            return {"name": service["title"], "note": None, "reason": None}
        if letter is Letter.PHOTO_REINSTATED:
            photo = await self._photos.find_moderated(tx, about)
            if photo is None or photo["state"] is not PhotoState.READY:
                return None
            return {"name": photo["subject_title"], "note": None, "reason": None}
        row = await self._submissions.find_in(tx, about)
        if row is None:
            return None
        named = {MaterialField.BUSINESS_NAME, MaterialField.TITLE}
        name = next((field["proposed"] for field in row["fields"] if field["name"] in named), None)
        return {"name": name, "note": row["note"], "reason": row["rejection_reason"]}

    def _is_open(self, caller: Caller, row: SubmissionRow, rejection: Rejection | None, text: str) -> bool:
        """Return whether the caller may decide the locked submission now, and False if they have decided it just so."""
        _refuse_own(caller, row["owner_id"])
        if row["decided_by"] == caller.user_id and _is_outcome(row, rejection):
            return False
        outcome = SubmissionState.APPROVED if rejection is None else SubmissionState.REJECTED
        next_state(SUBMISSION_STATE_MACHINE, row["state"], "decideModerationItem", to=outcome)
        self._refuse_others_claim(caller, row)
        if text != text_version(row):
            raise ModerationTextChanged
        return True

    async def _settle(
        self, tx: AsyncSession, caller: Caller, row: SubmissionRow, rejection: Rejection | None
    ) -> SubmissionRow:
        if rejection is None:
            decided = await self._submissions.approve(tx, row, caller.user_id)
            letter = _APPROVED[row["kind"]]
        else:
            decided = await self._submissions.reject(tx, row, caller.user_id, rejection.reason, rejection.note)
            letter = _REJECTED[row["kind"]]
        await _record(tx, "moderation.decided", caller, row, approved=rejection is None)
        await _tell(tx, letter, row["owner_id"], about=row["id"], of=_subject_id(row))
        return decided

    def _refuse_others_claim(self, caller: Caller, row: SubmissionRow) -> None:
        if claimant(row, self._clock.now()) not in {None, caller.user_id}:
            raise ModerationClaimed(row["claim_expires_at"])


def _refuse_own(caller: Caller, *concerned: UUID | None) -> None:
    if caller.user_id in concerned:
        raise OwnCase


def _is_outcome(row: SubmissionRow, rejection: Rejection | None) -> bool:
    if rejection is None:
        return row["state"] is SubmissionState.APPROVED
    return (row["state"], row["rejection_reason"], row["note"]) == (
        SubmissionState.REJECTED,
        rejection.reason,
        rejection.note,
    )


async def _record(tx: AsyncSession, event: str, caller: Caller, row: SubmissionRow, **data: JsonValue) -> None:
    about = {"kind": row["kind"].value, "of": str(_subject_id(row)), **data}
    await audit.record(tx, event, caller, subject=("submission", row["id"]), data=about)


async def _record_photo(tx: AsyncSession, event: str, caller: Caller, row: ModeratedPhotoRow) -> None:
    about = {"owner_id": str(row["owner_id"]), "subject_id": str(row["subject_id"])}
    await audit.record(tx, event, caller, subject=("photo", row["id"]), data=about)


def _subject_id(row: SubmissionRow) -> UUID:
    subject_id = row["profile_id"] or row["service_id"]
    if subject_id is None:
        raise TypeError("a submission is of a profile or of a service")
    return subject_id


async def _tell(tx: AsyncSession, letter: Letter, owner_id: UUID, *, about: UUID, of: UUID) -> None:
    """Notify the owner of what was decided on and mail them, by the row that the mail is `about`."""
    kind, subject_kind = _NOTICES[letter]
    notify(tx, kind, owner_id, About(subject_kind, of))
    await outbox.put(tx, TOPIC, {"letter": letter.value, "user_id": str(owner_id), "about": str(about)})
