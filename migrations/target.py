"""Tables as the engines have them, with which Alembic compares what the migrations make.

Alembic runs env.py anew for each command; a process copies the tables once.
"""

import importlib
import pkgutil
from functools import cache

from sqlalchemy import BLANK_SCHEMA, MetaData

import impl
from impl.kernel.tables import Table


def load_tables() -> None:
    """Import every module that maps a table: what is not imported would look as if it had been dropped."""
    for module in pkgutil.walk_packages(impl.__path__, "impl."):
        if module.name.startswith("impl.kernel.") or module.name.endswith(".tables"):
            importlib.import_module(module.name)


def without_schemas(metadata: MetaData) -> MetaData:
    """Copy the tables for SQLite, which has no schemas."""
    plain = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.tables.values():
        copy = table.to_metadata(plain, schema=None, referred_schema_fn=lambda *_: BLANK_SCHEMA)  # type: ignore[arg-type]  # None: as the target
        for column in copy.columns:
            # SQLite numbers rows by itself and has no word for it.
            if column.identity is not None:
                column.identity = column.server_default = None
    return plain


@cache
def target(dialect: str) -> MetaData:
    """Return all tables as the engine has them."""
    load_tables()
    return without_schemas(Table.metadata) if dialect == "sqlite" else Table.metadata
