"""Service of the public catalogue: rules of comparison, and look-ups that raise NotFound."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from uuid import UUID

from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.paging import COUNTED, Moment, Page, capped, fetched
from impl.kernel.words import allows_prefix, name_key, tokenize_document, tokenize_query
from impl.marketplace.capabilities.categories.service import PublicCategory, PublicTree
from impl.marketplace.capabilities.geography.service import RADIUS_MAX_KM, Nearby, Point, point_of
from impl.marketplace.capabilities.listing_filters.service import PRICE_BANDS
from impl.marketplace.capabilities.listings.tables import PricingKind
from impl.marketplace.capabilities.pictures.service import ShownPhoto
from impl.marketplace.capabilities.relevance.service import Rank
from impl.marketplace.capabilities.search.service import PlannedSearch
from impl.marketplace.capabilities.spelling.service import Lexicon, SpellingService
from impl.marketplace.catalogue.errors import currency_needed, point_needed, two_points, unknown_place, words_needed
from impl.marketplace.catalogue.repository import CatalogueRepository
from impl.marketplace.catalogue.tables import (
    LOOKED_THROUGH,
    PRICE_SORTS,
    RATINGS,
    CatalogueRow,
    CatalogueSort,
    FacetRow,
    Filters,
    NamedRow,
    RankedRow,
    SingleRow,
)
from impl.marketplace.photos.service import PhotosService
from impl.marketplace.places.service import PlacesService
from impl.marketplace.verifications.tables import end_of

# Suggestions of each kind, and the matches that are looked through for different titles.
SUGGESTED, RANKED_FOR_SUGGESTIONS = 5, 50


@dataclass(frozen=True, slots=True)
class Tally:
    """Number of services a choice would leave, up to COUNTED; `capped` where counting stopped before the end."""

    count: int
    capped: bool


@dataclass(frozen=True, slots=True)
class Facets:
    """Tallies of each choice: categories by id, bands by their bounds."""

    categories: Mapping[UUID, Tally]
    pricing: Mapping[PricingKind, Tally]
    prices: Mapping[tuple[int, int | None], Tally]
    # Of providers with so many stars or more.
    ratings: Mapping[int, Tally]
    category_rows: Mapping[UUID, PublicCategory]

    @property
    def is_empty(self) -> bool:
        """Return whether nothing matches, whatever kind of pricing is chosen; each service has one."""
        return not any(tally.count for tally in self.pricing.values())


@dataclass(frozen=True, slots=True)
class ServiceDetails:
    """A service by itself, with its photos."""

    row: SingleRow
    photos: Sequence[ShownPhoto]

    @property
    def changed_at(self) -> datetime:
        """Return when anything that is shown of it has changed last."""
        row = self.row
        times = [row["updated_at"], row["profile_updated_at"], row["category_updated_at"]]
        if row["last_end_date"] is not None:
            times.append(end_of(row["last_end_date"]))
        others = (row["rating_changed_at"], row["photos_changed_at"], row["verifications_changed_at"])
        return max([*times, *(at for at in others if at is not None)])


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Rows to suggest, the best first."""

    categories: Sequence[PublicCategory]
    services: Sequence[RankedRow]
    providers: Sequence[NamedRow]


