"""Requests that are measured on many listings: one of each kind of list and search, by the number of its round."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

from bench.search_seed import keeper_of, name_of, saver_of, slug_of
from impl.kernel.clock import SystemClock
from impl.kernel.words import tokenize_query
from impl.marketplace.capabilities.geography.service import Nearby
from impl.marketplace.capabilities.listings.tables import PricingKind
from impl.marketplace.capabilities.pictures.service import PictureAddresses, PictureFiles
from impl.marketplace.capabilities.response_times.service import ResponseTimes
from impl.marketplace.capabilities.spelling.service import SpellingService
from impl.marketplace.catalogue.service import CatalogueService
from impl.marketplace.catalogue.tables import CatalogueSort, Filters
from impl.marketplace.favourites.service import FavouritesService
from impl.marketplace.photos.service import PhotosService
from impl.marketplace.places.service import PlacesService
from impl.marketplace.providers.repository import Filters as ProviderFilters
from impl.marketplace.providers.service import ProvidersService
from impl.marketplace.providers.tables import ProviderSort
from impl.marketplace.saved_searches.repository import SavedSearchRepository
from impl.marketplace.saved_searches.service import SavedSearchesService

if TYPE_CHECKING:
    from uuid import UUID

    from impl.kernel.caller import Caller
    from impl.kernel.database import Database
    from impl.kernel.paging import Moment
    from impl.kernel.reader import Reader

ROUNDS: Final = 20
PAGE: Final = 20
LATE: Final = 10_000 * PAGE

type Case = Callable[[int], Awaitable[object]]


# Last row before page 10,000 of each list, by its name.
type Late = Mapping[str, tuple[Any, UUID]]


class Marketplace:
    """Services that read by one reader; what needs a transaction or the storage is not measured."""

    def __init__(self, reader: Reader) -> None:
        database = cast("Database", SimpleNamespace(reader=reader, dialect="postgresql", clock=reader.clock))
        spelling, clock = SpellingService(database), SystemClock()
        photos = PhotosService(
            database=database,
            clock=clock,
            files=PictureFiles(cast("Any", None), cast("Any", None)),
            addresses=PictureAddresses(clock=clock, secret_key=b"bench", api_url="http://127.0.0.1:8000"),
            inquiries=cast("Any", None),
            inbox=cast("Any", None),
        )
        self.places = PlacesService(database)
        self.catalogue = CatalogueService(database, self.places, spelling, photos)
        self.providers = ProvidersService(database, self.catalogue, spelling, photos, ResponseTimes(database.reader))
        self.favourites = FavouritesService(database, self.catalogue, clock)
        self.saved_searches = SavedSearchesService(
            database=database,
            catalogue=self.catalogue,
            preferences=cast("Any", None),
            clock=clock,
            secret_key=b"bench",
            api_url="",
            app_url="",
        )
        self.due_searches = SavedSearchRepository(reader)


def cases(market: Marketplace, late: Late) -> Mapping[str, Case]:
    """Return a request of each kind, by the number of its round."""
    return {
        **_services(market.catalogue, late),
        **_providers(market.providers, late),
        **_places(market.places),
        **_own(market),
    }


def _words(text: str) -> Filters:
    return Filters(words=tokenize_query(text))


_NEAR: Final = [Nearby((35 + n % 10, -100 + n % 20), 50) for n in range(ROUNDS)]
_RARE: Final = [name_of(7 + n * 13) for n in range(ROUNDS)]
_TYPOS: Final = [word[:2] + word[3:] if len(word) > 4 else word + "x" for word in _RARE]


def _services(catalogue: CatalogueService, late: Late) -> dict[str, Case]:
    async def page(filters: Filters, sort: CatalogueSort, after: tuple[Any, UUID] | None = None) -> object:
        found = await catalogue.page(filters, sort, after=after, limit=PAGE)
        return await catalogue.covers([row["id"] for row in found.items])

    def ranked(filters: Filters) -> Awaitable[object]:
        return catalogue.ranked(filters, after=None, limit=PAGE)

    def listed(name: str, filters: Filters, sort: CatalogueSort) -> dict[str, Case]:
        return {
            f"{name}, page 1": lambda _: page(filters, sort),
            f"{name}, page 10,000": lambda _: page(filters, sort, late[name]),
        }

    group = Filters(category="plumbing")
    today = SystemClock().now().date()
    priced, licensed = Filters(currency="USD"), Filters(verified=today)
    return {
        **listed("newest", Filters(), CatalogueSort.NEWEST),
        **listed("oldest", Filters(), CatalogueSort.OLDEST),
        **listed("cheapest", priced, CatalogueSort.CHEAPEST),
        **listed("dearest", priced, CatalogueSort.DEAREST),
        **listed("best rated", Filters(), CatalogueSort.BEST_RATED),
        **listed("newest of the well rated", Filters(min_rating=4), CatalogueSort.NEWEST),
        **listed("newest of a group", group, CatalogueSort.NEWEST),
        **listed("cheapest of a group", Filters(category="plumbing", currency="USD"), CatalogueSort.CHEAPEST),
        **listed("best rated of a group", group, CatalogueSort.BEST_RATED),
        "newest of those with a licence": lambda _: page(licensed, CatalogueSort.NEWEST),
        "newest, of a currency that nothing has": lambda _: page(
            Filters(pricing=PricingKind.FIXED, currency="JPY"), CatalogueSort.NEWEST
        ),
        "dearest of a group": lambda _: page(Filters(category="plumbing", currency="USD"), CatalogueSort.DEAREST),
        "nearest": lambda n: page(Filters(near=_NEAR[n]), CatalogueSort.NEAREST),
        "relevance, rare word": lambda n: ranked(_words(_RARE[n])),
        "relevance, rare word, with a licence": lambda n: ranked(Filters(words=(_RARE[n],), verified=today)),
        "relevance, frequent word": lambda _: ranked(_words("copper")),
        "relevance, word of all rows": lambda _: ranked(_words("materials")),
        "relevance, two frequent words that never meet": lambda _: ranked(_words("copper marble")),
        "relevance, rare and frequent word": lambda n: ranked(_words(f"{_RARE[n]} copper")),
        "relevance, two beginnings of thousands of words": lambda _: ranked(_words("quin sto")),
        "relevance, one of these and a frequent word": lambda n: ranked(
            _words(("quin copper", "lo copper", "quin marble", "sto copper")[n % 4])
        ),
        "relevance, a word that never meets a filter": lambda _: ranked(
            Filters(words=("copper",), pricing=PricingKind.PER_UNIT)
        ),
        "relevance, the same with a licence": lambda _: ranked(
            Filters(words=("copper",), pricing=PricingKind.PER_UNIT, verified=today)
        ),
        "text that never meets a filter by date": lambda _: page(
            Filters(words=("copper",), pricing=PricingKind.PER_UNIT), CatalogueSort.NEWEST
        ),
        "text and a filter by date": lambda _: page(
            Filters(words=("copper",), pricing=PricingKind.HOURLY), CatalogueSort.NEWEST
        ),
        "facets of a text that never meets a filter": lambda _: catalogue.facets(
            Filters(words=("copper",), pricing=PricingKind.PER_UNIT, currency="USD")
        ),
        "relevance, beginning of words": lambda _: ranked(_words("re")),
        "relevance, other form of a word": lambda _: ranked(_words("plumber")),
        "relevance, text near a point": lambda n: ranked(Filters(words=("copper",), near=_NEAR[n])),
        "relevance, rare word near a point": lambda n: ranked(Filters(words=(_RARE[n],), near=_NEAR[n])),
        "relevance, frequent word of a group": lambda _: ranked(Filters(words=("copper",), category="plumbing")),
        "relevance, word of all rows of a group": lambda _: ranked(Filters(words=("materials",), category="plumbing")),
        "text near a point, nearest": lambda n: page(Filters(words=("copper",), near=_NEAR[n]), CatalogueSort.NEAREST),
        "text, best rated": lambda _: page(_words("copper"), CatalogueSort.BEST_RATED),
        "text by date": lambda _: page(_words("copper"), CatalogueSort.NEWEST),
        "text by date, page 10,000": lambda _: page(_words("copper"), CatalogueSort.NEWEST, late["newest"]),
        "text by price, page 10,000": lambda _: page(
            Filters(words=("copper",), currency="USD"), CatalogueSort.CHEAPEST, late["cheapest"]
        ),
        "text, best rated, page 10,000": lambda _: page(_words("copper"), CatalogueSort.BEST_RATED, late["best rated"]),
        "text that never meets by date": lambda _: page(_words("copper marble"), CatalogueSort.NEWEST),
        "text, place and price": lambda n: page(
            Filters(words=("copper",), near=_NEAR[n], currency="USD"), CatalogueSort.CHEAPEST
        ),
        "total of a text": lambda _: catalogue.count(_words("copper")),
        "total of a text from a price on": lambda _: catalogue.count(
            Filters(words=("copper",), currency="EUR", min_price=60_000)
        ),
        "total of those with a licence": lambda _: catalogue.count(licensed),
        "correction of a typo": lambda n: catalogue.correct(_TYPOS[n]),
        "facets of everything": lambda _: catalogue.facets(priced),
        "facets of the well rated": lambda _: catalogue.facets(Filters(currency="USD", min_rating=4)),
        "facets of those with a licence": lambda _: catalogue.facets(licensed),
        "facets of a frequent word": lambda _: catalogue.facets(Filters(words=("copper",), currency="USD")),
        "facets of a text and three filters": lambda _: catalogue.facets(
            Filters(words=("copper",), currency="USD", category="plumbing", min_rating=4, pricing=PricingKind.HOURLY)
        ),
        "facets of a text with a licence": lambda _: catalogue.facets(Filters(words=("copper",), verified=today)),
        "facets of a rare word": lambda n: catalogue.facets(Filters(words=(_RARE[n],), currency="USD")),
        "facets near a point": lambda n: catalogue.facets(Filters(near=_NEAR[n], currency="USD")),
        "facets of a text near a point": lambda n: catalogue.facets(Filters(words=("copper",), near=_NEAR[n])),
        "facets of a group": lambda _: catalogue.facets(Filters(category="plumbing", currency="USD")),
        "suggestions, a word of all rows": lambda _: catalogue.suggest("materials"),
        "suggestions, two letters": lambda _: catalogue.suggest("re"),
        "suggestions": lambda n: catalogue.suggest(_RARE[n][:3]),
    }


def _providers(providers: ProvidersService, late: Late) -> dict[str, Case]:
    async def page(filters: ProviderFilters, sort: ProviderSort, after: tuple[Any, UUID] | None = None) -> object:
        found = await providers.page(filters, sort, after=after, limit=PAGE)
        return await providers.covers([row["id"] for row in found.items])

    def ranked(text: str) -> Awaitable[object]:
        return providers.ranked(ProviderFilters(words=tokenize_query(text)), after=None, limit=PAGE)

    def listed(name: str, sort: ProviderSort) -> dict[str, Case]:
        return {
            f"{name}, page 1": lambda _: page(ProviderFilters(), sort),
            f"{name}, the last page": lambda _: page(ProviderFilters(), sort, late[name]),
        }

    everyone, licensed = ProviderFilters(), ProviderFilters(verified=True)
    return {
        **listed("providers, newest", ProviderSort.NEWEST),
        **listed("providers, by name", ProviderSort.NAME),
        **listed("providers, best rated", ProviderSort.BEST_RATED),
        "providers, newest with a licence": lambda _: page(licensed, ProviderSort.NEWEST),
        "providers, nearest": lambda n: page(ProviderFilters(near=_NEAR[n]), ProviderSort.NEAREST),
        "providers, relevance, rare word": lambda n: ranked(_RARE[n]),
        "providers, relevance, word of all rows": lambda _: ranked("sons"),
        "providers, relevance near a point": lambda n: providers.ranked(
            ProviderFilters(words=("sons",), near=_NEAR[n]), after=None, limit=PAGE
        ),
        "providers, well rated near a point": lambda n: page(
            ProviderFilters(near=_NEAR[n], min_rating=4), ProviderSort.NEAREST
        ),
        "providers, total": lambda _: providers.count(everyone),
        "providers, total near a point": lambda n: providers.count(ProviderFilters(near=_NEAR[n])),
        "providers, a page": lambda n: providers.get(slug_of(7 + n * 13)),
    }


def _places(places: PlacesService) -> dict[str, Case]:
    towns: Sequence[str] = ("portland", "san", "new york", "s", "münchen", "saint p", "97214", "9", "wien", "lo")
    points = [(35.0 + n % 10, -100.0 + n % 20) for n in range(ROUNDS)]
    return {
        "places, by a beginning": lambda n: places.suggest(towns[n % len(towns)], None),
        "places, of a country": lambda n: places.suggest(towns[n % len(towns)], "US"),
        "places, by a letter": lambda n: places.suggest("skab9"[n % 5], None),
        "places, the nearest town": lambda n: places.nearest_town(points[n]),
    }


def _own(market: Marketplace) -> dict[str, Case]:
    """Return the lists of one person, on tables that hold those of many."""

    def person(user_id: UUID) -> Caller:
        return cast("Caller", SimpleNamespace(user_id=user_id))

    async def second(number: int) -> object:
        keeper = person(keeper_of(number))
        first = await market.favourites.page(keeper, None, after=None, limit=PAGE)
        row = first.items[-1].row
        after: Moment = (row["created_at"], row["id"])
        return await market.favourites.page(keeper, None, after=after, limit=PAGE)

    return {
        "favourites, page 1": lambda n: market.favourites.page(person(keeper_of(n)), None, after=None, limit=PAGE),
        "favourites, pages 1 and 2": second,
        "favourites, total": lambda n: market.favourites.count(person(keeper_of(n)), None),
        "saved searches, page 1": lambda n: market.saved_searches.page(person(saver_of(n)), after=None, limit=PAGE),
        "saved searches, whether a mail is due": lambda _: market.due_searches.has_due(SystemClock().now()),
    }
