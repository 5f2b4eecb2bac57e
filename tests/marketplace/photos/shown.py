"""Photos that are there already: rows without files, for what asks for no picture."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import insert

from generated.states import PhotoState
from impl.kernel.ids import new_id
from impl.marketplace.photos.tables import Photo, PhotoFault, PhotoSubjectKind
from tests.harness.service import Service


async def photo_in(
    service: Service, state: PhotoState, *, owner_id: str, subject_id: str, kind: str = "SERVICE"
) -> str:
    """Add a photo in a state that the worker or staff have led it to, and return its id."""
    photo_id, now = new_id(), service.clock.now()
    is_there = state in {PhotoState.READY, PhotoState.HIDDEN}
    row = {
        "id": photo_id,
        "owner_id": UUID(owner_id),
        "subject_kind": PhotoSubjectKind(kind),
        "subject_id": UUID(subject_id),
        "state": state,
        "fault": PhotoFault.UNREADABLE if state is PhotoState.REJECTED else None,
        "position": 0,
        "content_hash": uuid4().hex if is_there else None,
        "width": 640 if is_there else None,
        "height": 480 if is_there else None,
        "placeholder": "LEHV6nWB2yk8pyo0adR*.7kCMdnj" if is_there else None,
        "review_note": "It shows a person who has not been asked." if state is PhotoState.HIDDEN else None,
        "created_at": now,
        "updated_at": now,
    }
    async with service.services.database.begin() as tx:
        await tx.execute(insert(Photo), [row])
    return str(photo_id)