class CatalogueService:
    def __init__(
        self, database: Database, places: PlacesService, spelling: SpellingService, photos: PhotosService
    ) -> None:
        self._repository = CatalogueRepository(database.reader, database.dialect)
        self._tree = PublicTree(database.reader)
        self._places = places
        self._spelling = spelling
        self._photos = photos
        self._clock = database.clock

    async def categories(self) -> Sequence[PublicCategory]:
        """Return all categories in the order to show; the tree is in their `parent_id`."""
        return await self._tree.rows()

    async def get(self, service_id: UUID) -> ServiceDetails:
        row = await self._repository.find(service_id)
        if row is None:
            raise NotFound
        return ServiceDetails(row, await self._photos.shown(service_id))

    async def covers(self, service_ids: Collection[UUID]) -> Mapping[UUID, ShownPhoto]:
        """Return the first photo of each of these services, which the catalogue shows, by their ids."""
        return await self._photos.first(service_ids)

    async def some(self, service_ids: Collection[UUID]) -> Mapping[UUID, CatalogueRow]:
        """Return those of the services that are published now, by their ids."""
        rows = await self._repository.some(service_ids) if service_ids else ()
        return {row["id"]: row for row in rows}

    async def filters(
        self,
        *,
        text: str | None,
        category: str | None,
        pricing: PricingKind | None,
        currency: str | None,
        min_price: int | None,
        max_price: int | None,
        near: str | None,
        place_id: UUID | None,
        radius_km: int | None,
        include_remote: bool,
        verified: bool,
        min_rating: int | None,
        between: tuple[datetime, datetime] | None = None,
    ) -> Filters:
        """Return the filters of these parameters; `between` selects services first published in that time."""
        return Filters(
            category=category,
            pricing=pricing,
            currency=currency,
            min_price=min_price,
            max_price=max_price,
            words=None if text is None else tokenize_query(text),
            near=await self.near(
                None if near is None else point_of(near), place_id, radius_km=radius_km, include_remote=include_remote
            ),
            between=between,
            verified=self._clock.now().date() if verified else None,
            min_rating=min_rating,
        )

    async def near(
        self, point: Point | None, place_id: UUID | None, *, radius_km: int | None, include_remote: bool
    ) -> Nearby | None:
        """Return the circle that was asked about; refuse two centres, none for a radius, and an unknown place."""
        if point is not None and place_id is not None:
            raise two_points()
        if place_id is not None:
            place = await self._places.find(place_id)
            if place is None:
                raise unknown_place()
            point = place["latitude"], place["longitude"]
        if point is not None:
            return Nearby(point, RADIUS_MAX_KM if radius_km is None else radius_km, include_remote)
        if radius_km is not None:
            raise point_needed("radius_km")
        if include_remote:
            raise point_needed("include_remote")
        return None

    def check(self, filters: Filters, sort: CatalogueSort) -> None:
        """Refuse prices without a currency, relevance without words, and distance without a point."""
        if sort is CatalogueSort.RELEVANCE and filters.words is None:
            raise words_needed()
        if sort is CatalogueSort.NEAREST and filters.near is None:
            raise point_needed("sort")
        if filters.currency is not None:
            return
        comparing = {
            "min_price_minor": filters.min_price is not None,
            "max_price_minor": filters.max_price is not None,
            "sort": sort in PRICE_SORTS,
        }
        if any(comparing.values()):
            raise currency_needed([name for name, compares in comparing.items() if compares])

    async def page(
        self, filters: Filters, sort: CatalogueSort, *, after: tuple[datetime | float, UUID] | None, limit: int
    ) -> Page[CatalogueRow]:
        """Return a page in an order by columns, of filters that were checked; `ranked` is for relevance."""
        if filters.words == ():
            return Page(())
        return Page.of(await self._repository.page(filters, sort, after=after, limit=fetched(limit)), limit)

    async def ranked(self, filters: Filters, *, after: Rank | None, limit: int) -> Page[tuple[Rank, RankedRow]]:
        """Return a page of the best COUNTED matches of filters with words, each with its place."""
        return await self._repository.ranked(filters, after=after, limit=limit)

    async def correct(self, text: str) -> str | None:
        """Return the text with words that no listing has corrected; None where there is nothing to correct."""
        return await self._spelling.correct(Lexicon.LISTINGS, text)

    async def count(self, filters: Filters) -> int:
        if filters.words == ():
            return 0
        return await self._repository.count(filters)

    async def find_category(self, slug: str) -> UUID | None:
        """Return the id of the category that the slug leads to."""
        return await self._tree.find(slug)

    async def of_business(
        self, profile_id: UUID, category: str | None, *, after: Moment | None, limit: int
    ) -> Page[CatalogueRow]:
        """Return a page of the services of a business, in a category or below it, the newest first."""
        return await self.page(
            Filters(profile_id=profile_id, category=category), CatalogueSort.NEWEST, after=after, limit=limit
        )

    async def count_of_business(self, profile_id: UUID, category: str | None) -> int:
        return await self.count(Filters(profile_id=profile_id, category=category))

    async def facets(self, filters: Filters) -> Facets:
        """Count what each choice of a filter would leave, the filter itself left out of its own counts.

        Without a text, a place and a licence, an index holds each choice, and a count of it stops at a thousand. Of
        frequent words, bits may tell all counts. Otherwise the matches are fetched and counted together, as many as
        LOOKED_THROUGH.
        """
        tree = {row["id"]: row for row in await self.categories()}
        chosen = None if filters.category is None else await self.find_category(filters.category)
        is_unknown = filters.category is not None and chosen is None
        below = [row for row in tree.values() if row["parent_id"] == chosen and not is_unknown]
        bands = [band for band in PRICE_BANDS if filters.currency is not None]
        unbounded, any_rating = replace(filters, min_price=None, max_price=None), replace(filters, min_rating=None)
        categories = {row["id"]: replace(filters, category=row["slug"]) for row in below}
        kinds = {kind: replace(filters, pricing=kind) for kind in PricingKind}
        prices = {band: replace(unbounded, min_price=band[0], max_price=band[1]) for band in bands}
        ratings = {stars: replace(any_rating, min_rating=stars) for stars in RATINGS}
        each = [*categories.values(), *kinds.values(), *prices.values(), *ratings.values()]
        tallies = _Tallies(self._repository, await self._repository.counts(each))
        return Facets(
            categories=await tallies.of(
                filters, categories, lambda row: _ancestor_below(tree, row["category_id"], chosen)
            ),
            pricing=await tallies.of(
                replace(filters, pricing=None), kinds, lambda row: PricingKind(row["pricing_kind"])
            ),
            prices=await tallies.of(
                unbounded, prices, lambda row: None if row["band"] is None else PRICE_BANDS[row["band"]]
            ),
            # Each such choice has those above it in it.
            ratings=await tallies.of(
                any_rating,
                ratings,
                lambda row: next((stars for stars in RATINGS if row["rating_tenths"] >= 10 * stars), None),
                nested=True,
            ),
            category_rows=tree,
        )

    async def suggest(self, text: str) -> Suggestions:
        """Return categories and businesses that have all words typed so far in their names, and the best services."""
        words = tokenize_query(text)
        if not words:
            return Suggestions((), (), ())
        # Somebody has just begun the next word.
        if len(words) > 1 and not allows_prefix(words[-1]):
            words = words[:-1]
        categories = [row for row in await self.categories() if _has_words(row["name"], words)]
        page = await self.ranked(Filters(words=words), after=None, limit=RANKED_FOR_SUGGESTIONS)
        services: dict[str, RankedRow] = {}
        for _, row in page.items:
            services.setdefault(name_key(row["title"]), row)
        providers = await self._repository.named(words, limit=SUGGESTED)
        return Suggestions(categories[:SUGGESTED], [*services.values()][:SUGGESTED], providers)


