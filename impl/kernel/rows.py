"""Row types: the declared type of a statement's rows is compared with its columns once, when it is built."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    TypeAliasType,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from sqlalchemy import (
    JSON,
    BindParameter,
    Case,
    Cast,
    Column,
    ColumnClause,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Function,
    Join,
    Label,
    Null,
    Select,
    TypeCoerce,
    UnaryExpression,
)
from sqlalchemy import Enum as EnumType
from sqlalchemy import Table as CoreTable
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import operators
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import BinaryExpression, Grouping
from sqlalchemy.sql.selectable import AliasedReturnsRows, FromGrouping, ScalarSelect, SelectBase
from sqlalchemy.types import NullType, TypeDecorator
from typing_extensions import is_typeddict

from impl.kernel.tables import Table

# Note in an annotation, `Annotated[datetime, NEVER_NULL]`, for a nullable column that the statement never returns as
# NULL: by a condition of its WHERE, or because a scalar subquery always finds a row.
NEVER_NULL: Final = "never NULL"

# Statement that returns rows, and whether an expression of it may be NULL; None where that cannot be told.
type Returning = SelectBase | UpdateBase
type Nullable = bool | None

# What gives true or false of whatever there is.
_DECISIONS: Final = {
    operators.exists,
    operators.is_,
    operators.is_not,
    operators.is_distinct_from,
    operators.is_not_distinct_from,
}


class RowTypeError(TypeError):
    """Raised when a declared row type does not fit its statement or table; the message names column and type."""


def check_rows(statement: Returning, rows: tuple[type[Any], ...]) -> None:
    """Compare the declared rows with the columns of a statement; raise RowTypeError at the first difference.

    Names, Python types and nullability have to be the same. Several row types stand for one of them, as an outer join
    gives a row either with or without what is joined.
    """
    declared = _declared(rows)
    columns = {str(name): column for name, column in statement.exported_columns.items()}
    name = " | ".join(row.__name__ for row in rows)
    if missing := declared.keys() - columns.keys():
        raise RowTypeError(
            f"{name}.{min(missing)}: the statement has no column of this name; it has {', '.join(columns)}"
        )
    if forgotten := columns.keys() - declared.keys():
        raise RowTypeError(f"{name}: the column {min(forgotten)} of the statement is not declared")
    nullable = _nullability(statement)
    for column, hint in declared.items():
        _compare(f"{name}.{column}", hint, columns[column], nullable(column))


def check_values(table: CoreTable, values: type[Any], *, is_new: bool) -> None:
    """Compare declared values with the columns that they are written to; raise RowTypeError at the first difference.

    For a new row, each column that the database does not fill has to be among them.
    """
    declared = _declared((values,))
    for name, hint in declared.items():
        if name not in table.columns:
            raise RowTypeError(f"{values.__name__}.{name}: the table {table.name} has no column of this name")
        column = table.columns[name]
        _compare(f"{values.__name__}.{name}", hint, column, column.nullable, may_be_narrower=True)
    needed = {column.name for column in table.columns if not column.nullable and not _is_filled(column)}
    if is_new and (forgotten := needed - declared.keys()):
        raise RowTypeError(f"{values.__name__}: the column {min(forgotten)} of {table.name} needs a value")


def has_values(row: Mapping[str, object], values: Mapping[str, object]) -> bool:
    """Return whether a row has all of these values, so that setting them would change nothing."""
    return all(row[name] == value for name, value in values.items())


class _Declared:
    """Declared type of one column, over all row types in which it may occur."""

    def __init__(self, hints: Iterable[Any]) -> None:
        self.is_asserted = False
        self.is_optional = False
        self.forms: list[Any] = []
        for hint in hints:
            self._add(hint)

    def _add(self, hint: Any) -> None:  # noqa: ANN401 - whatever an annotation is
        origin = get_origin(hint)
        if origin is Annotated:
            inner, *notes = get_args(hint)
            self.is_asserted |= NEVER_NULL in notes
            self._add(inner)
        elif origin in (Union, UnionType):
            for member in get_args(hint):
                self._add(member)
        elif hint in (None, NoneType):
            self.is_optional = True
        elif isinstance(hint, TypeAliasType) and get_origin(hint.__value__) in (Annotated, Literal):
            self._add(hint.__value__)
        elif origin is Literal:
            self.forms.extend(type(value) for value in get_args(hint))
        elif hint not in self.forms:
            self.forms.append(hint)

    @property
    def text(self) -> str:
        names = dict.fromkeys(_name_of(form) for form in self.forms)
        return " | ".join([*names, *(["None"] if self.is_optional else [])])


@cache
def _declared(rows: tuple[type[Any], ...]) -> Mapping[str, _Declared]:
    """Return the declared columns; several statements have the same rows."""
    hints = [get_type_hints(row, include_extras=True) for row in rows]
    first, *_ = hints
    for row, found in zip(rows, hints, strict=True):
        if not is_typeddict(row):
            raise RowTypeError(f"{row.__name__}: rows are handed through as they are, so their type is a TypedDict")
        if others := found.keys() ^ first.keys():
            raise RowTypeError(f"{row.__name__}: the column {min(others)} is not in all of the types of one row")
    return {name: _Declared(found[name] for found in hints) for name in first}


def _compare(
    place: str, declared: _Declared, column: ColumnElement[Any], nullable: Nullable, *, may_be_narrower: bool = False
) -> None:
    expected = _python_type(column)
    if expected is None:
        raise RowTypeError(f"{place}: the expression has no type of its own; give it one with type_coerce")
    if declared.forms and not all(_is_same(form, expected) for form in declared.forms):
        raise RowTypeError(f"{place}: declared as {declared.text}, but the column is {_name_of(expected)}")
    if declared.is_asserted or nullable is None:
        return
    if nullable and not declared.is_optional and not may_be_narrower:
        raise RowTypeError(f"{place}: declared as {declared.text}, but the column may be NULL")
    if declared.is_optional and not nullable:
        raise RowTypeError(f"{place}: declared as {declared.text}, but the column is never NULL")


def _is_same(form: Any, expected: Any) -> bool:  # noqa: ANN401 - annotations
    if expected is JSON:
        # JSON expression whose type no mapped class has declared.
        return (get_origin(form) or form) in (list, dict) or isinstance(form, TypeAliasType)
    return bool(form == expected)


def _python_type(column: ColumnElement[Any]) -> Any:  # noqa: ANN401 - an annotation
    """Return the type that values of a column have in Python; for JSON, what the mapped class declares."""
    kind = column.type
    if isinstance(kind, TypeDecorator):
        kind = kind.impl_instance
    if isinstance(kind, NullType):
        return None
    if isinstance(kind, EnumType):
        return kind.enum_class or str
    if not isinstance(kind, JSON):
        return kind.python_type
    for source in column.base_columns:
        if isinstance(source, Column) and (hint := _mapped_hints().get((str(source.table), source.key))) is not None:
            forms = _Declared([hint]).forms
            return forms[0] if len(forms) == 1 else JSON
    return JSON


def _mapped_hints() -> Mapping[tuple[str, str], Any]:
    return _hints_of(len(list(Table.registry.mappers)))


@cache
def _hints_of(_mapped: int) -> Mapping[tuple[str, str], Any]:
    """Collect the annotations of all mapped classes, anew when there are more of them."""
    return {
        (str(mapper.local_table), name): hint
        for mapper in Table.registry.mappers
        for name, hint in _attributes_of(mapper).items()
    }


@cache
def _attributes_of(mapper: Mapper[Any]) -> Mapping[str, Any]:
    """Return the types of a class's mapped attributes, as `Mapped` annotates them."""
    return {name: args[0] for name, hint in get_type_hints(mapper.class_).items() if (args := get_args(hint))}


