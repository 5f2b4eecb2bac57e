"""Service of reports: one of a kind while it waits, taken up before it is decided, and never by a party to it."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import REPORT_STATE_MACHINE, ReportState, ServiceState
from impl.identity.capabilities.letters.service import Texts
from impl.kernel import audit, idempotency, outbox
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import InvalidTransition, NotFound, OwnCase, Unavailable
from impl.kernel.etags import FIRST_VERSION
from impl.kernel.ids import new_id
from impl.kernel.paging import Moment, Page, fetched
from impl.kernel.states import next_state
from impl.marketplace.capabilities.notice_mails.service import NoticeMails
from impl.marketplace.capabilities.notices.service import About, NotificationKind, NotificationSubjectKind, notify
from impl.marketplace.message_attachments.service import AttachedDocument, MessageAttachmentsService
from impl.marketplace.messages.service import Message, MessagesService
from impl.marketplace.photos.service import PhotosService
from impl.marketplace.provider_profile.service import ProviderProfileService
from impl.marketplace.provider_services.service import ProviderServicesService
from impl.marketplace.reports.errors import OwnListing
from impl.marketplace.reports.repository import Filters, ReportRepository, ReportRow, StaffRow
from impl.marketplace.reports.tables import NewReport, ReportAction, ReportChanges, ReportContent, ReportSubjectKind
from impl.marketplace.reviews.service import ReviewsService
from openapi.runtime.wire import Reply

# Reports of one person that wait for staff.
MOST_WAITING: Final = 50
# Event of taking such a thing down, and what its subject is called there.
_TAKEN_DOWN: Final = {
    ReportSubjectKind.SERVICE: ("service.taken_down", "service"),
    ReportSubjectKind.PROVIDER: ("provider.suspended", "provider_profile"),
    ReportSubjectKind.PHOTO: ("photo.taken_down", "photo"),
    ReportSubjectKind.MESSAGE: ("message.hidden", "inquiry_message"),
    ReportSubjectKind.REVIEW: ("review.hidden", "review"),
}
# What the owner is notified about, who is not shown the report.
_REPORTED: Final = {
    ReportSubjectKind.SERVICE: NotificationSubjectKind.SERVICE,
    ReportSubjectKind.PROVIDER: NotificationSubjectKind.PROVIDER_PROFILE,
    ReportSubjectKind.PHOTO: NotificationSubjectKind.PHOTO,
    ReportSubjectKind.MESSAGE: NotificationSubjectKind.MESSAGE,
}
# State of what its owner has deleted, or has left no row of.
_GONE: Final = ServiceState.ARCHIVED

TOPIC: Final = "marketplace.report_decided"
# Who is mailed the decision, and which words each of them gets.
_KINDS: Final = {
    "reporter": NotificationKind.REPORT_DECIDED,
    "owner": NotificationKind.REPORTED_THING_DECIDED,
}
_SIDES: Final = {"reporter": "report_decided", "owner": "listing_report_decided"}
_TEMPLATES: Final = Path(__file__).with_name("templates")


class ReportsService:
    def __init__(
        self,
        *,
        database: Database,
        profiles: ProviderProfileService,
        services: ProviderServicesService,
        photos: PhotosService,
        messages: MessagesService,
        attachments: MessageAttachmentsService,
        reviews: ReviewsService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._repository = ReportRepository(database.reader)
        self._profiles = profiles
        self._services = services
        self._photos = photos
        self._messages = messages
        self._attachments = attachments
        self._reviews = reviews
        self._clock = clock

    async def create[ReplyT: Reply](
        self, caller: Caller, content: ReportContent, serialize: Callable[[ReportRow, bool], ReplyT]
    ) -> ReplyT:
        """Take a report and return its reply, which says whether it is new; an idempotency key keeps its bytes."""
        async with self._database.begin() as tx:
            subject = await self._repository.find_subject(
                tx, content["subject_kind"], content["subject_id"], caller.user_id
            )
            if subject is None:
                raise NotFound
            if subject["owner_id"] == caller.user_id:
                raise OwnListing("It is your own.")
            await self._repository.take_turns(tx, caller.user_id)
            await self._check_number(tx, caller, content["subject_id"])
            now = self._clock.now()
            new: NewReport = {
                **content,
                "id": new_id(),
                "reporter_id": caller.user_id,
                "subject_title": subject["title"],
                "owner_id": subject["owner_id"],
                "state": ReportState.OPEN,
                "created_at": now,
                "updated_at": now,
                "version": FIRST_VERSION,
            }
            row = await self._repository.insert(tx, new)
            is_new = row is not None
            if row is None:
                row = await self._repository.find_waiting(tx, caller.user_id, content["subject_id"])
            if row is None:
                # It was decided between the two statements: the next try takes a new one.
                raise Unavailable
            reply = serialize(row, is_new)
            await idempotency.store_reply(tx, caller, reply)
        return reply

    async def _check_number(self, tx: AsyncSession, caller: Caller, subject_id: UUID) -> None:
        """Refuse one more thing where very many wait already: nobody hides the reports of others among their own."""
        number = await self._repository.number_waiting(tx, caller.user_id)
        if number >= MOST_WAITING and await self._repository.find_waiting(tx, caller.user_id, subject_id) is None:
            detail = f"{MOST_WAITING} reports of yours wait already."
            await idempotency.refuse_beyond(self._database.reader, caller, detail, number=number, most=MOST_WAITING)

    async def get_own(self, caller: Caller, report_id: UUID) -> ReportRow:
        row = await self._repository.find_own(caller.user_id, report_id)
        if row is None:
            raise NotFound
        return row

    async def own_page(self, caller: Caller, *, after: Moment | None, limit: int) -> Page[ReportRow]:
        return Page.of(await self._repository.own_page(caller.user_id, after=after, limit=fetched(limit)), limit)

    async def own_count(self, caller: Caller) -> int:
        return await self._repository.own_count(caller.user_id)

    async def get(self, caller: Caller, report_id: UUID) -> StaffRow:
        """Return a report as staff see it; whoever is reported does not learn by whom."""
        row = await self._repository.find(report_id)
        if row is None:
            raise NotFound
        if row["owner_id"] == caller.user_id:
            raise OwnCase
        async with self._database.begin() as tx:
            about = {"reporter_id": str(row["reporter_id"]), "owner_id": str(row["owner_id"])}
            await audit.record(tx, "report.read", caller, subject=("report", report_id), data=about)
        return row

    async def read_message(self, caller: Caller, report_id: UUID) -> Message:
        """Return the message that was reported; staff read the words of others, which is an event."""
        async with self._database.begin() as tx:
            row = await self._reported_message(tx, caller, report_id)
            message = await self._messages.find_reported(tx, row["subject_id"])
            if message is None:
                raise NotFound
            about = {"message_id": str(message.row["id"]), "owner_id": str(row["owner_id"])}
            await audit.record(tx, "report.message_read", caller, subject=("report", report_id), data=about)
        return message

    async def read_attachment(self, caller: Caller, report_id: UUID, attachment_id: UUID) -> AttachedDocument:
        """Begin to read a document of the message that was reported; the event is there before its first byte."""
        async with self._database.begin() as tx:
            row = await self._reported_message(tx, caller, report_id)
            document = await self._attachments.find_document_in(tx, row["subject_id"], attachment_id)
            about = {"attachment_id": str(attachment_id), "owner_id": str(row["owner_id"])}
            await audit.record(tx, "report.attachment_read", caller, subject=("report", report_id), data=about)
        return await self._attachments.open(document)

    async def _reported_message(self, tx: AsyncSession, caller: Caller, report_id: UUID) -> ReportRow:
        row = await self._repository.find_in(tx, report_id)
        if row is None or row["subject_kind"] != ReportSubjectKind.MESSAGE:
            raise NotFound
        if row["owner_id"] == caller.user_id:
            raise OwnCase
        return row

    async def page(
        self, caller: Caller, filters: Filters, *, descending: bool, after: Moment | None, limit: int
    ) -> Page[StaffRow]:
        """Return a page of the reports of what is not the caller's."""
        found = await self._repository.page(
            caller.user_id, filters, descending=descending, after=after, limit=fetched(limit)
        )
        page = Page.of(found, limit)
        async with self._database.begin() as tx:
            reports = audit.listed(row["id"] for row in page.items)
            await audit.record(tx, "report.listed", caller, data={"reports": reports})
        return page

    async def count(self, caller: Caller, filters: Filters) -> int:
        return await self._repository.count(caller.user_id, filters)

    async def triage(self, caller: Caller, report_id: UUID) -> StaffRow:
        """Take a report up: from here on others see who looks into it."""
        async with self._database.begin() as tx:
            row = await self._lock(tx, caller, report_id)
            state = next_state(REPORT_STATE_MACHINE, ReportState(row["state"]), "triageReport")
            return await self._move(tx, caller, row, "report.triaged", {"state": state})

    async def decide(self, caller: Caller, report_id: UUID, action: ReportAction | None, statement: str) -> StaffRow:
        """Decide a report that was taken up, with the reasons for both sides; no action dismisses it."""
        outcome = ReportState.DISMISSED if action is None else ReportState.ACTIONED
        async with self._database.begin() as tx:
            row = await self._lock(tx, caller, report_id)
            state = next_state(REPORT_STATE_MACHINE, ReportState(row["state"]), "decideReport", to=outcome)
            if action is ReportAction.TAKE_DOWN:
                await self._take_down(tx, caller, row, statement)
            changes: ReportChanges = {
                "state": state,
                "action": action,
                "statement": statement,
                "decided_at": self._clock.now(),
            }
            notify(
                tx,
                NotificationKind.REPORT_DECIDED,
                row["reporter_id"],
                About(NotificationSubjectKind.REPORT, report_id),
            )
            notify(tx, NotificationKind.REPORTED_THING_DECIDED, row["owner_id"], await self._about(row))
            for side in _SIDES:
                await outbox.put(tx, TOPIC, {"report_id": str(report_id), "side": side})
            return await self._move(tx, caller, row, "report.decided", changes)

    async def _about(self, row: ReportRow) -> About:
        kind = ReportSubjectKind(row["subject_kind"])
        if kind is ReportSubjectKind.REVIEW:
            return About(NotificationSubjectKind.JOB, await self._reviews.job_of(row["subject_id"]))
        return About(_REPORTED[kind], row["subject_id"])

    async def _take_down(self, tx: AsyncSession, caller: Caller, row: ReportRow, statement: str) -> None:
        """Hide from others what was reported; refuse where its state leaves nothing to hide."""
        kind, subject_id = ReportSubjectKind(row["subject_kind"]), row["subject_id"]
        if kind is ReportSubjectKind.SERVICE:
            service = await self._services.find_moderated(tx, subject_id)
            if service is None:
                raise InvalidTransition(_GONE)
            await self._services.take_down(tx, service, statement)
        elif kind is ReportSubjectKind.PHOTO:
            photo = await self._photos.find_moderated(tx, subject_id)
            if photo is None:
                raise InvalidTransition(_GONE)
            await self._photos.hide(tx, photo, statement)
        elif kind is ReportSubjectKind.MESSAGE:
            await self._messages.hide(tx, subject_id)
        elif kind is ReportSubjectKind.REVIEW:
            await self._reviews.take_down(tx, caller, subject_id, statement)
        else:
            profile = await self._profiles.find_moderated(tx, subject_id)
            if profile is None:
                raise InvalidTransition(_GONE)
            await self._profiles.suspend(tx, profile, "decideReport", statement)
        event, name = _TAKEN_DOWN[kind]
        about = {"report_id": str(row["id"])}
        await audit.record(tx, event, caller, subject=(name, subject_id), data=about, personal={"note": statement})

    def outbox_handlers(self, mails: NoticeMails) -> Mapping[str, outbox.Handler]:
        """Return the handlers of this feature's outbox messages, by topic; `mails` sends them."""
        return {TOPIC: partial(self._mail_decision, mails, Texts(_TEMPLATES))}

    async def _mail_decision(self, mails: NoticeMails, texts: Texts, message: outbox.Message) -> None:
        """Mail the statement of reasons to one of the two sides, unless the report is erased by now."""
        row = await self._repository.find(UUID(str(message.payload["report_id"])))
        if row is None:
            return
        side = str(message.payload["side"])
        values = {
            "title": row["subject_title"],
            "subject_kind": row["subject_kind"],
            "upheld": row["state"] == ReportState.ACTIONED,
            "taken_down": row["subject_kind"] if row["action"] == ReportAction.TAKE_DOWN else None,
            "statement": row["statement"],
        }
        recipient = row["reporter_id"] if side == "reporter" else row["owner_id"]
        await mails.send(message, _KINDS[side], recipient, texts, _SIDES[side], values=values)

    async def _lock(self, tx: AsyncSession, caller: Caller, report_id: UUID) -> ReportRow:
        """Return the report, locked, if the caller is no party to it: nor is whom the reported review is about."""
        row = await self._repository.lock(tx, report_id)
        if row is None:
            raise NotFound
        reviewed = await self._repository.find_reviewed(tx, row["subject_id"])
        if caller.user_id in {row["reporter_id"], row["owner_id"], reviewed}:
            raise OwnCase
        return row

    async def _move(
        self, tx: AsyncSession, caller: Caller, row: ReportRow, event: str, changes: ReportChanges
    ) -> StaffRow:
        changes = {**changes, "handled_by": caller.user_id, "updated_at": self._clock.now()}
        await self._repository.update(tx, row["id"], changes)
        changed = await self._repository.find_changed(tx, row["id"])
        about = {"subject_id": str(row["subject_id"]), "owner_id": str(row["owner_id"])}
        upheld, taken_down = changed["state"] == ReportState.ACTIONED, changed["action"] == ReportAction.TAKE_DOWN
        decided = {"upheld": upheld, "taken_down": taken_down} if changed["decided_at"] else {}
        await audit.record(tx, event, caller, subject=("report", row["id"]), data={**about, **decided})
        return changed