class _Tallies:
    """Counts choices: by bits, by an index, or among the matches, which are fetched once for several filters."""

    def __init__(self, repository: CatalogueRepository, by_bits: Mapping[Filters, int] | None) -> None:
        self._repository = repository
        self._by_bits = by_bits
        self._search: PlannedSearch | None = None
        self._fetched: dict[Filters, Sequence[FacetRow]] = {}

    async def of[K](
        self,
        filters: Filters,
        choices: Mapping[K, Filters],
        choice_of: Callable[[FacetRow], K | None],
        *,
        nested: bool = False,
    ) -> Mapping[K, Tally]:
        """Count each choice; of choices that are `nested`, what is in one is in each that comes after it."""
        if not choices or filters.words == ():
            return dict.fromkeys(choices, Tally(0, capped=False))
        if self._by_bits is not None:
            return {choice: _tally(self._by_bits[left]) for choice, left in choices.items()}
        if filters.words is None and filters.near is None and filters.verified is None:
            return {choice: _tally(await self._repository.count(left)) for choice, left in choices.items()}
        if filters not in self._fetched:
            # The same for all: they have the same words.
            self._search = self._search or await self._repository.plan(filters, titles=3)
            self._fetched[filters] = await self._repository.facets(filters, self._search)
        found: Counter[K | None] = Counter()
        for row in self._fetched[filters]:
            found[choice_of(row)] += row["total"]
        counts = [found[choice] for choice in choices]
        counts = [*accumulate(counts)] if nested else counts
        is_cut = found.total() > LOOKED_THROUGH
        return {choice: _tally(count, is_cut=is_cut) for choice, count in zip(choices, counts, strict=True)}


def _ancestor_below(tree: Mapping[UUID, PublicCategory], category_id: UUID, top: UUID | None) -> UUID | None:
    """Return the category directly below `top` that the category is or is filed under."""
    here: UUID | None = category_id
    while here is not None and (row := tree.get(here)) is not None:
        if row["parent_id"] == top:
            return here
        here = row["parent_id"]
    return None


def _tally(count: int, *, is_cut: bool = False) -> Tally:
    return Tally(min(count, COUNTED), capped=is_cut or capped(count)["total_capped"])


def _has_words(name: str, words: Sequence[str]) -> bool:
    """Return whether each of the words is the beginning of one of the name's, as a search would find it."""
    own = tokenize_document(name).split()
    return all(any(one.startswith(word) if allows_prefix(word) else one == word for one in own) for word in words)