def _is_filled(column: Column[Any]) -> bool:
    return column.server_default is not None or column.identity is not None or column.computed is not None


def _nullability(statement: Returning) -> Callable[[str], Nullable]:
    """Return a function that says of a column, by its name, whether rows of the statement may have NULL there."""
    if isinstance(statement, CompoundSelect):
        parts = [_nullability(part) for part in statement.selects]
        places = [list(part.exported_columns.keys()) for part in statement.selects]
        names = list(statement.exported_columns.keys())

        def over_parts(name: str) -> Nullable:
            at = names.index(name)
            return _any(part(place[at]) for part, place in zip(parts, places, strict=True))

        return over_parts
    columns = statement.exported_columns
    outer = frozenset(_outer_joined(statement)) if isinstance(statement, Select) else frozenset()
    return lambda name: _is_nullable(columns[name], outer)


def _outer_joined(statement: Select[*tuple[Any, ...]]) -> Iterator[FromClause]:
    """Yield the tables that an outer join may leave out; there are no full joins."""
    # What is public, get_final_froms(), compiles the statement, which took a tenth of the program's start.
    for source in statement._from_obj:  # noqa: SLF001 - the public way compiles
        yield from _left_out(source, is_outer=False)
    for target, _, _, flags in statement._setup_joins:  # noqa: SLF001 - the public way compiles
        yield from _left_out(target, is_outer=flags["isouter"])


def _left_out(source: object, *, is_outer: bool) -> Iterator[FromClause]:
    if isinstance(source, FromGrouping):
        # What is joined within parentheses.
        yield from _left_out(source.element, is_outer=is_outer)
    elif isinstance(source, Join):
        yield from _left_out(source.left, is_outer=is_outer)
        yield from _left_out(source.right, is_outer=is_outer or source.isouter)
    elif is_outer and isinstance(source, FromClause):
        yield source


def _is_nullable(element: object, outer: frozenset[FromClause]) -> Nullable:
    match element:
        case Label() | Grouping():
            return _is_nullable(element.element, outer)
        case TypeCoerce() | Cast():
            return _is_nullable(element.clause, outer)
        case ColumnClause():
            return _is_column_nullable(element, outer)
        case BindParameter():
            return None if element.required else element.value is None
        case Null():
            return True
        case UnaryExpression() | BinaryExpression():
            return False if element.operator in _DECISIONS else None
        case ScalarSelect():
            found = next(iter(element.element.exported_columns))
            return not _is_count(found)
        case Case():
            if element.else_ is None:
                return True
            return _any(_is_nullable(one, outer) for one in [element.else_, *(then for _, then in element.whens)])
        case _:
            return False if _is_count(element) else None


def _is_column_nullable(column: ColumnClause[Any], outer: frozenset[FromClause]) -> Nullable:
    if column.is_literal or column.table is None:
        return None
    if column.table in outer:
        return True
    source: Any = column.table
    while isinstance(source, AliasedReturnsRows):
        source = source.element
    if isinstance(source, SelectBase) and column.key in source.exported_columns:
        return _nullability(source)(column.key)
    return column.nullable if isinstance(column, Column) else None


def _is_count(element: object) -> bool:
    while isinstance(element, Label):
        element = element.element
    return isinstance(element, Function) and element.name == "count"


def _any(parts: Iterable[Nullable]) -> Nullable:
    found = list(parts)
    if True in found:
        return True
    return None if None in found else False


def _name_of(form: Any) -> str:  # noqa: ANN401 - an annotation
    return form.__name__ if isinstance(form, type) and get_origin(form) is None else str(form)
