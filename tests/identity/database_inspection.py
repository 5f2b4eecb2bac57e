"""Inspection of the service's database, for rows that must or must not be there."""

from __future__ import annotations

import re
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, bindparam, event, text
from sqlalchemy.types import Uuid

from impl.kernel.engines.sqlite_connections import Driver

if TYPE_CHECKING:
    from tests.harness.service import Service

_SCHEMA = re.compile(r"\b(identity|marketplace|operations)\.")

type Row = Mapping[str, Any]


async def rows(service: Service, sql: str, **binds: object) -> Sequence[Row]:
    """Return the rows of a statement; schemas are left out where the engine has none."""
    plain = _SCHEMA.sub("", sql) if service.engine == "sqlite" else sql
    statement = text(plain).bindparams(
        *(bindparam(name, type_=Uuid()) for name, value in binds.items() if isinstance(value, UUID))
    )
    async with service.services.database.begin() as tx:
        found = await tx.execute(statement, binds)
        is_read = sql.lstrip().upper().startswith("SELECT")
        return [dict(row) for row in found.mappings()] if is_read else []


async def account_row(service: Service, email: str) -> Row:
    found = await rows(service, "SELECT * FROM identity.users WHERE email_key = :key", key=email.lower())
    assert len(found) == 1
    row = dict(found[0])
    # SQLite keeps ids as text.
    row["id"] = row["id"] if isinstance(row["id"], UUID) else UUID(row["id"])
    return row


async def everything(service: Service) -> str:
    """Return the whole database as text, to look for what must not be in it."""
    if service.engine == "sqlite":
        tables = await rows(service, "SELECT name AS name FROM sqlite_master WHERE type = 'table'")
        names = [row["name"] for row in tables]
    else:
        tables = await rows(
            service,
            "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables "
            "WHERE table_schema IN ('identity', 'operations', 'marketplace')",
        )
        names = [row["name"] for row in tables]
    parts = []
    for name in names:
        parts += [str(row) for row in await rows(service, f"SELECT * FROM {name}")]  # noqa: S608 - our own names
    return "\n".join(parts)


async def statements(act: Callable[[], Awaitable[object]]) -> list[str]:
    """Record the statements of this thread; the service under test runs in another one.

    Those of PostgreSQL's reader are not heard.
    """
    here, said = threading.get_ident(), list[str]()
    fetch = Driver.fetch

    def hear(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if threading.get_ident() == here:
            said.append(statement)

    async def hear_read(driver: Driver, statement: str, values: Sequence[object]) -> list[dict[str, Any]]:
        hear(None, None, statement)
        return await fetch(driver, statement, values)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Driver, "fetch", hear_read)
            await act()
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    return said
