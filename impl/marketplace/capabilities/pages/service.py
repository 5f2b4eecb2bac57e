"""Service of providers' pages: which slug a business has, and the row by which its page is listed and found."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from anyascii import anyascii
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import ReadOnly, TypedDict

from impl.kernel.clock import Clock
from impl.kernel.errors import Unavailable
from impl.kernel.ids import new_id
from impl.kernel.tables import core_table
from impl.kernel.words import name_key
from impl.marketplace.capabilities.pages.repository import PagesRepository
from impl.marketplace.capabilities.pages.tables import SORT_KEY_MAX, PageValues, ProviderPage
from impl.marketplace.capabilities.search.service import TextIndex, indexed_words

# Slugs that a business had and that still redirect; the bound keeps one business from taking all good ones.
FORMER_MAX: Final = 20
SLUG_LENGTH: Final = 60
# Categories of characters that are said: letters, marks of vowels, numbers. Others, such as emojis, are left out.
_SAID: Final = frozenset("LMN")
# Points of a profile's content, out of 100; beyond that, a longer text is no better.
ABOUT_POINTS, CHARACTERS_A_POINT = 60, 10
WEBSITE_POINTS = LICENCES_POINTS = 20

# A page has no summary: its tiers are its name, and all that it says.
PAGES: Final = TextIndex(
    core_table(ProviderPage), key="profile_id", title=("name",), summary=("name",), everything=("name", "about")
)


class Presented(TypedDict):
    """Columns of a profile that its page shows or ranks by; any row with these columns fits."""

    business_name: str
    about: str | None
    website: str | None
    licences: ReadOnly[Sequence[object]]


def slug_of(name: str) -> str:
    """Join the words of the name by hyphens, in Latin letters; a name without any letter gives a fixed word."""
    decomposed = unicodedata.normalize("NFKD", name)
    said = "".join(one for one in decomposed if one.isascii() or unicodedata.category(one)[0] in _SAID)
    # A sign within a word is one of the romanization, as for a soft sign in Russian: no word ends there.
    plain = "".join(one if one.isascii() else re.sub("[^A-Za-z0-9 ]", "", anyascii(one)) for one in said).casefold()
    slug = re.sub("[^a-z0-9]+", "-", plain).strip("-")[:SLUG_LENGTH].strip("-")
    return slug if len(slug) > 1 else "provider"


def slugs_of(name: str) -> Iterator[str]:
    """Yield the name's own slug, then the same with more and more of a random tail."""
    slug = slug_of(name)
    yield slug
    for length in (4, 8, 16):
        yield f"{slug}-{new_id().hex[-length:]}"


def page_of(profile: Presented, published_at: datetime, *, live: bool) -> PageValues:
    """Return the row of a profile's page, without its id."""
    about = profile["about"] or ""
    quality = min(ABOUT_POINTS, len(about) // CHARACTERS_A_POINT)
    quality += WEBSITE_POINTS if profile["website"] else 0
    quality += LICENCES_POINTS if profile["licences"] else 0
    return {
        "live": live,
        "quality": quality,
        "published_at": published_at,
        "sort_key": name_key(profile["business_name"])[:SORT_KEY_MAX],
        "name": indexed_words(profile["business_name"]),
        "about": indexed_words(about),
    }


class PagesService:
    """Keeps pages and slugs in the transaction that changes a profile, whose lock the caller holds."""

    def __init__(self, clock: Clock) -> None:
        self._repository = PagesRepository()
        self._clock = clock

    async def put(
        self, tx: AsyncSession, profile_id: UUID, profile: Presented, published_at: datetime | None, *, live: bool
    ) -> None:
        """Write the page anew; a profile that was never published has none."""
        if published_at is not None:
            await self._repository.put(tx, profile_id, page_of(profile, published_at, live=live))

    async def take(self, tx: AsyncSession, profile_id: UUID, name: str) -> str:
        """Take a slug for the name of the profile, which no other profile has or had, and return it."""
        now = self._clock.now()
        for slug in slugs_of(name):
            if await self._repository.take(tx, slug, profile_id, now):
                return slug
        raise Unavailable

    async def rename(
        self, tx: AsyncSession, profile_id: UUID, slug: str, before: str, after: str, *, published: bool
    ) -> str:
        """Return the slug for the new name; where the page was published, the one before redirects from now on.

        The oldest of more than FORMER_MAX are released, and so is the one of a page that nobody has seen.
        """
        if slug_of(before) == slug_of(after):
            return slug
        taken = await self.take(tx, profile_id, after)
        former = [row["slug"] for row in await self._repository.slugs_of(tx, profile_id) if row["slug"] != taken]
        if released := former[FORMER_MAX if published else 0 :]:
            await self._repository.release(tx, released)
        return taken

    async def compact(self, tx: AsyncSession) -> None:
        """Remove deleted words from the index, too."""
        await self._repository.compact(tx)
