"""INSERT with ON CONFLICT, for which SQLAlchemy has a class of each dialect, though both engines take the same."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

type UpsertInsert = postgresql.Insert | sqlite.Insert

_INSERTS: Final[dict[str, Callable[..., UpsertInsert]]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


class Upsert[BuiltT]:
    """Statement, or a command with it, that was built once for each engine."""

    def __init__(self, table: Table, build: Callable[[UpsertInsert], BuiltT]) -> None:
        """Take the table, and the function that makes the statement from an INSERT into it."""
        self._built = {name: build(insert(table)) for name, insert in _INSERTS.items()}

    def on(self, tx: AsyncSession) -> BuiltT:
        """Return the statement for the engine of a transaction."""
        return self._built[tx.get_bind().dialect.name]


def upsert_into(tx: AsyncSession, table: Table | type[DeclarativeBase]) -> Any:  # noqa: ANN401 - either dialect's
    """Return an INSERT to which ON CONFLICT may be added, for the engine of a transaction."""
    return _INSERTS[tx.get_bind().dialect.name](table)
