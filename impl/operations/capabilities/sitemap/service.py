"""Service of the sitemap: its parts, in which everything public has a place that it keeps."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from impl.kernel.database import Database
from impl.operations.capabilities.sitemap.repository import SitemapRepository

# Addresses in a part of the sitemap; the protocol allows 50,000, and a smaller part holds up nobody else.
PART: Final = 10_000


class SitemapKind(StrEnum):
    PROVIDERS = "providers"
    SERVICES = "services"


@dataclass(frozen=True, slots=True)
class SitemapAddress:
    """Public address: what names it among those of its kind, and its last change."""

    name: str
    changed_at: datetime


class SitemapService:
    def __init__(self, database: Database) -> None:
        self._repository = SitemapRepository(database.reader)

    async def parts(self, kind: SitemapKind) -> Sequence[int]:
        """Return the numbers of the parts of the sitemap in which there is something.

        A part is what has one of PART numbers in a row. Whatever comes or goes, nothing moves to another part.
        """
        following = self._following(kind)
        parts: list[int] = []
        number = await following(0)
        while number is not None:
            parts.append((number - 1) // PART + 1)
            number = await following(parts[-1] * PART)
        return parts

    async def part(self, kind: SitemapKind, number: int) -> Sequence[SitemapAddress]:
        low, high = (number - 1) * PART, number * PART
        if kind is SitemapKind.PROVIDERS:
            pages = await self._repository.pages_between(low, high)
            return [
                SitemapAddress(
                    row["slug"],
                    _latest(row["changed_at"], row["photos_changed_at"], row["verifications_changed_at"]),
                )
                for row in pages
            ]
        services = await self._repository.services_between(low, high)
        return [
            SitemapAddress(str(row["id"]), _latest(row["changed_at"], row["photos_changed_at"])) for row in services
        ]

    def _following(self, kind: SitemapKind) -> Callable[[int], Awaitable[int | None]]:
        return self._repository.next_page if kind is SitemapKind.PROVIDERS else self._repository.next_service


def _latest(*times: datetime | None) -> datetime:
    """Return the last of these times, of which one is there at least."""
    return max(time for time in times if time is not None)
