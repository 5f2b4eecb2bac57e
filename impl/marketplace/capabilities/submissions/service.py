"""Service of submissions: providers put them, staff claim and decide them, and each has one outcome."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import SubmissionState
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.etags import FIRST_VERSION
from impl.kernel.ids import new_id
from impl.kernel.paging import Moment, Page, fetched
from impl.marketplace.capabilities.submissions.repository import Filters, SubmissionRepository, SubmissionRow
from impl.marketplace.capabilities.submissions.tables import (
    RejectionReason,
    RevisedField,
    SubmissionChanges,
    SubmissionKind,
    Submitted,
)

__all__ = ["Filters", "SubmissionRow", "SubmissionsService", "claimant", "revised_fields", "text_version"]

CLAIMED_FOR: Final = timedelta(minutes=15)


def claimant(row: SubmissionRow, now: datetime) -> UUID | None:
    """Return the moderator with a valid claim, or None."""
    expires_at = row["claim_expires_at"]
    return row["claimed_by"] if expires_at is not None and expires_at > now else None


def text_version(row: SubmissionRow) -> str:
    """Return the name of the texts that were submitted: the same ones have the same name, on both engines."""
    texts = json.dumps([row["fields"], row["content"]], sort_keys=True)
    return blake2b(texts.encode(), digest_size=16).hexdigest()


def revised_fields(
    published: Mapping[str, str | None] | None, proposed: Mapping[str, str | None]
) -> list[RevisedField]:
    """Return both texts of each material field, by its name in the contract; an empty one is null."""
    before = published or {}
    return [
        {"name": name, "published": before.get(name) or None, "proposed": text or None}
        for name, text in proposed.items()
    ]


class SubmissionsService:
    """Stores submissions, under the lock of their profile or service."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._repository = SubmissionRepository(database.reader)
        self._clock = clock

    # ---- for the owner's side

    async def put(self, tx: AsyncSession, submitted: Submitted) -> None:
        """Submit a text, in place of one that waits; a claim of that ends, as its moderator has read another text."""
        kind, now = submitted["kind"], self._clock.now()
        subject_id = submitted["profile_id"] or submitted["service_id"]
        if subject_id is None:
            raise TypeError("a submission is of a profile or of a service")
        current = await self._repository.lock_current(tx, kind, subject_id)
        if current is not None and current["state"] is SubmissionState.PENDING:
            changes: SubmissionChanges = {
                "fields": submitted["fields"],
                "content": submitted["content"],
                "hints": submitted["hints"],
                "claimed_by": None,
                "claim_expires_at": None,
                "submitted_at": now,
                "updated_at": now,
            }
            await self._repository.update(tx, current["id"], changes)
            return
        if current is not None:
            await self._repository.update(tx, current["id"], {"current": False, "updated_at": now})
        await self._repository.insert(
            tx,
            {
                **submitted,
                "id": new_id(),
                "state": SubmissionState.PENDING,
                "current": True,
                "submitted_at": now,
                "created_at": now,
                "updated_at": now,
                "version": FIRST_VERSION,
            },
        )

    async def withdraw(
        self, tx: AsyncSession, kind: SubmissionKind, subject_id: UUID, *, keep_rejected: bool = False
    ) -> None:
        """Withdraw a waiting or rejected submission, if there is one."""
        current = await self._repository.lock_current(tx, kind, subject_id)
        if current is None or (keep_rejected and current["state"] is SubmissionState.REJECTED):
            return
        now = self._clock.now()
        changes: SubmissionChanges = {"current": False, "updated_at": now}
        if current["state"] is SubmissionState.PENDING:
            changes |= {"state": SubmissionState.WITHDRAWN, "decided_at": now}
            changes |= {"claimed_by": None, "claim_expires_at": None}
        await self._repository.update(tx, current["id"], changes)
        if "state" in changes:
            await self._repository.trim_withdrawn(tx, current)

    async def lock_current(self, tx: AsyncSession, kind: SubmissionKind, subject_id: UUID) -> SubmissionRow | None:
        return await self._repository.lock_current(tx, kind, subject_id)

    async def is_submitted(
        self, tx: AsyncSession, kind: SubmissionKind, subject_id: UUID, fields: Sequence[RevisedField]
    ) -> bool:
        """Return whether this very text waits or was rejected, the latter whatever was published then."""
        current = await self._repository.lock_current(tx, kind, subject_id)
        if current is None or current["fields"] == fields:
            return current is not None
        proposed, known = ({one["name"]: one["proposed"] for one in each} for each in (fields, current["fields"]))
        return current["state"] is SubmissionState.REJECTED and proposed == known

    async def is_rejected(self, tx: AsyncSession, kind: SubmissionKind, owner_id: UUID, subject_id: UUID) -> bool:
        """Return whether the last decision of staff about a profile or service was to reject what it was to say."""
        last = await self._repository.last_decision(tx, kind, owner_id, subject_id)
        return last is SubmissionState.REJECTED

    async def current_of_profile(self, profile_id: UUID) -> SubmissionRow | None:
        return await self._repository.current_of_profile(profile_id)

    async def current_of_services(self, service_ids: Collection[UUID]) -> Mapping[UUID, SubmissionRow]:
        """Return what waits or was rejected of these services, by the service."""
        found = await self._repository.current_of_services(service_ids) if service_ids else ()
        return {service_id: row for row in found if (service_id := row["service_id"]) is not None}

    # ---- for staff

    async def get(self, submission_id: UUID) -> SubmissionRow:
        row = await self._repository.find(submission_id)
        if row is None:
            raise NotFound
        return row

    async def find_in(self, tx: AsyncSession, submission_id: UUID) -> SubmissionRow | None:
        return await self._repository.find_in(tx, submission_id)

    async def get_in(self, tx: AsyncSession, submission_id: UUID) -> SubmissionRow:
        row = await self.find_in(tx, submission_id)
        if row is None:
            raise NotFound
        return row

    async def get_locked(self, tx: AsyncSession, submission_id: UUID) -> SubmissionRow:
        row = await self._repository.lock(tx, submission_id)
        if row is None:
            raise NotFound
        return row

    async def page(
        self, filters: Filters, *, descending: bool, after: Moment | None, limit: int
    ) -> Page[SubmissionRow]:
        now = self._clock.now()
        found = await self._repository.page(filters, now=now, descending=descending, after=after, limit=fetched(limit))
        return Page.of(found, limit)

    async def count(self, filters: Filters) -> int:
        return await self._repository.count(filters, now=self._clock.now())

    async def claim(self, tx: AsyncSession, row: SubmissionRow, moderator_id: UUID | None) -> SubmissionRow:
        """Assign the locked submission to the moderator for a while, or to nobody."""
        now = self._clock.now()
        changes: SubmissionChanges = {
            "claimed_by": moderator_id,
            "claim_expires_at": None if moderator_id is None else now + CLAIMED_FOR,
            "updated_at": now,
        }
        await self._repository.update(tx, row["id"], changes)
        return await self.get_in(tx, row["id"])

    async def release_claims(self, tx: AsyncSession, user_id: UUID) -> None:
        """Release what somebody has claimed and may not decide any more."""
        await self._repository.release_claims(tx, user_id, self._clock.now())

    async def approve(self, tx: AsyncSession, row: SubmissionRow, moderator_id: UUID) -> SubmissionRow:
        return await self._decide(tx, row, moderator_id, {"state": SubmissionState.APPROVED, "current": False})

    async def reject(
        self, tx: AsyncSession, row: SubmissionRow, moderator_id: UUID, reason: RejectionReason, note: str
    ) -> SubmissionRow:
        changes: SubmissionChanges = {"state": SubmissionState.REJECTED, "rejection_reason": reason, "note": note}
        return await self._decide(tx, row, moderator_id, changes)

    async def _decide(
        self, tx: AsyncSession, row: SubmissionRow, moderator_id: UUID, outcome: SubmissionChanges
    ) -> SubmissionRow:
        now = self._clock.now()
        changes: SubmissionChanges = {
            **outcome,
            "decided_by": moderator_id,
            "decided_at": now,
            "claimed_by": None,
            "claim_expires_at": None,
            "updated_at": now,
        }
        await self._repository.update(tx, row["id"], changes)
        return await self.get_in(tx, row["id"])
