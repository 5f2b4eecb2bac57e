"""Service of reviews: blind until both have written or the time is over, changed for two days, replied to once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Final, Required, TypedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import JOB_STATE_MACHINE, REVIEW_STATE_MACHINE, JobState, ReviewState
from impl.identity.capabilities.letters.service import Texts
from impl.kernel import audit, etags, idempotency, outbox
from impl.kernel.caller import NO_CLIENT, AnonymousClient, Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import InvalidInput, JsonValue, NotFound, OwnCase
from impl.kernel.ids import new_id
from impl.kernel.paging import Moment, Page, fetched
from impl.kernel.rows import has_values
from impl.kernel.states import next_state, refused
from impl.marketplace.capabilities.contact_details.service import mask
from impl.marketplace.capabilities.domain_events.service import publish_event_of
from impl.marketplace.capabilities.jobs.service import JobRecords, completes_at, side_of
from impl.marketplace.capabilities.jobs.tables import JobSide
from impl.marketplace.capabilities.notice_mails.service import NoticeMails
from impl.marketplace.capabilities.notices.service import About, NotificationKind, NotificationSubjectKind, notify
from impl.marketplace.capabilities.ratings.service import RatingsService, Stars
from impl.marketplace.capabilities.reviews.errors import AlreadyReviewed, ReviewClosed
from impl.marketplace.capabilities.reviews.service import NOBODY, ReviewRecords
from impl.marketplace.capabilities.reviews.tables import Opinion, OpinionChanges, ReviewChanges
from impl.marketplace.jobs.service import JobRow, JobsService
from impl.marketplace.reviews.repository import PublicRow, ReviewRepository, ReviewRow
from openapi.runtime.wire import FieldError, Reply

__all__ = ["PublicRow", "ReviewRow", "ReviewsOfJob", "ReviewsService", "masked"]

WRITTEN_WITHIN: Final = timedelta(days=14)
TOPIC: Final = "marketplace.reviews_told"
DUE_TOPIC: Final = "marketplace.reviews_due"
_AT_ONCE: Final = 100
_TEMPLATES: Final = Path(__file__).with_name("templates")
# What only a homeowner can tell.
_ASPECTS: Final = ("punctuality", "quality", "value")


class Letter(StrEnum):
    """Mail about a review, by the name of its templates."""

    PUBLISHED = "published"
    REPLIED = "replied"
    HIDDEN = "hidden"


_KINDS: Final = {
    Letter.PUBLISHED: NotificationKind.REVIEW_PUBLISHED,
    Letter.REPLIED: NotificationKind.REVIEW_REPLIED,
    Letter.HIDDEN: NotificationKind.REVIEW_HIDDEN,
}


class _LetterValues(TypedDict, total=False):
    """Values of the templates; each letter has some of them."""

    id: Required[UUID]
    title: Required[str]
    text: str
    statement: str


@dataclass(frozen=True, slots=True)
class ReviewsOfJob:
    """Reviews of a job that a party may read, and until when one may be written."""

    rows: Sequence[ReviewRow]
    closes_at: datetime | None


class ReviewsService:
    def __init__(
        self, *, database: Database, jobs: JobsService, records: JobRecords, ratings: RatingsService, clock: Clock
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._records = records
        self._ratings = ratings
        self._clock = clock
        self._edits = ReviewRecords(clock)
        self._repository = ReviewRepository(database.reader)

    # ---- reading

    async def own(self, caller: Caller, job_id: UUID) -> ReviewRow:
        job = await self._jobs.get(caller, job_id)
        return _of(await self._repository.of_job(job_id), side_of(job, caller.user_id))

    async def of_job(self, caller: Caller, job_id: UUID) -> ReviewsOfJob:
        """Return the caller's own, and the other party's once it is published."""
        job = await self._jobs.get(caller, job_id)
        side = side_of(job, caller.user_id)
        found = await self._repository.of_job(job_id)
        shown = [row for row in found if row["by"] is side or row["state"] is ReviewState.PUBLISHED]
        ended = self._completed_at(job)
        return ReviewsOfJob(shown, None if ended is None else ended + WRITTEN_WITHIN)

    async def of_business(self, profile_id: UUID, *, after: Moment | None, limit: int) -> Page[PublicRow]:
        """Return what everybody reads, with contact details masked: either side knows those of the other by now."""
        page = Page.of(await self._repository.public_page(profile_id, after=after, limit=fetched(limit)), limit)
        return Page([_masked(row) for row in page.items], more=page.more)

    async def count_of_business(self, profile_id: UUID) -> int:
        return await self._repository.count_public(profile_id)

    async def page(self, caller: Caller, *, hidden: bool, after: Moment | None, limit: int) -> Page[ReviewRow]:
        page = Page.of(await self._repository.staff_page(hidden=hidden, after=after, limit=fetched(limit)), limit)
        async with self._database.begin() as tx:
            reviews = audit.listed(row["id"] for row in page.items)
            await audit.record(tx, "review.listed", caller, data={"hidden": hidden, "reviews": reviews})
        return page

    async def count(self, *, hidden: bool) -> int:
        return await self._repository.count_staff(hidden=hidden)

    # ---- writing

    async def write[ReplyT: Reply](
        self, caller: Caller, job_id: UUID, opinion: Opinion, serialize: Callable[[ReviewRow], ReplyT]
    ) -> ReplyT:
        """Take a party's review and return its reply; an idempotency key keeps its bytes."""
        now = self._clock.now()
        async with self._database.begin() as tx:
            # Whoever writes the second review waits here, and finds the first.
            job = await self._jobs.lock(tx, job_id)
            side = side_of(job, caller.user_id)
            ended = self._completed_at(job)
            if ended is None:
                raise refused(JOB_STATE_MACHINE, self._records.present(job))
            _check_aspects(side, opinion)
            written = await self._repository.lock_of_job(tx, job_id)
            if any(row["by"] is side for row in written):
                await idempotency.refuse_repeat_in_flight(self._database.reader, caller)
                raise AlreadyReviewed("You have reviewed this job. Change your review instead.")
            subject_id = job["provider_id"] if side is JobSide.HOMEOWNER else job["owner_id"]
            if not await self._repository.lock_known(tx, subject_id):
                # What is written of somebody is emptied when they are erased; nothing is added after that.
                raise ReviewClosed(NOBODY)
            if now >= ended + WRITTEN_WITHIN:
                raise ReviewClosed(f"A job is reviewed within {WRITTEN_WITHIN.days} days after it was completed.")
            review_id = new_id()
            (state,) = REVIEW_STATE_MACHINE.starts["createReview"]
            await self._repository.insert(
                tx,
                {
                    **opinion,
                    "id": review_id,
                    "job_id": job_id,
                    "by": side,
                    "author_id": caller.user_id,
                    "subject_id": subject_id,
                    "state": state,
                    "publish_at": now if written else ended + WRITTEN_WITHIN,
                    "created_at": now,
                    "updated_at": now,
                    "version": etags.FIRST_VERSION,
                },
            )
            for row in written:
                await self._repository.update(tx, row["id"], {"publish_at": now})
                await outbox.put(tx, DUE_TOPIC, {"job_id": str(job_id)})
            await _record(tx, "review.written", caller, review_id, {"by": side.value, "rating": opinion["rating"]})
            reply = serialize(_of(await self._repository.lock_of_job(tx, job_id), side))
            await idempotency.store_reply(tx, caller, reply)
        return reply

    async def change(self, caller: Caller, job_id: UUID, changes: OpinionChanges, *, if_match: str | None) -> ReviewRow:
        """Set these values of the caller's own review; setting what is there already is no change."""
        now = self._clock.now()
        async with self._database.begin() as tx:
            job = await self._jobs.lock(tx, job_id)
            side = side_of(job, caller.user_id)
            row = _of(await self._repository.lock_of_job(tx, job_id), side)
            etags.check(if_match, row["version"])
            if not await self._repository.lock_known(tx, row["subject_id"]):
                raise ReviewClosed(NOBODY)
            self._edits.check_edit(row["state"], row["created_at"], "updateReview")
            _check_aspects(side, changes)
            if has_values(row, {**changes}):
                return row
            made: ReviewChanges = {"updated_at": now}
            made.update(changes)  # type: ignore[typeddict-item]  # ReviewChanges has all of these
            if row["state"] is ReviewState.PUBLISHED:
                made["edited_at"] = now
                await self._rate(tx, row, row, _stars(row, changes))
            await _record(tx, "review.edited", caller, row["id"], {"fields": sorted(changes)})
            return await self._repository.update(tx, row["id"], made)

    async def reply(self, caller: Caller, job_id: UUID, text: str) -> ReviewRow:
        """Reply, once, to what the other party has said."""
        now = self._clock.now()
        async with self._database.begin() as tx:
            side_of(await self._jobs.lock(tx, job_id), caller.user_id)
            rows = await self._repository.lock_of_job(tx, job_id)
            row = next((one for one in rows if one["subject_id"] == caller.user_id), None)
            # What this party may not read is as if it were not there: whether the other has written is for them alone.
            if row is None or row["state"] is not ReviewState.PUBLISHED:
                raise NotFound
            next_state(REVIEW_STATE_MACHINE, row["state"], "replyToReview")
            if row["reply"] is not None:
                raise ReviewClosed("There is a reply already.")
            if not await self._repository.lock_known(tx, row["author_id"]):
                raise ReviewClosed(NOBODY)
            await _record(tx, "review.replied", caller, row["id"])
            await _tell(tx, Letter.REPLIED, row)
            return await self._repository.update(tx, row["id"], {"reply": text, "replied_at": now, "updated_at": now})

    # ---- for staff

    async def hide(self, caller: Caller, review_id: UUID, statement: str) -> ReviewRow:
        """Hide a review from everybody but its author, with the reasons; it counts for no rating meanwhile."""
        async with self._database.begin() as tx:
            row = await self.take_down(tx, caller, review_id, statement)
            await _record(tx, "review.hidden", caller, review_id)
            await _tell(tx, Letter.HIDDEN, row)
        return row

    async def job_of(self, review_id: UUID) -> UUID:
        """Return the job that a review is of."""
        row = await self._repository.find(review_id)
        if row is None:
            raise NotFound
        return row["job_id"]

    async def take_down(self, tx: AsyncSession, caller: Caller, review_id: UUID, statement: str) -> ReviewRow:
        """Hide a review in the transaction; the caller notifies its author and records the event."""
        row = await self._lock_of_others(tx, caller, review_id)
        state = next_state(REVIEW_STATE_MACHINE, row["state"], "hideReview")
        await self._rate(tx, row, row, None)
        now = self._clock.now()
        changes: ReviewChanges = {"state": state, "statement": statement, "hidden_at": now, "updated_at": now}
        return await self._repository.update(tx, review_id, changes)

    async def reinstate(self, caller: Caller, review_id: UUID) -> ReviewRow:
        async with self._database.begin() as tx:
            row = await self._lock_of_others(tx, caller, review_id)
            state = next_state(REVIEW_STATE_MACHINE, row["state"], "reinstateReview")
            await self._rate(tx, row, None, row)
            await _record(tx, "review.reinstated", caller, review_id)
            changes: ReviewChanges = {
                "state": state,
                "statement": None,
                "hidden_at": None,
                "updated_at": self._clock.now(),
            }
            return await self._repository.update(tx, review_id, changes)

    # ---- for the worker

    async def publish_reviews(self) -> bool:
        """Publish what is due; return whether more waits."""
        now = self._clock.now()
        if not await self._repository.has_due(now):
            return False
        async with self._database.begin() as tx:
            due = await self._repository.lock_due(tx, now, limit=_AT_ONCE)
            # In the order of businesses, so that two workers do not wait for each other's ratings.
            for row in sorted(due, key=itemgetter("subject_id")):
                await self._publish(tx, row, now)
            return len(due) == _AT_ONCE

    def outbox_handlers(self, mails: NoticeMails) -> Mapping[str, outbox.Handler]:
        """Return the handlers of the outbox messages about reviews, by topic; `mails` sends them."""
        return {DUE_TOPIC: self._publish_due, TOPIC: partial(self._mail, mails, Texts(_TEMPLATES))}

    async def _publish_due(self, _: outbox.Message) -> None:
        while await self.publish_reviews():
            pass

    async def _publish(self, tx: AsyncSession, row: ReviewRow, now: datetime) -> None:
        state = next_state(REVIEW_STATE_MACHINE, row["state"], "worker.publish_reviews")
        row = await self._repository.update(tx, row["id"], {"state": state, "published_at": now, "updated_at": now})
        await self._rate(tx, row, None, row)
        await _record(tx, "review.published", NO_CLIENT, row["id"])
        await _tell(tx, Letter.PUBLISHED, row)

    async def _mail(self, mails: NoticeMails, texts: Texts, message: outbox.Message) -> None:
        """Mail a party, unless the letter is out of date."""
        letter = Letter(str(message.payload["letter"]))
        row = await self._repository.find(UUID(str(message.payload["review_id"])))
        expected = ReviewState.HIDDEN if letter is Letter.HIDDEN else ReviewState.PUBLISHED
        job = None if row is None else await self._jobs.find(row["job_id"])
        if row is None or job is None or row["state"] is not expected:
            return
        values: _LetterValues = {"id": row["job_id"], "title": job["title"]}
        match letter:
            case Letter.PUBLISHED:
                values["text"] = row["text"]
            case Letter.REPLIED:
                values["text"] = row["reply"] or ""
            case Letter.HIDDEN:
                values["statement"] = row["statement"] or ""
        await mails.send(message, _KINDS[letter], _reader(letter, row), texts, letter, values=values)

    # ---- shared

    async def _rate(self, tx: AsyncSession, row: ReviewRow, before: Stars | None, after: Stars | None) -> None:
        """Let the rating of a business follow a review, which has no stars while it is not published.

        Of the published reviews of a business by one homeowner, the newest counts.
        """
        if row["by"] is not JobSide.HOMEOWNER:
            return
        other = await self._repository.newest_other(tx, row)
        if other is not None and _moment_of(other) > _moment_of(row):
            return
        await self._ratings.change(tx, row["subject_id"], before or other, after or other)

    def _completed_at(self, job: JobRow) -> datetime | None:
        """Return when a job was completed, by the clock; None for every other one."""
        if self._records.present(job) is not JobState.COMPLETED:
            return None
        return job["ended_at"] or completes_at(job)

    async def _lock_of_others(self, tx: AsyncSession, caller: Caller, review_id: UUID) -> ReviewRow:
        row = await self._repository.lock(tx, review_id)
        if row is None:
            raise NotFound
        if caller.user_id in {row["author_id"], row["subject_id"]}:
            raise OwnCase
        return row


