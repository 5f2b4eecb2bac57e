"""Statements on ratings."""

from typing import Final
from uuid import UUID

from sqlalchemy import Integer, bindparam, update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.statements import Command
from impl.kernel.tables import core_table
from impl.kernel.upserts import Upsert, UpsertInsert
from impl.marketplace.capabilities.ratings.tables import FirstRating, Rating, RatingChange, Sums

_TABLE: Final = core_table(Rating)
_SUMS: Final = tuple(Sums.__annotations__)


def _count(insert: UpsertInsert) -> Command[FirstRating]:
    """Insert the first sums of a provider, or add to those that are there, in one statement."""
    values = insert.excluded
    return Command(
        insert.on_conflict_do_update(
            index_elements=[_TABLE.c.provider_id],
            set_={name: _TABLE.c[name] + values[name] for name in _SUMS} | {"updated_at": values.updated_at},
        ),
        FirstRating,
    )


_COUNT: Final = Upsert(_TABLE, _count)
_CHANGE: Final = Command(
    update(_TABLE)
    .where(_TABLE.c.provider_id == bindparam("whose"))
    .values({name: _TABLE.c[name] + bindparam(f"more_{name}", type_=Integer) for name in _SUMS}),
    RatingChange,
)


class RatingRepository:
    async def count(self, tx: AsyncSession, first: FirstRating) -> None:
        """Add a review to the sums, which may not be there yet."""
        await _COUNT.on(tx).run(tx, first)

    async def change(self, tx: AsyncSession, provider_id: UUID, change: RatingChange, more: Sums) -> None:
        """Add these numbers, which may be negative, to sums that are there."""
        binds = {f"more_{name}": number for name, number in more.items()}
        await _CHANGE.run(tx, change, whose=provider_id, **binds)
