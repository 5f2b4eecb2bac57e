"""Favourites of the demo: what its first homeowner keeps."""

from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from impl.demo.accounts import Demo
from impl.demo.rows import FAVOURITES, PROFILES, SERVICES, Values, add, numbered
from impl.marketplace.favourites.tables import Favourite, FavouriteKind

# The fourth service of a provider with a known password is paused: an example of what is not available.
_KEPT: Final = (
    (FavouriteKind.SERVICE, SERVICES),
    (FavouriteKind.PROVIDER, PROFILES),
    (FavouriteKind.SERVICE, SERVICES + 3),
    (FavouriteKind.SERVICE, SERVICES + 5),
    (FavouriteKind.PROVIDER, PROFILES + 4),
)


async def fill(tx: AsyncSession, demo: Demo) -> None:
    keeper = demo.those_with("HOMEOWNER")[0]
    rows: list[Values] = [
        {
            "id": numbered(FAVOURITES + number),
            "owner_id": keeper.id,
            "kind": kind,
            "subject_id": numbered(subject),
            "created_at": demo.now - timedelta(days=20 - number),
        }
        for number, (kind, subject) in enumerate(_KEPT)
    ]
    await add(tx, Favourite, rows)
