"""Service of the businesses' public pages: lists and search, and a page with what it offers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.paging import Moment, Page, fetched
from impl.marketplace.capabilities.geography.service import Nearby, Point
from impl.marketplace.capabilities.pictures.service import ShownPhoto
from impl.marketplace.capabilities.ratings.service import RatingRow
from impl.marketplace.capabilities.relevance.service import Rank
from impl.marketplace.capabilities.response_times.service import ResponseTime, ResponseTimes
from impl.marketplace.capabilities.spelling.service import Lexicon, SpellingService
from impl.marketplace.catalogue.errors import point_needed, words_needed
from impl.marketplace.catalogue.service import CatalogueService
from impl.marketplace.catalogue.tables import CatalogueRow
from impl.marketplace.photos.service import PhotosService
from impl.marketplace.providers.repository import Filters, ProvidersRepository
from impl.marketplace.providers.tables import (
    CardRow,
    LicenceRow,
    NewestOffer,
    PageRow,
    ProviderSort,
    RankedCard,
    SlugOfPage,
)
from impl.marketplace.verifications.tables import end_of

__all__ = ["Filters", "ProvidersService", "Shown", "moved_to"]


def moved_to(path: str, slug: str, **parameters: object) -> str:
    """Return the address below a business's present slug, with the same query."""
    query = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in parameters.items()
        if value is not None and value is not False
    }
    return f"{path.format(slug=slug)}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class Shown:
    """Page of a business with the newest services of each category, by the category's name."""

    row: PageRow
    services: Sequence[tuple[NewestOffer, CatalogueRow]]
    # First photos of the services, by their ids.
    covers: Mapping[UUID, ShownPhoto]
    photos: Sequence[ShownPhoto]
    licences: Sequence[LicenceRow]
    rating: RatingRow | None
    response_time: ResponseTime

    @property
    def changed_at(self) -> datetime:
        """Return when anything that the page shows has changed last, or later."""
        row = self.row
        times = [row["updated_at"], *(newest["category_updated_at"] for newest, _ in self.services)]
        rated = None if self.rating is None else self.rating["updated_at"]
        others = (
            rated,
            self.response_time.changed_at,
            row["services_changed_at"],
            row["photos_changed_at"],
            row["verifications_changed_at"],
        )
        if row["last_end_date"] is not None:
            times.append(end_of(row["last_end_date"]))
        return max([*times, *(at for at in others if at is not None)])


class ProvidersService:
    def __init__(
        self,
        database: Database,
        catalogue: CatalogueService,
        spelling: SpellingService,
        photos: PhotosService,
        response_times: ResponseTimes,
    ) -> None:
        self._repository = ProvidersRepository(database.reader, database.dialect)
        self._catalogue = catalogue
        self._spelling = spelling
        self._photos = photos
        self._response_times = response_times

    async def near(
        self, point: Point | None, place_id: UUID | None, *, radius_km: int | None, include_remote: bool
    ) -> Nearby | None:
        """Return the circle that was asked about, as the catalogue reads it."""
        return await self._catalogue.near(point, place_id, radius_km=radius_km, include_remote=include_remote)

    async def filters(
        self,
        category: str | None,
        words: tuple[str, ...] | None,
        near: Nearby | None,
        *,
        verified: bool,
        min_rating: int | None,
    ) -> Filters | None:
        """Return the filters, or None when nothing can match them: no such category, or a text without a word."""
        category_id = None if category is None else await self._catalogue.find_category(category)
        if (category is not None and category_id is None) or words == ():
            return None
        return Filters(category_id, words, near, verified, min_rating)

    def check(self, sort: ProviderSort, *, has_words: bool, has_point: bool) -> None:
        """Refuse relevance without words, and distance without a point."""
        if sort is ProviderSort.RELEVANCE and not has_words:
            raise words_needed()
        if sort is ProviderSort.NEAREST and not has_point:
            raise point_needed("sort")

    async def page(
        self,
        filters: Filters | None,
        sort: ProviderSort,
        *,
        after: tuple[datetime | float | str, UUID] | None,
        limit: int,
    ) -> Page[CardRow]:
        """Return a page in an order by columns; `ranked` is for relevance."""
        if filters is None:
            return Page(())
        return Page.of(await self._repository.page(filters, sort, after=after, limit=fetched(limit)), limit)

    async def ranked(self, filters: Filters | None, *, after: Rank | None, limit: int) -> Page[tuple[Rank, RankedCard]]:
        """Return a page of the best COUNTED matches, each with its place."""
        return Page(()) if filters is None else await self._repository.ranked(filters, after=after, limit=limit)

    async def count(self, filters: Filters | None) -> int:
        return 0 if filters is None else await self._repository.count(filters)

    async def correct(self, text: str) -> str | None:
        """Return the text with words that no page has corrected; None where there is nothing to correct."""
        return await self._spelling.correct(Lexicon.PAGES, text)

    async def get(self, slug: str) -> Shown:
        """Return the page that has or had the slug; its own says which."""
        row = await self._repository.find(slug)
        if row is None:
            raise NotFound
        if row["slug"] != slug:
            return Shown(row, (), {}, (), (), None, ResponseTime(None, None))
        newest = await self._repository.newest(row["id"])
        services = await self._catalogue.some([offer["id"] for offer in newest])
        # One that was taken down between the two reads is left out.
        offers = [(offer, services[offer["id"]]) for offer in newest if offer["id"] in services]
        licences = await self._repository.licences(row["id"])
        photos = await self._photos.shown(row["id"])
        ratings = await self.ratings([row["id"]])
        covers = await self.covers(services)
        response_time = await self._response_times.of_provider(row["user_id"])
        return Shown(row, offers, covers, photos, licences, ratings.get(row["id"]), response_time)

    async def covers(self, ids: Collection[UUID]) -> Mapping[UUID, ShownPhoto]:
        """Return the first photo of each of these businesses or services, which everybody sees, by their ids."""
        return await self._photos.first(ids)

    async def ratings(self, ids: Collection[UUID]) -> Mapping[UUID, RatingRow]:
        """Return the ratings of these businesses, by their ids; who has no reviews may be missing."""
        return await self._repository.ratings(ids)

    async def get_slug(self, slug: str) -> SlugOfPage:
        """Return id and slug of the business that has or had the slug."""
        row = await self._repository.find_slug(slug)
        if row is None:
            raise NotFound
        return row

    async def offers(
        self, profile_id: UUID, category: str | None, *, after: Moment | None, limit: int
    ) -> Page[CatalogueRow]:
        """Return a page of what a business offers, in a category or below it, the newest first."""
        return await self._catalogue.of_business(profile_id, category, after=after, limit=limit)

    async def count_offers(self, profile_id: UUID, category: str | None) -> int:
        return await self._catalogue.count_of_business(profile_id, category)
