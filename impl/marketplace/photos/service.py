"""The rules of photos: what may be one, how many, in which order, who sees them, and when their files go."""

import asyncio
import hashlib
import re
import tempfile
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from pathlib import Path
from typing import IO, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import PHOTO_STATE_MACHINE, PhotoState
from impl.gateways.pictures import RENDITIONS, PictureFault, PictureRefused, Pictures, RenderedPicture
from impl.gateways.storage import Storage, StoredContent, StoredFileMissing, delete_unnamed
from impl.kernel import audit, idempotency, outbox
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import InvalidInput, LimitReached, NotFound
from impl.kernel.ids import new_id
from impl.kernel.retention import CleanupJob
from impl.kernel.secrets import derive_link_token
from impl.kernel.states import next_state
from impl.marketplace.photos.repository import NewPhoto, PhotoChanges, PhotoRepository, PhotoRow, ShownRow
from impl.marketplace.photos.tables import REMOVED, UPLOADED, PhotoFault, PhotoSubjectKind
from openapi.runtime.wire import FieldError, Reply

MOST_OF_ONE: Final = 20
MOST_OF_ALL: Final = 200
MEDIA_PATH: Final = "/media"
# An original that no row waits for after this time was sent by a request that did not come to its end.
ORPHANED_AFTER: Final = timedelta(hours=6)
# A signed address is good for this long at least, and the same for some minutes, so that browsers find it again.
_GOOD_SECONDS: Final = 600
_SAME_SECONDS: Final = 300
_ORIGINALS: Final = "originals"
_PICTURES: Final = "photos"
_HASH_CHARACTERS: Final = 32
_CONTENT_HASH: Final = re.compile(f"[0-9a-f]{{{_HASH_CHARACTERS}}}")
_WORDS: Final = {
    PictureFault.EMPTY: "is empty",
    PictureFault.UNSUPPORTED: "must be a JPEG, PNG or WebP",
    PictureFault.ANIMATED: "must not be animated",
    PictureFault.TOO_SMALL: "must have at least 16 pixels on each side",
    PictureFault.TOO_LARGE: "has too many pixels",
    PictureFault.UNREADABLE: "cannot be read as a picture",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoContent:
    """Upload that becomes a photo of a property, a service or, without an id, of the sender's business."""

    kind: PhotoSubjectKind
    subject_id: UUID | None
    file: IO[bytes]
    alt_text: str | None


@dataclass(frozen=True, slots=True)
class ServedPicture:
    """Picture that may be shown to whoever has asked: where it is stored, and whether caches may keep it."""

    key: str
    media_type: str
    is_public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPhoto:
    """Photo that everybody sees, with the address of each rendition."""

    id: UUID
    alt_text: str | None
    width: int
    height: int
    placeholder: str
    files: Mapping[str, str]


class PhotosService:
    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        storage: Storage,
        pictures: Pictures,
        secret_key: bytes,
        api_url: str,
    ) -> None:
        self._database = database
        self._repository = PhotoRepository(database.reader)
        self._clock = clock
        self._storage = storage
        self._pictures = pictures
        self._secret_key = secret_key
        self._base = f"{api_url}{MEDIA_PATH}"

    async def of_subject(self, caller: Caller, kind: PhotoSubjectKind, subject_id: UUID | None) -> Sequence[PhotoRow]:
        """Return the photos of what is the caller's; without an id, of the caller's business."""
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
        """Store a picture and have it written anew; the reply is kept for the request's idempotency key.

        It is stored before the row that names it, so that no row names what is not there. Whatever goes wrong after
        that leaves a file that nothing names, which is deleted at once or by the cleanup job.
        """
        try:
            await asyncio.to_thread(self._pictures.inspect, content.file)
        except PictureRefused as refused:
            error = FieldError(refused.fault.lower(), _WORDS[refused.fault], pointer="/file")
            raise InvalidInput("The file is not accepted as a picture.", errors=[error]) from refused
        subject = await self._repository.find_subject(caller.user_id, content.kind, content.subject_id)
        if subject is None:
            raise NotFound
        photo_id = new_id()
        await self._storage.put(original_key(photo_id), content.file)
        try:
            async with self._database.begin() as tx:
                # It may have been archived while the file was stored.
                if not await self._repository.lock_subject(tx, caller.user_id, content.kind, content.subject_id):
                    raise NotFound
                new = await self._new(tx, caller, photo_id, content, subject["id"])
                await self._repository.insert(tx, new)
                about = {"kind": content.kind, "subject_id": str(subject["id"])}
                await audit.record(tx, "photo.added", caller, subject=("photo", photo_id), data=about)
                reply = serialize(_seen(new))
                await idempotency.keep(tx, caller, reply)
        except (LimitReached, NotFound):
            # After any other error the commit may have happened: what no row names is left to the cleanup job.
            await self._storage.delete(original_key(photo_id))
            raise
        return reply

    async def change(self, caller: Caller, photo_id: UUID, changes: PhotoChanges) -> PhotoRow:
        """Describe a photo or move it in the order; the others close up."""
        async with self._database.begin() as tx:
            row = await self._lock_own(tx, caller, photo_id)
            changed = "position" in changes and await self._move(tx, caller, row, changes["position"])
            if "alt_text" in changes and changes["alt_text"] != row["alt_text"]:
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
        if row["content_hash"] is None:
            return None
        query = "" if row["is_public"] else self._signature_of(row["content_hash"])
        return {name: f"{self._base}/{row['content_hash']}/{name}{query}" for name in RENDITIONS}

    async def shown(self, subject_id: UUID) -> Sequence[ShownPhoto]:
        """Return the photos of what everybody sees; that everybody does is the caller's to know."""
        return [self._shown(row) for row in await self._repository.shown([subject_id])]

    async def first(self, subject_ids: Collection[UUID]) -> Mapping[UUID, ShownPhoto]:
        """Return the first photo of each of these things, which everybody sees, by their ids."""
        rows = await self._repository.first(subject_ids) if subject_ids else ()
        return {row["subject_id"]: self._shown(row) for row in rows}

    def _shown(self, row: ShownRow) -> ShownPhoto:
        return ShownPhoto(
            id=row["id"],
            alt_text=row["alt_text"],
            width=row["width"] or 1,
            height=row["height"] or 1,
            placeholder=row["placeholder"] or "",
            files={name: f"{self._base}/{row['content_hash']}/{name}" for name in RENDITIONS},
        )

    async def find_served(self, content_hash: str, name: str, *, expires: str, signature: str) -> ServedPicture | None:
        """Return the picture of this address, if whoever has asked may see it."""
        media_type = RENDITIONS.get(name) if _CONTENT_HASH.fullmatch(content_hash) else None
        row = None if media_type is None else await self._repository.find_served(content_hash)
        if row is None or media_type is None:
            return None
        if not row["is_public"] and not self._is_signed(content_hash, expires, signature):
            return None
        return ServedPicture(f"{_PICTURES}/{row['id']}/{name}", media_type, row["is_public"])

    async def open(self, picture: ServedPicture) -> StoredContent | None:
        """Begin to read a picture; None if its file has gone meanwhile."""
        try:
            return await self._storage.open(picture.key)
        except StoredFileMissing:
            return None

    def outbox_handlers(self) -> Mapping[str, outbox.Handler]:
        return {UPLOADED: self._write_anew, REMOVED: self._delete_files}

    def cleanup_jobs(self) -> Mapping[str, CleanupJob]:
        return {"originals": CleanupJob(self._delete_orphans)}

    async def _lock_own(self, tx: AsyncSession, caller: Caller, photo_id: UUID) -> PhotoRow:
        """Return the caller's photo, while nobody else changes their photos."""
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
        """Return the photo that comes last, if there may be one more."""
        await self._repository.take_turns(tx, caller.user_id)
        present = await self._repository.present(tx, caller.user_id, subject_id)
        if len(present) >= MOST_OF_ONE:
            # The last one may be of this request's double.
            await idempotency.refuse_repeat_in_flight(self._database.reader, caller)
            raise LimitReached(f"There are {MOST_OF_ONE} photos already. Delete one first.", MOST_OF_ONE)
        if await self._repository.count(tx, caller.user_id) >= MOST_OF_ALL:
            await idempotency.refuse_repeat_in_flight(self._database.reader, caller)
            raise LimitReached(f"You have {MOST_OF_ALL} photos already. Delete one first.", MOST_OF_ALL)
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
            "created_at": now,
            "updated_at": now,
            "version": 1,
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

    def _signature_of(self, content_hash: str) -> str:
        now = int(self._clock.now().timestamp())
        expires = str(now - now % _SAME_SECONDS + _SAME_SECONDS + _GOOD_SECONDS)
        return f"?expires={expires}&signature={self._sign(content_hash, expires)}"

    def _sign(self, content_hash: str, expires: str) -> str:
        return derive_link_token(self._secret_key, "picture", content_hash, expires)

    def _is_signed(self, content_hash: str, expires: str, signature: str) -> bool:
        expected = self._sign(content_hash, expires)
        is_right = compare_digest(expected.encode(), signature.encode("utf-8", "surrogateescape"))
        return is_right and int(expires) > self._clock.now().timestamp()

    async def _write_anew(self, message: outbox.Message) -> None:
        """Write the sizes of a photo that waits; a message that comes again finds that it does not."""
        photo_id = UUID(str(message.payload["photo_id"]))
        if await self._repository.is_pending(photo_id):
            try:
                changes = await self._render(photo_id)
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
            await self._delete_all(photo_id)
        await self._storage.delete(original_key(photo_id))

    async def _render(self, photo_id: UUID) -> PhotoChanges:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            await self._fetch(original_key(photo_id), folder / "original")
            rendered = await self._pictures.render(folder / "original", folder)
            whole = hashlib.sha256(photo_id.bytes)
            for name in RENDITIONS:
                content = await asyncio.to_thread((folder / name).read_bytes)
                whole.update(content)
                await self._storage.put(f"{_PICTURES}/{photo_id}/{name}", content)
        return _ready(rendered, whole.hexdigest()[:_HASH_CHARACTERS])

    async def _fetch(self, key: str, path: Path) -> None:
        try:
            content = await self._storage.open(key)
        except StoredFileMissing as missing:
            raise PictureRefused(PictureFault.UNREADABLE) from missing
        with await asyncio.to_thread(path.open, "wb") as file:
            async with aclosing(content.chunks) as chunks:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)

    async def _delete_files(self, message: outbox.Message) -> None:
        await self._delete_all(UUID(str(message.payload["photo_id"])))

    async def _delete_all(self, photo_id: UUID) -> None:
        await self._storage.delete(original_key(photo_id))
        for name in RENDITIONS:
            await self._storage.delete(f"{_PICTURES}/{photo_id}/{name}")

    async def _delete_orphans(self) -> AsyncGenerator[Mapping[str, int], None]:
        """Delete originals that no photo waits for: only requests that did not come to their end leave some."""
        before = self._clock.now() - ORPHANED_AFTER
        steps = delete_unnamed(self._storage, _ORIGINALS, before=before, named=self._repository.pending)
        async for number in steps:
            yield {"originals": number}