def masked(text: str | None, country: str | None) -> str | None:
    """Return words that everybody reads."""
    return None if text is None else mask(text, country).text


def _masked(row: PublicRow) -> PublicRow:
    country = row["country"]
    return {**row, "text": mask(row["text"], country).text, "reply": masked(row["reply"], country)}


def _of(rows: Sequence[ReviewRow], side: JobSide) -> ReviewRow:
    row = next((one for one in rows if one["by"] is side), None)
    if row is None:
        raise NotFound
    return row


def _moment_of(row: ReviewRow) -> tuple[datetime, UUID]:
    """Return what is greater for a newer review."""
    return row["published_at"] or row["publish_at"], row["id"]


def _stars(row: ReviewRow, changes: OpinionChanges) -> Stars:
    """Return the stars of the review after these changes."""
    return {
        "rating": changes.get("rating", row["rating"]),
        "punctuality": changes.get("punctuality", row["punctuality"]),
        "quality": changes.get("quality", row["quality"]),
        "value": changes.get("value", row["value"]),
    }


def _check_aspects(side: JobSide, given: OpinionChanges | Opinion) -> None:
    """Refuse what a provider cannot tell of a homeowner."""
    if side is JobSide.HOMEOWNER:
        return
    errors = [
        FieldError("not_applicable", "is for homeowners to rate", pointer=f"/{name}")
        for name in _ASPECTS
        if given.get(name) is not None
    ]
    if errors:
        raise InvalidInput(errors=errors)


async def _tell(tx: AsyncSession, letter: Letter, row: ReviewRow) -> None:
    notify(tx, _KINDS[letter], _reader(letter, row), About(NotificationSubjectKind.JOB, row["job_id"]))
    await outbox.put(tx, TOPIC, {"letter": letter.value, "review_id": str(row["id"])})


def _reader(letter: Letter, row: ReviewRow) -> UUID:
    return row["subject_id"] if letter is Letter.PUBLISHED else row["author_id"]


async def _record(
    tx: AsyncSession,
    event: str,
    who: AnonymousClient,
    review_id: UUID,
    data: Mapping[str, JsonValue] | None = None,
) -> None:
    """Record an event about a review: ids, codes and counts, and no words of anybody."""
    await publish_event_of(tx, event, review_id)
    await audit.record(tx, event, who, subject=("review", review_id), data=data or {})
