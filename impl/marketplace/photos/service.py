"""Service of photos: what may be one, how many, in which order, who sees them, and when their files go."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import INQUIRY_STATE_MACHINE, PHOTO_STATE_MACHINE, PhotoState
from impl.gateways.pictures import PictureRefused
from impl.gateways.storage import StoredContent
from impl.kernel import audit, etags, idempotency, outbox
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import InvalidTransition, LimitReached, NotFound
from impl.kernel.ids import new_id
from impl.kernel.retention import CleanupJob
from impl.kernel.states import next_state
from impl.marketplace.capabilities.contact_details.service import mask
from impl.marketplace.capabilities.inquiries.service import InquiryRecords
from impl.marketplace.capabilities.pictures.service import (
    Audience,
    PictureAddresses,
    PictureFiles,
    Rendered,
    ServedPicture,
    ShownPhoto,
    Signature,
    media_type_of,
    picture_key,
)
from impl.marketplace.capabilities.reviews.service import ReviewClosed, ReviewRecords
from impl.marketplace.photos.repository import PhotoRepository, ShownRow
from impl.marketplace.photos.tables import (
    REMOVED,
    UPLOADED,
    ModeratedPhotoRow,
    NewPhoto,
    PhotoChanges,
    PhotoContent,
    PhotoFault,
    PhotoRow,
    PhotoSubjectKind,
    seen,
)
from impl.marketplace.received_inquiries.service import ReceivedInquiriesService
from openapi.runtime.wire import Reply

MOST_OF_ONE: Final = 20
MOST_OF_AN_INQUIRY: Final = 6
MOST_OF_A_REVIEW: Final = 6
MOST_OF_ALL: Final = 200
_MOST: Final = {PhotoSubjectKind.INQUIRY: MOST_OF_AN_INQUIRY, PhotoSubjectKind.REVIEW: MOST_OF_A_REVIEW}


class PhotosService:
    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        files: PictureFiles,
        addresses: PictureAddresses,
        inquiries: InquiryRecords,
        inbox: ReceivedInquiriesService,
    ) -> None:
        self._database = database
        self._repository = PhotoRepository(database.reader)
        self._clock = clock
        self._files = files
        self._addresses = addresses
        self._inquiries = inquiries
        self._inbox = inbox
        self._reviews = ReviewRecords(clock)

    async def of_subject(self, caller: Caller, kind: PhotoSubjectKind, subject_id: UUID | None) -> Sequence[PhotoRow]:
        """Return the photos of a subject of the caller; without an id, of the caller's business."""
        subject = await self._repository.find_subject(caller.user_id, kind, subject_id)
        if subject is None:
            raise NotFound
        return await self._repository.of_subject(caller.user_id, subject["id"])

    async def get(self, caller: Caller, photo_id: UUID) -> PhotoRow:
        row = await self._repository.find_own(caller.user_id, photo_id)
        if row is None:
            raise NotFound
        return row

    async def add[ReplyT: Reply](
        self, caller: Caller, content: PhotoContent, serialize: Callable[[PhotoRow], ReplyT]
    ) -> ReplyT:
        """Store an uploaded picture of something that exists, and have it re-encoded."""
        await self._files.inspect(content.file)
        subject = await self._repository.find_subject(caller.user_id, content.kind, content.subject_id)
        if subject is None:
            raise NotFound
        hold = partial(self._lock_subject, caller=caller, content=content, subject_id=subject["id"])
        return await self.add_to(subject["id"], hold, caller, content, serialize)

    async def add_to[ReplyT: Reply](
        self,
        subject_id: UUID,
        hold: Callable[[AsyncSession], Awaitable[None]],
        caller: Caller,
        content: PhotoContent,
        serialize: Callable[[PhotoRow], ReplyT],
    ) -> ReplyT:
        """Store a picture of what `hold` inserts or locks; the reply is kept for the request's idempotency key.

        It is stored before the row that names it, so that no row names what is not there. Whatever goes wrong after
        that leaves a file that nothing names, which is deleted at once or by the cleanup job.
        """
        photo_id = new_id()
        await self._files.put_original(photo_id, content.file)
        try:
            async with self._database.begin() as tx:
                await hold(tx)
                new = await self._new(tx, caller, photo_id, content, subject_id)
                await self._repository.insert(tx, new)
                about = {"kind": content.kind, "subject_id": str(subject_id)}
                await audit.record(tx, "photo.added", caller, subject=("photo", photo_id), data=about)
                reply = serialize(seen(new))
                await idempotency.store_reply(tx, caller, reply)
        except (idempotency.IdempotencyKeyInFlight, InvalidTransition, LimitReached, NotFound, ReviewClosed):
            # After any other error the commit may have happened: what no row names is left to the cleanup job.
            await self._files.delete_original(photo_id)
            raise
        return reply

    async def change(self, caller: Caller, photo_id: UUID, changes: PhotoChanges) -> PhotoRow:
        """Change the text or the place of a photo; that of a review only while the review may be changed."""
        async with self._database.begin() as tx:
            row = await self._lock_own(tx, caller, photo_id)
            changed = "position" in changes and await self._move(tx, caller, row, changes["position"])
            if "alt_text" in changes and changes["alt_text"] != row["alt_text"]:
                if row["subject_kind"] == PhotoSubjectKind.REVIEW:
                    await self._reviews.check_photo(tx, row["subject_id"])
                described: PhotoChanges = {"alt_text": changes["alt_text"], "updated_at": self._clock.now()}
                await self._repository.update(tx, photo_id, described)
                changed = True
            if not changed:
                return row
            await self._repository.note_change(tx, caller.user_id, row["subject_id"], self._clock.now())
            return await self._own(tx, caller, photo_id)

    async def delete(self, caller: Caller, photo_id: UUID) -> None:
        async with self._database.begin() as tx:
            row = await self._lock_own(tx, caller, photo_id)
            await self._repository.delete(tx, photo_id)
            others = await self._repository.present(tx, caller.user_id, row["subject_id"])
            await self._put_in_order(tx, others)
            await self._repository.note_change(tx, caller.user_id, row["subject_id"], self._clock.now())
            about = {"kind": row["subject_kind"], "subject_id": str(row["subject_id"])}
            await audit.record(tx, "photo.deleted", caller, subject=("photo", photo_id), data=about)

    def addresses(self, row: PhotoRow) -> Mapping[str, str] | None:
        """Return the address of each rendition, signed and good for some minutes where not everybody may see it."""
        if row["content_hash"] is None or row["state"] == PhotoState.HIDDEN:
            return None
        if row["is_public"]:
            return self._addresses.public(row["content_hash"])
        return self._addresses.signed(row["content_hash"], Audience.OWNER)

    async def shown(self, subject_id: UUID) -> Sequence[ShownPhoto]:
        """Return the photos of something public; the caller knows that it is."""
        rows = await self._repository.shown([subject_id])
        return [_shown(row, self._addresses.public(row["content_hash"])) for row in rows]

    async def received(self, caller: Caller, inquiry_id: UUID) -> Sequence[ShownPhoto]:
        """Return the photos of an inquiry that came to the caller, at addresses of their own, their words masked."""
        party = await self._inbox.party(caller, inquiry_id)
        rows: list[ShownRow] = [
            {**row, "alt_text": None if row["alt_text"] is None else mask(row["alt_text"], party["regions"]).text}
            for row in await self._repository.shown([inquiry_id])
        ]
        return [_shown(row, self._addresses.signed_for(party["id"], row["content_hash"])) for row in rows]

    async def of_public_reviews(self, review_ids: Collection[UUID]) -> Mapping[UUID, Sequence[ShownPhoto]]:
        """Return the photos of published reviews, by their ids; the caller knows that they are."""
        return await self._of_each(review_ids, self._addresses.public)

    async def of_reviews_for_staff(self, review_ids: Collection[UUID]) -> Mapping[UUID, Sequence[ShownPhoto]]:
        """Return the photos of reviews, by their ids, with addresses for staff."""
        return await self._of_each(review_ids, lambda one: self._addresses.signed(one, Audience.STAFF))

    async def of_review(self, caller: Caller, review_id: UUID) -> Sequence[ShownPhoto]:
        """Return the photos of a review that the caller reads as a party of its job, at addresses of their own."""
        found = await self._of_each(
            [review_id], lambda one: self._addresses.signed_for(caller.user_id, one, Audience.REVIEW_PARTY)
        )
        return found.get(review_id, ())

    async def _of_each(
        self, subject_ids: Collection[UUID], addresses: Callable[[str], Mapping[str, str]]
    ) -> Mapping[UUID, Sequence[ShownPhoto]]:
        rows = await self._repository.shown(subject_ids) if subject_ids else ()
        found: dict[UUID, list[ShownPhoto]] = {}
        for row in rows:
            found.setdefault(row["subject_id"], []).append(_shown(row, addresses(row["content_hash"])))
        return found

    async def first(self, subject_ids: Collection[UUID]) -> Mapping[UUID, ShownPhoto]:
        """Return the first photo of each of these things, which everybody sees, by their ids."""
        rows = await self._repository.first(subject_ids) if subject_ids else ()
        return {row["subject_id"]: _shown(row, self._addresses.public(row["content_hash"])) for row in rows}

    async def find_served(self, content_hash: str, name: str, signature: Signature) -> ServedPicture | None:
        """Return the picture of this address if the caller may see it; a hidden one is for staff."""
        media_type = media_type_of(content_hash, name)
        row = None if media_type is None else await self._repository.find_served(content_hash)
        if row is None or media_type is None:
            return None
        is_hidden = row["state"] is PhotoState.HIDDEN
        is_public = row["is_public"] and not is_hidden
        if not is_public:
            audience = self._addresses.audience_of(content_hash, signature)
            if audience is None or (is_hidden and audience is not Audience.STAFF):
                return None
            if audience is Audience.RECIPIENT and not await self._inbox.is_read_by(signature.party, row["subject_id"]):
                return None
            if audience is Audience.PARTY and not await self._repository.is_attached_for(
                UUID(signature.party), row["subject_id"]
            ):
                return None
            if audience is Audience.REVIEW_PARTY and not await self._repository.is_reviewed_by_or_of(
                UUID(signature.party), row["subject_id"]
            ):
                return None
        return ServedPicture(picture_key(row["id"], name), media_type, is_public, is_hidden)

    async def open(self, picture: ServedPicture) -> StoredContent | None:
        """Open a picture for reading; None if its file is gone."""
        return await self._files.open(picture.key)

    # ---- for staff

    def staff_addresses(self, row: ModeratedPhotoRow) -> Mapping[str, str] | None:
        """Return addresses by which staff see the photo for some minutes, whatever others see of it."""
        return None if row["content_hash"] is None else self._addresses.signed(row["content_hash"], Audience.STAFF)

    async def moderated(self, tx: AsyncSession, subject_id: UUID) -> Sequence[ModeratedPhotoRow]:
        """Return the photos of a service or business, in their order."""
        return await self._repository.moderated(tx, subject_id)

    async def find_moderated(self, tx: AsyncSession, photo_id: UUID) -> ModeratedPhotoRow | None:
        """Return a photo of a service, business or published review, locked until the transaction ends."""
        return await self._repository.lock_moderated(tx, photo_id)

    async def hide(self, tx: AsyncSession, row: ModeratedPhotoRow, note: str) -> None:
        """Hide the locked photo from everybody but staff, with the reasons for its owner."""
        state = next_state(PHOTO_STATE_MACHINE, row["state"], "decideReport")
        await self._moderate(tx, row, {"state": state, "review_note": note})

    async def reinstate(self, tx: AsyncSession, row: ModeratedPhotoRow) -> None:
        """Show the locked photo where it was before it was hidden."""
        state = next_state(PHOTO_STATE_MACHINE, row["state"], "reinstatePhoto")
        await self._moderate(tx, row, {"state": state, "review_note": None})

    async def _moderate(self, tx: AsyncSession, row: ModeratedPhotoRow, changes: PhotoChanges) -> None:
        now = self._clock.now()
        await self._repository.update(tx, row["id"], {**changes, "updated_at": now})
        await self._repository.note_change(tx, row["owner_id"], row["subject_id"], now)

    def outbox_handlers(self) -> Mapping[str, outbox.Handler]:
        return {UPLOADED: self._write_anew, REMOVED: self._delete_files}

    def cleanup_jobs(self) -> Mapping[str, CleanupJob]:
        return {"originals": CleanupJob(self._delete_orphans)}

    async def delete_unnamed(self) -> int:
        """Delete files without a photo, as a recovery leaves them; return their number."""
        return await self._files.delete_unnamed(self._repository.exists)

    async def _lock_subject(self, tx: AsyncSession, caller: Caller, content: PhotoContent, subject_id: UUID) -> None:
        """Lock the subject of the photo against archiving until the transaction ends; refuse if it has ended."""
        if content.kind is PhotoSubjectKind.INQUIRY:
            inquiry = await self._inquiries.lock(tx, subject_id)
            next_state(INQUIRY_STATE_MACHINE, inquiry["state"], "addInquiryPhoto")
        elif content.kind is PhotoSubjectKind.REVIEW:
            await self._reviews.check_photo(tx, subject_id)
        elif not await self._repository.lock_subject(tx, caller.user_id, content.kind, content.subject_id):
            raise NotFound

    async def _lock_own(self, tx: AsyncSession, caller: Caller, photo_id: UUID) -> PhotoRow:
        """Return the caller's photo, with their photos locked."""
        await self._repository.take_turns(tx, caller.user_id)
        return await self._own(tx, caller, photo_id)

    async def _own(self, tx: AsyncSession, caller: Caller, photo_id: UUID) -> PhotoRow:
        row = await self._repository.own(tx, caller.user_id, photo_id)
        if row is None:
            raise NotFound
        return row

    async def _new(
        self, tx: AsyncSession, caller: Caller, photo_id: UUID, content: PhotoContent, subject_id: UUID
    ) -> NewPhoto:
        """Return the new photo, last in the order; refuse if there may be no more."""
        await self._repository.take_turns(tx, caller.user_id)
        present = await self._repository.present(tx, caller.user_id, subject_id)
        most = _MOST.get(content.kind, MOST_OF_ONE)
        detail = f"There are {most} photos already. Delete one first."
        await idempotency.refuse_beyond(self._database.reader, caller, detail, number=len(present), most=most)
        # What goes with messages has bounds of its own, since nobody takes it back.
        if content.kind is not PhotoSubjectKind.MESSAGE:
            in_all = await self._repository.count(tx, caller.user_id)
            detail = f"You have {MOST_OF_ALL} photos already. Delete one first."
            await idempotency.refuse_beyond(self._database.reader, caller, detail, number=in_all, most=MOST_OF_ALL)
        now = self._clock.now()
        return {
            "id": photo_id,
            "owner_id": caller.user_id,
            "subject_kind": content.kind,
            "subject_id": subject_id,
            "state": PhotoState.PENDING,
            "fault": None,
            "alt_text": content.alt_text,
            "position": len(present),
            "content_hash": None,
            "width": None,
            "height": None,
            "placeholder": None,
            "review_note": None,
            "created_at": now,
            "updated_at": now,
            "version": etags.FIRST_VERSION,
        }

    async def _move(self, tx: AsyncSession, caller: Caller, row: PhotoRow, position: int) -> bool:
        """Move a photo among those of its thing; return whether that changed their order."""
        present = await self._repository.present(tx, caller.user_id, row["subject_id"])
        others = [one for one in present if one["id"] != row["id"]]
        return await self._put_in_order(tx, [*others[:position], row, *others[position:]])

    async def _put_in_order(self, tx: AsyncSession, rows: Sequence[PhotoRow]) -> bool:
        misplaced = [(position, row["id"]) for position, row in enumerate(rows) if row["position"] != position]
        for position, photo_id in misplaced:
            moved: PhotoChanges = {"position": position, "updated_at": self._clock.now()}
            await self._repository.update(tx, photo_id, moved)
        return bool(misplaced)

    async def _write_anew(self, message: outbox.Message) -> None:
        """Render a waiting photo in all sizes; a repeated message finds that it does not wait any more."""
        photo_id = UUID(str(message.payload["photo_id"]))
        if await self._repository.is_pending(photo_id):
            try:
                changes = _ready(await self._files.render(photo_id))
            except PictureRefused as refused:
                changes = {"state": _rendered(PhotoState.REJECTED), "fault": PhotoFault(refused.fault)}
            async with self._database.begin() as tx:
                waiting = await self._repository.lock_pending(tx, photo_id)
                if waiting is not None:
                    now = changes["updated_at"] = self._clock.now()
                    await self._repository.update(tx, photo_id, changes)
                    await self._repository.note_change(tx, waiting["owner_id"], waiting["subject_id"], now)
        if not await self._repository.exists(photo_id):
            # It was deleted meanwhile, perhaps before its files were there.
            await self._files.delete(photo_id)
        await self._files.delete_original(photo_id)

    async def _delete_files(self, message: outbox.Message) -> None:
        await self._files.delete(UUID(str(message.payload["photo_id"])))

    async def _delete_orphans(self) -> AsyncGenerator[Mapping[str, int], None]:
        """Delete originals that no photo waits for: only requests that did not come to their end leave some."""
        async for number in self._files.delete_orphans(named=self._repository.pending):
            yield {"originals": number}


def _shown(row: ShownRow, files: Mapping[str, str]) -> ShownPhoto:
    return ShownPhoto(
        id=row["id"],
        alt_text=row["alt_text"],
        width=row["width"],
        height=row["height"],
        placeholder=row["placeholder"],
        files=files,
    )


def _rendered(outcome: PhotoState) -> PhotoState:
    """Return the state of a photo that has waited for the worker until now."""
    return next_state(PHOTO_STATE_MACHINE, PhotoState.PENDING, "worker.render_photos", to=outcome)


def _ready(rendered: Rendered) -> PhotoChanges:
    return {
        "state": _rendered(PhotoState.READY),
        "content_hash": rendered.content_hash,
        "width": rendered.width,
        "height": rendered.height,
        "placeholder": rendered.placeholder,
    }