def _seen(new: NewPhoto) -> PhotoRow:
    """Return a new photo as its owner sees it; there is no picture yet that could be public."""
    return {
        "id": new["id"],
        "owner_id": new["owner_id"],
        "subject_kind": new["subject_kind"],
        "subject_id": new["subject_id"],
        "state": new["state"],
        "fault": new["fault"],
        "alt_text": new["alt_text"],
        "position": new["position"],
        "content_hash": None,
        "width": None,
        "height": None,
        "placeholder": None,
        "is_public": False,
        "created_at": new["created_at"],
        "updated_at": new["updated_at"],
    }


def original_key(photo_id: UUID) -> str:
    """Return the key under which an upload lies until it has been written anew."""
    return f"{_ORIGINALS}/{photo_id}"


def _rendered(outcome: PhotoState) -> PhotoState:
    """Return the state of a photo that has waited for the worker until now."""
    return next_state(PHOTO_STATE_MACHINE, PhotoState.PENDING, "worker.render_photos", to=outcome)


def _ready(rendered: RenderedPicture, content_hash: str) -> PhotoChanges:
    return {
        "state": _rendered(PhotoState.READY),
        "content_hash": content_hash,
        "width": rendered.width,
        "height": rendered.height,
        "placeholder": rendered.placeholder,
    }
