"""Service that submits the text of a service for review."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.marketplace.capabilities.hints.service import HintsService
from impl.marketplace.capabilities.listings.service import ListedText, ListingsService, texts_of
from impl.marketplace.capabilities.submissions.service import SubmissionsService, revised_fields
from impl.marketplace.capabilities.submissions.tables import SubmissionKind


class ListingSubmissions:
    def __init__(self, listings: ListingsService, submissions: SubmissionsService, hints: HintsService) -> None:
        self._listings = listings
        self._submissions = submissions
        self._hints = hints

    async def put(
        self, tx: AsyncSession, owner_id: UUID, service_id: UUID, proposed: ListedText, published: ListedText | None
    ) -> None:
        """Submit the text of the service, unless this very text waits or was rejected already."""
        fields = revised_fields(None if published is None else texts_of(published), texts_of(proposed))
        if await self._submissions.is_submitted(tx, SubmissionKind.SERVICE, service_id, fields):
            return
        title, description = proposed["title"], proposed["description"]
        duplicate = await self._listings.find_duplicate(tx, service_id, title, description)
        await self._submissions.put(
            tx,
            {
                "kind": SubmissionKind.SERVICE,
                "owner_id": owner_id,
                "profile_id": None,
                "service_id": service_id,
                "is_revision": published is not None,
                "fields": fields,
                "content": {},
                "hints": await self._hints.find(tx, fields, duplicate_of=duplicate),
            },
        )
