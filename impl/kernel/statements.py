"""Statements that are built once, at import, with the type of their rows or values."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, cast, overload

import asyncpg
from sqlalchemy import (
    JSON,
    BindParameter,
    Boolean,
    ColumnElement,
    CompoundSelect,
    CursorResult,
    Float,
    Insert,
    Integer,
    Numeric,
    Select,
    SQLColumnExpression,
    Table,
    Update,
    bindparam,
    literal_column,
    select,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import ExternallyTraversible, iterate, replacement_traverse
from sqlalchemy.types import TypeEngine

from impl.kernel.rows import check_rows, check_values
from impl.kernel.tables import SCHEMAS
from impl.kernel.tables import Table as Base

type Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
type ReturningStatement = ReturningInsert[*tuple[Any, ...]] | ReturningUpdate[*tuple[Any, ...]]
# Row as a driver returns it.
type Record = asyncpg.Record | dict[str, Any]
type Processor = Callable[[Any], Any]

# Not a function, whose name a bracket follows at once.
_TABLE = re.compile(rf"\b(?:{'|'.join(SCHEMAS)})\.\w+\b(?!\()")
# SQLite has one schema, of this name.
_IN_ONE_SCHEMA: Mapping[str, Any] = {
    "schema_translate_map": dict.fromkeys(SCHEMAS, "main"),
    "render_schema_translate": True,
}
# Bound on the cached texts of a statement with a literal value or a list: LIMIT is at most 101.
TEXTS_MAX = 128
# Bound on the statements that insert together: there are about as many as transactions and numbers of rows in them.
_SHAPES_MAX = 512


class _Among(FunctionElement[bool]):
    type: TypeEngine[bool] = Boolean()
    inherit_cache: bool | None = True


@compiles(_Among)
def _compile_among(element: _Among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column, query = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY (ARRAY{query})" if compiler.dialect.name == "postgresql" else f"{column} IN {query}"


def among(column: SQLColumnExpression[Any], query: Select[Any]) -> ColumnElement[bool]:
    """Return whether a column is among the values of a query of another table.

    As `in_` is, but PostgreSQL finds the values first: an index of the column serves beside an OR, too.
    """
    return _Among(column, query.scalar_subquery())


class Query[R]:
    """SELECT that is built once, at import, with `bindparam` for all that varies between its uses.

    Its rows are of the type R, a TypedDict that names the columns, or of several where an outer join leaves something
    out. The type is compared with the statement here and never again: at run time rows are as the driver returns them.

    `replanned` makes PostgreSQL plan each use anew, for its own values. A word may be in one row or in most of them,
    and a plan that is kept for any word is a hundred times too slow for some.
    """

    __slots__ = ("_compiled", "replanned", "statement")

    @overload
    def __init__(self, statement: Statement, row: type[R], /, *, replanned: bool = ...) -> None: ...
    @overload
    def __init__[A, B](
        self: "Query[A | B]", statement: Statement, row: type[A], other: type[B], /, *, replanned: bool = ...
    ) -> None: ...
    @overload
    def __init__[A, B, C](
        self: "Query[A | B | C]",
        statement: Statement,
        row: type[A],
        other: type[B],
        third: type[C],
        /,
        *,
        replanned: bool = ...,
    ) -> None: ...
    def __init__(self, statement: Statement, /, *rows: type[Any], replanned: bool = False) -> None:
        check_rows(statement, rows)
        self.statement = statement
        self.replanned = replanned
        self._compiled: dict[str, Compiled] = {}

    def compiled(self, dialect: Dialect) -> "Compiled":
        """Return the statement as compiled for a dialect, which the first use does."""
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = Compiled(self.statement, dialect)
        return compiled

    async def fetch_all(self, tx: AsyncSession, /, **binds: object) -> Sequence[R]:
        """Return all rows as they are in the transaction."""
        return cast("Sequence[R]", (await tx.execute(self.statement, binds)).mappings().all())

    async def fetch_first(self, tx: AsyncSession, /, **binds: object) -> R | None:
        """Return the first row as it is in the transaction, or None when there is none."""
        return cast("R | None", (await tx.execute(self.statement, binds)).mappings().first())

    async def fetch_one(self, tx: AsyncSession, /, **binds: object) -> R:
        """Return the only row in the transaction; the caller knows that it exists."""
        return cast("R", (await tx.execute(self.statement, binds)).mappings().one())


class Command[V: Mapping[str, object]]:
    """INSERT or UPDATE of values of the type V, a TypedDict that names columns; built once, at import.

    The type is compared with the table here: values for a new row name each column that the database does not fill. An
    UPDATE sets the columns that are among the values of each use, beside those that the statement sets itself.
    """

    __slots__ = ("_compiled", "columns", "statement")

    def __init__(self, statement: Insert | Update, values: type[V]) -> None:
        check_values(_table_of(statement), values, is_new=isinstance(statement, Insert))
        self.statement = statement
        self.columns = tuple(values.__annotations__)
        self._compiled: Compiled | None = None

    def compiled(self, dialect: Dialect) -> "Compiled":
        """Return the statement as compiled for a dialect, which the first use does."""
        if self._compiled is None:
            self._compiled = Compiled(self.statement, dialect, self.columns)
        return self._compiled

    async def run(self, tx: AsyncSession, values: V, /, **binds: object) -> bool:
        """Write the values in the transaction; return whether a row was written, if RETURNING says so."""
        result = await tx.execute(self.statement, {**values, **binds})
        return isinstance(result, CursorResult) and result.returns_rows and result.first() is not None

    async def run_many(self, tx: AsyncSession, values: Sequence[V], /) -> None:
        """Write many rows with one statement."""
        await tx.execute(self.statement, [dict(one) for one in values])


class Change[V: Mapping[str, object], R]:
    """Command with RETURNING, whose written rows are of the type R."""

    __slots__ = ("statement",)

    def __init__(self, statement: ReturningStatement, values: type[V], row: type[R]) -> None:
        check_values(_table_of(statement), values, is_new=isinstance(statement, Insert))
        check_rows(statement, (row,))
        self.statement = statement

    async def fetch_first(self, tx: AsyncSession, values: V, /, **binds: object) -> R | None:
        """Write the values in the transaction; return the row, or None when nothing was written."""
        return cast("R | None", (await tx.execute(self.statement, {**values, **binds})).mappings().first())

    async def fetch_one(self, tx: AsyncSession, values: V, /, **binds: object) -> R:
        """Write the values in the transaction and return the only row; the caller knows that there is one."""
        return cast("R", (await tx.execute(self.statement, {**values, **binds})).mappings().one())


@dataclass(frozen=True, slots=True)
class NewRows[V: Mapping[str, object]]:
    """Rows of one table, and the plain INSERT that writes one of them."""

    command: Command[V]
    rows: Sequence[V]


@dataclass(frozen=True, slots=True)
class Write:
    """INSERT or UPDATE of one row or several, with its values and those by which its WHERE finds rows."""

    command: Command[Any]
    values: Mapping[str, object]
    keys: Mapping[str, object]

    @property
    def table(self) -> Table:
        return _table_of(self.command.statement)

    def is_apart_from(self, other: "Write") -> bool:
        """Return whether both may be in one statement, which writes a row only once and sees none of its own writes."""
        if self.table is not other.table or isinstance(self.command.statement, Insert):
            return True
        # Two changes by the same unique columns are of different rows.
        return self.keys.keys() == other.keys.keys() and self.keys != other.keys


def write_together(session: Session, writes: Sequence[Write]) -> None:
    """Write several rows in one round trip; later ones may refer to earlier ones.

    On PostgreSQL they are the WITH of one statement, at whose end foreign keys are checked. SQLite, which has no such
    WITH, sends nothing over a network.
    """
    if session.get_bind().dialect.name == "sqlite":
        for one in writes:
            session.execute(one.command.statement, {**one.values, **one.keys})
    elif writes:
        binds = {
            f"{_prefix(place)}{name}": value
            for place, one in enumerate(writes)
            for name, value in (*one.values.items(), *one.keys.items())
        }
        session.execute(_together(tuple((one.command, tuple(one.values)) for one in writes)), binds)


@lru_cache(_SHAPES_MAX)
def _together(shape: tuple[tuple[Command[Any], tuple[str, ...]], ...]) -> Select[int]:
    """Build the statement for these commands, with the columns that each of them is given.

    Each row is an INSERT of its own: SQLAlchemy compiles one of several rows anew at each use.
    """
    parts = (
        _part(command.statement, columns, _prefix(place)).cte(f"write_{place}")
        for place, (command, columns) in enumerate(shape)
    )
    return select(literal_column("1", Integer)).add_cte(*parts)


def _part[StatementT: Insert | Update](statement: StatementT, columns: Sequence[str], prefix: str) -> StatementT:
    """Return a statement that is given these columns, and whose parameters have names of their own."""
    given = _table_of(statement).c
    whole = statement.values({column: bindparam(column, type_=given[column].type) for column in columns})

    def renamed(element: ExternallyTraversible, **_: object) -> BindParameter[Any] | None:
        if not isinstance(element, BindParameter) or not element.required:
            return None
        return bindparam(prefix + element.key, type_=element.type, expanding=element.expanding)

    return cast("StatementT", replacement_traverse(whole, {}, renamed))


def _prefix(place: int) -> str:
    return f"write_{place}_"


class _Text(NamedTuple):
    """Text of a statement, and the names and processors of the values that it takes, in their order."""

    sql: str
    positions: tuple[tuple[str, Processor | None], ...]
    lists: Mapping[str, Sequence[str]]
    """Names of the positions of each list, one for each of its values."""


class Compiled:
    """SQL with positional parameters for a driver, and the conversion of parameters and rows."""

    __slots__ = ("_compiler", "_constants", "_inputs", "_lists", "_literals", "_outputs", "_text", "tables", "texts")

    def __init__(
        self, statement: Statement | Insert | Update, dialect: Dialect, columns: Sequence[str] | None = None
    ) -> None:
        options = _IN_ONE_SCHEMA if dialect.name == "sqlite" else {}
        compiler = statement.compile(None, dialect, column_keys=columns, **options)
        if not isinstance(compiler, SQLCompiler):
            raise TypeError("a query is a SELECT, a command an INSERT or UPDATE")
        selected = [] if isinstance(statement, Insert | Update) else statement.selected_columns.items()
        # By the text, which names all of them with their schemas, those of fragments of SQL too.
        self.tables = frozenset(_TABLE.findall(compiler.string))
        if unknown := self.tables - Base.metadata.tables.keys() - _named(statement):
            # A page would never be kept that seems to be read from it: seen by the first test, and by nobody later.
            raise TypeError(f"{', '.join(sorted(unknown))}: no table of ours")
        self._compiler = compiler
        self._constants = {name: value for name, value in compiler.params.items() if not compiler.binds[name].required}
        self._inputs = _processors(
            (name, bind.type.dialect_impl(dialect).bind_processor(dialect)) for name, bind in compiler.binds.items()
        )
        self._outputs = _processors((name, _result_processor(column.type, dialect)) for name, column in selected)
        # Parameters that SQLAlchemy writes into the text: a separator for example, or the size of a page.
        literals = {compiler.bind_names[bind] for bind in compiler.literal_execute_params}
        self._literals = tuple(sorted(literals - self._constants.keys()))
        # An expanding IN has a position for each of its values.
        self._lists = tuple(sorted(name for bind, name in compiler.bind_names.items() if bind.expanding))
        self.texts: dict[tuple[object, ...], _Text] = {}
        """Cached texts by the literal values in them and the lengths of the lists: to make one takes 100 us."""
        varies = self._literals or self._lists
        self._text = None if varies else self._expanded(self._constants)

    def call(self, binds: Mapping[str, object]) -> tuple[str, list[object]]:
        """Return the text and the values in the order of its positions; raise TypeError where one is missing."""
        values: dict[str, Any] = {**self._constants, **binds}
        try:
            text = self._text or self._text_for(values)
            for name, positions in text.lists.items():
                values.update(zip(positions, values[name], strict=True))
            return text.sql, [
                values[name] if process is None else process(values[name]) for name, process in text.positions
            ]
        except KeyError as error:
            raise TypeError(f"the query needs a value for {error}") from error

    def rows(self, records: Sequence[Record]) -> Any:  # noqa: ANN401 - of the query's type
        """Return records with their columns converted to their Python types."""
        return [self.row(record) for record in records] if self._outputs else records

    def row(self, record: Record) -> Any:  # noqa: ANN401 - of the query's type
        """Return a record with its columns converted to their Python types."""
        if not self._outputs:
            return record
        row = dict(record.items())
        for name, process in self._outputs.items():
            row[name] = process(row[name])
        return row

    def _text_for(self, values: Mapping[str, Any]) -> _Text:
        key = (*[values[name] for name in self._literals], *[len(values[name]) for name in self._lists])
        text = self.texts.get(key)
        if text is None:
            if len(self.texts) >= TEXTS_MAX:
                self.texts.clear()
            text = self.texts[key] = self._expanded(values)
        return text

    def _expanded(self, values: Mapping[str, object]) -> _Text:
        known = {**dict.fromkeys(self._compiler.params), **values}
        state = self._compiler.construct_expanded_state(known)
        lists = state.parameter_expansion
        sources = {position: name for name, positions in lists.items() for position in positions}
        positions = tuple((name, self._inputs.get(sources.get(name, name))) for name in state.positiontup or ())
        return _Text(state.statement, positions, lists)


def _named(statement: ExternallyTraversible) -> set[str]:
    return {part.fullname for part in iterate(statement) if isinstance(part, Table)}


def _processors(pairs: Iterable[tuple[str, Processor | None]]) -> dict[str, Processor]:
    return {name: process for name, process in pairs if process is not None}


def _result_processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    # asyncpg returns numbers as they are, and decodes JSON by the pool's codec.
    if dialect.name == "postgresql" and isinstance(kind, JSON | Numeric | Float):
        return None
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _table_of(statement: Insert | Update) -> Table:
    if not isinstance(statement.table, Table):
        raise TypeError("a command writes to a table")
    return statement.table
