"""Handlers of the businesses' public pages."""

from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.providers import (
    AbstractProvidersHandlers,
    GetProviderMovedPermanently,
    GetProviderOk,
    ListServicesOfProviderMovedPermanently,
    ListServicesOfProviderOk,
    SearchProvidersOk,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, Moment, Position, capped
from impl.kernel.words import tokenize_query
from impl.marketplace.capabilities.geography.service import kilometres, point_of
from impl.marketplace.capabilities.geography.wire import COUNTRIES
from impl.marketplace.capabilities.pictures.wire import photo_to_wire
from impl.marketplace.capabilities.ratings.service import UNRATED, RatingRow, Sums, mean
from impl.marketplace.capabilities.relevance.service import RANK_LENGTH, Rank
from impl.marketplace.capabilities.spelling.service import Found, search_corrected
from impl.marketplace.catalogue.tables import CatalogueRow
from impl.marketplace.catalogue.wire import Cards, listed_to_wire
from impl.marketplace.providers.service import Filters, ProvidersService, Shown, moved_to
from impl.marketplace.providers.tables import (
    CardRow,
    LicenceRow,
    ProviderSort,
    TownColumns,
)
from impl.marketplace.verifications.tables import CardColumns, VerificationKind
from openapi.runtime.dates import http_date

EXCERPT = 240


def _rating(row: Sums | None) -> replies.Rating:
    row = UNRATED if row is None else row
    return {
        "average": mean(row["star_sum"], row["review_count"]),
        "review_count": row["review_count"],
        "punctuality": mean(row["punctuality_sum"], row["punctuality_count"]),
        "quality": mean(row["quality_sum"], row["quality_count"]),
        "value": mean(row["value_sum"], row["value_count"]),
    }


def _town(row: TownColumns) -> replies.Place | None:
    place_id, kind, name, country = row["town_id"], row["town_kind"], row["town_name"], row["town_country"]
    latitude, longitude = row["town_latitude"], row["town_longitude"]
    if place_id is None or kind is None or name is None or country is None or latitude is None or longitude is None:
        return None
    return {
        "id": place_id,
        "kind": models.PlaceKind(kind),
        "name": name,
        "locality": row["town_locality"],
        "admin_area": row["town_admin_area"],
        "country": COUNTRIES[country],
        "coordinates": {"latitude": latitude, "longitude": longitude},
    }


def _is_verified(shown: Shown) -> bool:
    return any(licence["kind"] == VerificationKind.LICENCE for licence in shown.licences)


def _excerpt(about: str | None) -> str | None:
    """Return the beginning of a text, cut between two words where there are any."""
    if about is None:
        return None
    line = " ".join(about.split())
    if len(line) <= EXCERPT:
        return line
    return f"{line[: EXCERPT - 1].rpartition(' ')[0] or line[: EXCERPT - 1]}…"


def _licence(row: LicenceRow) -> replies.VerifiedLicence:
    kind = models.VerificationKind(row["kind"])
    return {
        "kind": kind,
        "title": row["title"],
        "number": row["number"] if kind is models.VerificationKind.LICENCE else None,
        "authority": row["authority"],
        "country": COUNTRIES[row["country"]],
        "admin_area": row["admin_area"],
        "expires_date": row["expires_date"],
    }


def _card(row: CardRow, rating: RatingRow | None, photo: replies.PublicPhoto | None) -> replies.ProviderCard:
    return {
        "id": row["id"],
        "slug": row["slug"],
        "business_name": row["business_name"],
        "excerpt": _excerpt(row["about"]),
        "base_town": _town(row),
        "service_radius_km": row["service_radius_km"],
        "distance_km": None if row["nearness"] is None else kilometres(row["nearness"]),
        "rating": _rating(rating),
        "is_verified": row["is_verified"],
        "photo": photo,
        "member_since_date": row["created_at"].date(),
        "published_at": row["published_at"],
    }


def _position(row: CardRow, sort: ProviderSort) -> Position:
    match sort:
        case ProviderSort.NAME:
            return [row["sort_key"], str(row["id"])]
        case ProviderSort.NEAREST:
            return [row["nearness"], str(row["id"])]
        case ProviderSort.BEST_RATED:
            return [row["rating_rank"], str(row["id"])]
        case _:
            return [row["published_at"].isoformat(), str(row["id"])]


def _after(last: Position | None, sort: ProviderSort) -> tuple[datetime | float | str, UUID] | None:
    if last is None:
        return None
    value, last_id = last
    match sort:
        case ProviderSort.NAME:
            return str(value), UUID(str(last_id))
        case ProviderSort.NEAREST:
            return float(str(value)), UUID(str(last_id))
        case ProviderSort.BEST_RATED:
            return int(str(value)), UUID(str(last_id))
        case _:
            return datetime.fromisoformat(str(value)), UUID(str(last_id))


def _moment_of(row: CatalogueRow) -> Moment:
    return row["published_at"], row["id"]


def _with_text(filters: Filters | None, text: str) -> Filters | None:
    return None if filters is None else replace(filters, words=tokenize_query(text))


class ProvidersHandlers(AbstractProvidersHandlers[Caller, AnonymousClient]):
    def __init__(self, service: ProvidersService, cursors: Cursors, *, cards: Cards) -> None:
        """Take the dependencies; `cards` returns what a list of services shows of businesses beside their names."""
        self._service = service
        self._cursors = cursors
        self._cards = cards

    def _groups(self, shown: Shown) -> list[replies.ProviderServiceGroup]:
        groups: list[replies.ProviderServiceGroup] = []
        card: CardColumns = {
            "town_name": shown.row["town_name"],
            "town_latitude": shown.row["town_latitude"],
            "town_longitude": shown.row["town_longitude"],
            "review_count": None if shown.rating is None else shown.rating["review_count"],
            "is_verified": _is_verified(shown),
        }
        cards = {shown.row["id"]: card}
        for _, group in groupby(shown.services, key=lambda service: service[1]["category_id"]):
            members = list(group)
            items = [listed_to_wire(row, shown.covers.get(row["id"]), cards) for _, row in members]
            groups.append(
                {"category": items[0]["category"], "services_count": members[0][0]["in_category"], "items": items}
            )
        return groups

    def _page(self, shown: Shown) -> replies.PublicProvider:
        row, groups = shown.row, self._groups(shown)
        return {
            "id": row["id"],
            "slug": row["slug"],
            "business_name": row["business_name"],
            "about": row["about"],
            "website": row["website"],
            "base_town": _town(row),
            "service_radius_km": row["service_radius_km"],
            "rating": _rating(shown.rating),
            "is_verified": _is_verified(shown),
            "licences": [_licence(licence) for licence in shown.licences],
            "photos": [photo_to_wire(photo) for photo in shown.photos],
            "response_minutes": shown.response_time.minutes,
            "services_count": sum(group["services_count"] for group in groups),
            "services": groups,
            "member_since_date": row["created_at"].date(),
            "published_at": row["published_at"],
        }

    @override
    async def search_providers(
        self,
        client: AnonymousClient,
        *,
        q: str | None,
        category: str | None,
        near: str | None,
        place: UUID | None,
        radius_km: int | None,
        include_remote: bool,
        verified: bool,
        min_rating: int | None,
        sort: models.ProviderSort | None,
        verbatim: bool,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> SearchProvidersOk:
        circle = await self._service.near(
            None if near is None else point_of(near), place, radius_km=radius_km, include_remote=include_remote
        )
        words = None if q is None else tokenize_query(q)
        default = ProviderSort.NEWEST if q is None else ProviderSort.RELEVANCE
        order = default if sort is None else ProviderSort(sort)
        self._service.check(order, has_words=words is not None, has_point=circle is not None)
        filters = await self._service.filters(category, words, circle, verified=verified, min_rating=min_rating)
        scope = f"searchProviders {order} {verbatim} {filters and filters.cursor_scope()}"
        found = await search_corrected(
            filters,
            None if verbatim else q,
            None if cursor is None else self._cursors.decode(cursor, scope=scope),
            length=RANK_LENGTH if order is ProviderSort.RELEVANCE else 2,
            with_text=_with_text,
            look=lambda filters, last: self._found(filters, order, last, limit),
            correct=self._service.correct,
        )
        following = found.page.following
        total = await self._service.count(found.filters) if include_total else None
        ids = [row["id"] for row in found.page.rows]
        covers, ratings = await self._service.covers(ids), await self._service.ratings(ids)
        photos = {subject_id: photo_to_wire(photo) for subject_id, photo in covers.items()}
        return SearchProvidersOk(
            {
                "items": [_card(row, ratings.get(row["id"]), photos.get(row["id"])) for row in found.page.rows],
                "corrected_query": found.text,
                "next_cursor": None if following is None else self._cursors.encode(following, scope=scope),
                **capped(total),
            }
        )

    async def _found(
        self, filters: Filters | None, order: ProviderSort, last: Position | None, limit: int
    ) -> Found[CardRow]:
        if order is ProviderSort.RELEVANCE:
            ranked = await self._service.ranked(filters, after=None if last is None else Rank.at(last), limit=limit)
            following = ranked.items[-1][0].position() if ranked.more else None
            return Found([row for _, row in ranked.items], following)
        page = await self._service.page(filters, order, after=_after(last, order), limit=limit)
        return Found(page.items, _position(page.items[-1], order) if page.more else None)

    @override
    async def get_provider(self, client: AnonymousClient, *, slug: str) -> GetProviderOk | GetProviderMovedPermanently:
        shown = await self._service.get(slug)
        if shown.row["slug"] != slug:
            return GetProviderMovedPermanently(location=policies.GET_PROVIDER.path.format(slug=shown.row["slug"]))
        return GetProviderOk(self._page(shown), last_modified=http_date(shown.changed_at))

    @override
    async def list_services_of_provider(
        self,
        client: AnonymousClient,
        *,
        slug: str,
        category: str | None,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListServicesOfProviderOk | ListServicesOfProviderMovedPermanently:
        provider = await self._service.get_slug(slug)
        if provider["slug"] != slug:
            location = moved_to(
                policies.LIST_SERVICES_OF_PROVIDER.path,
                provider["slug"],
                category=category,
                limit=limit,
                cursor=cursor,
                include_total=include_total,
            )
            return ListServicesOfProviderMovedPermanently(location=location)
        # The business's id and not its slug, so that a cursor outlives another name.
        scope = f"listServicesOfProvider {provider['id']} {category}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page = await self._service.offers(provider["id"], category, after=after, limit=limit)
        total = await self._service.count_offers(provider["id"], category) if include_total else None
        covers = await self._service.covers([row["id"] for row in page.items])
        cards = await self._cards([provider["id"]] if page.items else ())
        return ListServicesOfProviderOk(
            {
                "items": [listed_to_wire(row, covers.get(row["id"]), cards) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment_of, scope=scope),
                **capped(total),
            }
        )
