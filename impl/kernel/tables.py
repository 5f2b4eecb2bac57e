"""Base of all mapped classes: naming, the columns of every row, and types that mean the same on both engines."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, override
from uuid import UUID

from sqlalchemy import JSON, DateTime, Enum, Integer, MetaData, Uuid
from sqlalchemy import Table as PlainTable
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from impl.kernel.ids import new_id

__all__ = [
    "NAMING",
    "SCHEMAS",
    "Json",
    "Stamped",
    "Table",
    "UtcDateTime",
    "Uuid",
    "core_table",
    "enum_column",
    "enum_values",
]

# Schemas on PostgreSQL; on SQLite the same tables have no schema.
SCHEMAS = ("identity", "marketplace", "operations")

# Names of constraints: generated ones differ between engines, and a migration can only drop what it can name.
NAMING = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

_ENUM_LENGTH = 32


class UtcDateTime(TypeDecorator[datetime]):
    """Instant: aware UTC in Python, timestamptz in PostgreSQL, UTC text in SQLite; naive values are refused."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = DateTime(timezone=True)
    cache_ok: bool | None = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    @override
    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        # PostgreSQL's driver returns aware UTC: without a processor, rows pass unchanged.
        return super().result_processor(dialect, coltype) if dialect.name == "sqlite" else None

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


Json: TypeEngine[Any] = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def enum_values(enum: type[StrEnum]) -> list[str]:
    return [member.value for member in enum]


def enum_column(enum: type[StrEnum], *, name: str | None = None) -> Enum:
    """Make a text column that holds the enum's values only, by a CHECK: a native type cannot lose a value again.

    The CHECK is named for the enum; a table's second column of the same enum needs a name of its own.
    """
    return Enum(
        enum,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=_ENUM_LENGTH,
        values_callable=enum_values,
        name=name or enum.__name__.lower(),
    )


class Table(DeclarativeBase):
    """Base of mapped classes; they name their schema in `__table_args__`, and SQLite leaves it out."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {datetime: UtcDateTime(), UtcDateTime: UtcDateTime(), UUID: Uuid()}


def core_table(mapped: type[Table]) -> PlainTable:
    """Return the Core table of a mapped class: statements on it, built once, cost a third of the ORM's."""
    table = mapped.__table__
    if not isinstance(table, PlainTable):
        raise TypeError(f"{mapped.__name__} is not mapped to a table")
    return table


class Stamped:
    """Columns of every resource: its id, its times and the version from which its ETag is made."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-1)
    created_at: Mapped[datetime] = mapped_column(sort_order=1)
    updated_at: Mapped[datetime] = mapped_column(sort_order=1)
    version: Mapped[int] = mapped_column(Integer, default=1, sort_order=1)
