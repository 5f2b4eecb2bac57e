"""Queries of the sitemap: what is public, by the number that its row of words keeps."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.marketplace.capabilities.listings.tables import Listing
from impl.marketplace.capabilities.pages.tables import ProviderPage
from impl.marketplace.capabilities.search.tables import ListingText
from impl.marketplace.photos.tables import PhotoSet
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile
from impl.operations.capabilities.sitemap.tables import NumberRow, ProviderAddress, ServiceAddress


def _part[S: Select[*tuple[Any, ...]]](statement: S, number: InstrumentedAttribute[int]) -> S:
    low, high = bindparam("low", type_=BigInteger), bindparam("high", type_=BigInteger)
    return statement.where(number > low, number <= high).order_by(number)


_LISTED: Final = (
    select(ListingText.number)
    .join(Listing, Listing.service_id == ListingText.service_id)
    .join(ProviderProfile, ProviderProfile.id == Listing.profile_id)
    .where(Listing.live, VISIBLE)
)
_SHOWN: Final = (
    select(ProviderPage.number)
    .join(ProviderProfile, ProviderProfile.id == ProviderPage.profile_id)
    .where(ProviderPage.live, VISIBLE)
)
NEXT_PAGE: Final = Query(
    _SHOWN.where(ProviderPage.number > bindparam("low", type_=BigInteger)).order_by(ProviderPage.number).limit(1),
    NumberRow,
)
NEXT_SERVICE: Final = Query(
    _LISTED.where(ListingText.number > bindparam("low", type_=BigInteger)).order_by(ListingText.number).limit(1),
    NumberRow,
)
PAGE_PART: Final = Query(
    _part(
        _SHOWN.with_only_columns(
            ProviderProfile.slug,
            ProviderProfile.updated_at.label("changed_at"),
            PhotoSet.changed_at.label("photos_changed_at"),
            ProviderProfile.verifications_changed_at,
        ).outerjoin(PhotoSet, PhotoSet.subject_id == ProviderProfile.id),
        ProviderPage.number,
    ),
    ProviderAddress,
)
SERVICE_PART: Final = Query(
    _part(
        _LISTED.with_only_columns(
            Listing.service_id.label("id"),
            Listing.updated_at.label("changed_at"),
            PhotoSet.changed_at.label("photos_changed_at"),
        ).outerjoin(PhotoSet, PhotoSet.subject_id == Listing.service_id),
        ListingText.number,
    ),
    ServiceAddress,
)


class SitemapRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def next_page(self, low: int) -> int | None:
        """Return the number of the first public page beyond this one."""
        row = await self._reader.first(NEXT_PAGE, low=low)
        return None if row is None else row["number"]

    async def next_service(self, low: int) -> int | None:
        """Return the number of the first published service beyond this one."""
        row = await self._reader.first(NEXT_SERVICE, low=low)
        return None if row is None else row["number"]

    async def pages_between(self, low: int, high: int) -> Sequence[ProviderAddress]:
        return await self._reader.all(PAGE_PART, low=low, high=high)

    async def services_between(self, low: int, high: int) -> Sequence[ServiceAddress]:
        return await self._reader.all(SERVICE_PART, low=low, high=high)
