"""What each table holds of people, and how it is erased; features declare it beside their tables."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.tables import Table, plain

WITH_ACCOUNT: Final = "as long as its account"
ALWAYS: Final = "as long as the service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One table: how long its rows are kept, which of them are a person's, and what becomes of them.

    Every column is said to be one of four: gone with its row (`removed`), made a value that tells nothing (`blanked`,
    by the person's id), a pseudonym (an id or digest that leads to nobody any more), or impersonal.
    """

    table: type[Table]
    kept: str
    """WITH_ACCOUNT, ALWAYS, or the name of the chore that ends its time."""
    rows: Callable[[UUID], ColumnElement[bool]] | None = None
    """None: nobody's, or removed by the database with the rows that they belong to."""
    removed: bool = False
    blanked: Mapping[str, Callable[[UUID], object]] = field(default_factory=dict)
    pseudonyms: Collection[str] = ()
    impersonal: Collection[str] = ()


class PersonalData:
    """All that is held of people, by table; what refers to something goes before it."""

    def __init__(self, holdings: Iterable[Holding]) -> None:
        by_table = {plain(holding.table).key: holding for holding in holdings}
        order = [table.key for table in reversed(Table.metadata.sorted_tables)]
        self.holdings = [by_table[key] for key in order if key in by_table]

    async def erase(self, tx: AsyncSession, person: UUID) -> None:
        """Remove and blank whatever is the person's, wherever it is."""
        for holding in self.holdings:
            table = plain(holding.table)
            if holding.rows is None:
                continue
            if holding.removed:
                await tx.execute(delete(table).where(holding.rows(person)))
            elif holding.blanked:
                values = {name: value(person) for name, value in holding.blanked.items()}
                await tx.execute(update(table).where(holding.rows(person)).values(**values))
