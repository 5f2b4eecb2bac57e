"""Photos of the demo: drawn while the service runs, so that no start waits for them, and written anew by the worker."""

import io
from asyncio import to_thread
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import PhotoState
from impl.assembly import Services
from impl.demo.accounts import people
from impl.demo.provider_services import OFFERED
from impl.demo.rows import (
    ATTACHMENTS,
    MESSAGE_PHOTO,
    MESSAGES,
    PHOTOS,
    PROFILES,
    REVIEW_PHOTO,
    REVIEWS,
    SERVICES,
    Values,
    add,
    numbered,
    town_and_trade,
)
from impl.kernel import outbox
from impl.marketplace.capabilities.attachments.tables import MessageAttachment, MessageAttachmentKind
from impl.marketplace.capabilities.pictures.service import original_key
from impl.marketplace.capabilities.reviews.tables import Review
from impl.marketplace.messages.tables import InquiryMessage
from impl.marketplace.photos.tables import UPLOADED, Photo, PhotoSet, PhotoSubjectKind
from impl.marketplace.provider_profile.tables import ProviderProfile

SHOWN: Final = 4
"""Businesses with a photo of their own, and one of the first thing that they offer."""
_SIZE: Final = (960, 640)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    id: UUID
    kind: PhotoSubjectKind
    subject_id: UUID
    owner_id: UUID
    alt_text: str
    number: int


async def draw_photos(services: Services, *, shown: int = SHOWN) -> None:
    """Add photos to the first businesses of the demo, unless it is not there or they have or had some.

    The first message and the first review get one each with them.
    """
    pictures = _pictures(shown)
    subjects = [one.subject_id for one in pictures]
    async with services.database.begin() as tx:
        has_demo = (await tx.execute(select(ProviderProfile.id).where(ProviderProfile.id.in_(subjects)))).first()
        had = (await tx.execute(select(PhotoSet.subject_id).where(PhotoSet.subject_id.in_(subjects)))).first()
        has = (await tx.execute(select(Photo.id).where(Photo.subject_id.in_(subjects)))).first()
    if has_demo is None or had is not None or has is not None:
        return
    async with services.database.begin() as tx:
        sent, attachments = await _sent_with_message(tx)
        pictures += [*sent, *await _of_review(tx)]
    for one in pictures:
        await services.storage.put(original_key(one.id), await to_thread(_draw, one))
    now = services.clock.now()
    rows: list[Values] = [
        {
            "id": one.id,
            "created_at": now,
            "updated_at": now,
            "version": 1,
            "owner_id": one.owner_id,
            "subject_kind": one.kind,
            "subject_id": one.subject_id,
            "state": PhotoState.PENDING,
            "fault": None,
            "alt_text": one.alt_text,
            "position": 0,
            "content_hash": None,
            "width": None,
            "height": None,
            "placeholder": None,
            "review_note": None,
        }
        for one in pictures
    ]
    try:
        async with services.database.begin() as tx:
            await add(tx, MessageAttachment, attachments)
            await add(tx, Photo, rows)
            for row in rows:
                await outbox.put(tx, UPLOADED, {"photo_id": str(row["id"])})
    except IntegrityError:
        # Another process of the same database was as quick, or an owner has gone.
        return


def _pictures(shown: int) -> list[_Picture]:
    providers = [one for one in people() if one.role == "SERVICE_PROVIDER"]
    pictures: list[_Picture] = []
    for number in range(shown):
        _, neighborhood, trade = town_and_trade(number)
        of_each = (
            (PhotoSubjectKind.PROFILE, PROFILES + number, f"A house in {neighborhood}"),
            (PhotoSubjectKind.SERVICE, SERVICES + number * OFFERED, f"{trade['name']}, drawn as pipes and tiles"),
        )
        pictures += [
            _Picture(
                id=numbered(PHOTOS + number * len(of_each) + place),
                kind=kind,
                subject_id=numbered(subject),
                owner_id=providers[number].id,
                alt_text=alt_text,
                number=number,
            )
            for place, (kind, subject, alt_text) in enumerate(of_each)
        ]
    return pictures


async def _sent_with_message(tx: AsyncSession) -> tuple[list[_Picture], list[Values]]:
    """Return the photo that goes with the first message of the demo, and the row that says so."""
    found = select(InquiryMessage.sender_id, InquiryMessage.recipient_id, InquiryMessage.created_at)
    message = (await tx.execute(found.where(InquiryMessage.id == numbered(MESSAGES)))).first()
    if message is None:
        return [], []
    attachment: Values = {
        "id": numbered(ATTACHMENTS),
        "owner_id": message.sender_id,
        "recipient_id": message.recipient_id,
        "message_id": numbered(MESSAGES),
        "kind": MessageAttachmentKind.PHOTO,
        "name": "The tap that drips",
        "size_bytes": 48000,
        "position": 0,
        "sent_at": message.created_at,
        "created_at": message.created_at,
    }
    picture = _Picture(
        id=numbered(MESSAGE_PHOTO),
        kind=PhotoSubjectKind.MESSAGE,
        subject_id=numbered(ATTACHMENTS),
        owner_id=message.sender_id,
        alt_text="The tap that drips",
        number=5,
    )
    return [picture], [attachment]


async def _of_review(tx: AsyncSession) -> list[_Picture]:
    """Return the photo of the first review of the demo."""
    review = (await tx.execute(select(Review.author_id).where(Review.id == numbered(REVIEWS)))).first()
    if review is None:
        return []
    return [
        _Picture(
            id=numbered(REVIEW_PHOTO),
            kind=PhotoSubjectKind.REVIEW,
            subject_id=numbered(REVIEWS),
            owner_id=review.author_id,
            alt_text="The meter, dry again",
            number=9,
        )
    ]


def _draw(picture: _Picture) -> bytes:
    """Draw a house for a business and pipes on tiles for a service, in colours of its own, as a JPEG."""
    # Not before something is drawn: a start imports no more than it needs.
    from PIL import Image, ImageDraw, ImageOps  # noqa: PLC0415 - see above

    hue = picture.number * 67 % 360
    sky = Image.linear_gradient("L").resize(_SIZE)
    image = ImageOps.colorize(sky, f"hsl({hue}, 55%, 78%)", f"hsl({hue}, 45%, 92%)")
    pen = ImageDraw.Draw(image)
    dark, light = f"hsl({hue}, 40%, 32%)", f"hsl({(hue + 30) % 360}, 65%, 60%)"
    if picture.kind is PhotoSubjectKind.PROFILE:
        pen.rectangle((0, 500, 960, 640), fill="hsl(110, 30%, 55%)")
        pen.rectangle((280, 290, 680, 520), fill=light)
        pen.polygon(((240, 290), (480, 120), (720, 290)), fill=dark)
        pen.rectangle((440, 390, 520, 520), fill=dark)
        for left in (320, 570):
            pen.rectangle((left, 340, left + 70, 410), fill="hsl(55, 80%, 85%)", outline=dark, width=6)
    else:
        for left in range(0, 960, 160):
            for top in range(0, 640, 160):
                pen.rectangle((left, top, left + 154, top + 154), outline="white", width=4)
        pen.line(((120, 0), (120, 320), (560, 320), (560, 640)), fill=dark, width=56, joint="curve")
        pen.ellipse((490, 250, 630, 390), fill=light, outline=dark, width=12)
    content = io.BytesIO()
    image.save(content, "JPEG", quality=82)
    return content.getvalue()
