"""Rules of a database that is distributed over several servers, as Citus has them, for the tables that there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import ForeignKeyConstraint, MetaData, PrimaryKeyConstraint, Table, UniqueConstraint

REFERENCE: Final = "reference"
LOCAL: Final = "local"
# Before a key that is not a column yet.
ADDED: Final = "+"


def is_distributed(place: str) -> bool:
    """Return whether a table is spread by a key, instead of being whole somewhere."""
    return place not in {REFERENCE, LOCAL}


def violations(metadata: MetaData, places: Mapping[str, str]) -> set[str]:
    """Return the constraints that could not be kept, by name, where each table is at its place.

    A place is the column by whose value rows are spread, `+column` for one that has to be added, `reference` for a copy
    on each server, or `local` for one server.
    """
    return {
        f"{table.fullname}.{name}"
        for table in metadata.tables.values()
        for name in (*_uniques(table, places[table.fullname]), *_references(table, places))
    }


def _uniques(table: Table, place: str) -> Iterator[str]:
    """Yield what is unique without the key: servers know their own rows only."""
    if not is_distributed(place):
        return
    for constraint in table.constraints:
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint) and place not in constraint.columns:
            yield str(constraint.name)
    for index in table.indexes:
        if index.unique and place not in index.columns:
            yield str(index.name)


def _references(table: Table, places: Mapping[str, str]) -> Iterator[str]:
    """Yield references to rows that may be on another server."""
    for constraint in table.foreign_key_constraints:
        here, there = places[table.fullname], places[constraint.referred_table.fullname]
        if there == REFERENCE or (here == LOCAL and there == LOCAL):
            continue
        if not (is_distributed(here) and is_distributed(there) and _leads_by_key(constraint, here, there)):
            yield str(constraint.name)


def _leads_by_key(constraint: ForeignKeyConstraint, here: str, there: str) -> bool:
    return any(element.parent.name == here and element.column.name == there for element in constraint.elements)
