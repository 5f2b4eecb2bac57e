"""Nullability of what a statement returns: known of expressions and joins, and compared with the declared rows."""

from __future__ import annotations

from typing import Any, TypedDict

import pytest
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    join,
    literal,
    literal_column,
    null,
    outerjoin,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from impl.kernel.rows import RowTypeError
from impl.kernel.statements import Query
from tests.kernel.test_rows import House, Key, KeyRow, MaybeText, Meter, Number, Text


class MaybeKeyRow(TypedDict):
    label: str
    shape: str | None


class NoHouseRow(TypedDict):
    label: str | None
    shape: str | None


class MaybeNumber(TypedDict):
    number: int | None


class Flag(TypedDict):
    flag: bool


class MaybeFlag(TypedDict):
    flag: bool | None


_ASKED = bindparam("asked", type_=String)
_IS_A = House.label == "a"
_OTHER = aliased(House)
_LISTED = select(House.label, House.notes, func.max(House.label).label("last")).subquery()
_ALL = union_all(
    select(House.label.label("sure"), House.label.label("not_sure"), _ASKED.label("asked")),
    select(House.label, House.notes, House.label),
).subquery()
_TEXTS, _NUMBERS, _FLAGS = (Text, MaybeText), (Number, MaybeNumber), (Flag, MaybeFlag)


@pytest.mark.parametrize(
    ("expression", "rows", "nullable"),
    [
        (literal("a"), _TEXTS, False),
        (literal(None, String), _TEXTS, True),
        (_ASKED, _TEXTS, None),
        (type_coerce(null(), String), _TEXTS, True),
        (cast(House.notes, String), _TEXTS, True),
        (cast(House.label, String), _TEXTS, False),
        (House.label + "a", _TEXTS, None),
        (func.max(House.label), _TEXTS, None),
        (func.count(), _NUMBERS, False),
        (_IS_A, _FLAGS, None),
        (House.notes.is_(None), _FLAGS, False),
        (House.notes.is_not(None), _FLAGS, False),
        (House.notes.is_distinct_from("a"), _FLAGS, False),
        (House.notes.is_not_distinct_from("a"), _FLAGS, False),
        (exists(select(House.id)), _FLAGS, False),
        (select(func.count()).select_from(House).scalar_subquery(), _NUMBERS, False),
        (select(func.count().label("all")).select_from(House).scalar_subquery(), _NUMBERS, False),
        (select(func.max(House.label)).scalar_subquery(), _TEXTS, True),
        (case((_IS_A, House.label)), _TEXTS, True),
        (case((_IS_A, House.label), else_=House.label), _TEXTS, False),
        (case((_IS_A, House.notes), else_=House.label), _TEXTS, True),
        (case((_IS_A, House.label), else_=House.notes), _TEXTS, True),
        (case((_IS_A, House.label), else_=_ASKED), _TEXTS, None),
        (case((_IS_A, House.notes), else_=_ASKED), _TEXTS, True),
        (literal_column("1", Integer), _NUMBERS, None),
        (column("somewhere", String), _TEXTS, None),
        (_OTHER.label, _TEXTS, False),
        (_OTHER.notes, _TEXTS, True),
        (_LISTED.c.label, _TEXTS, False),
        (_LISTED.c.notes, _TEXTS, True),
        (_LISTED.c.last, _TEXTS, None),
        (_ALL.c.sure, _TEXTS, False),
        (_ALL.c.not_sure, _TEXTS, True),
        (_ALL.c.asked, _TEXTS, None),
    ],
)
def test_what_may_be_null_is_known_of_expressions_too(
    expression: ColumnElement[Any], rows: tuple[type[Any], type[Any]], nullable: bool | None
) -> None:
    """Compare with rows that say it is never NULL and that it may be, either of which a column may refuse."""
    (name,) = rows[0].__annotations__
    for row, refused in zip(rows, (True, False), strict=True):
        if nullable is refused:
            with pytest.raises(RowTypeError, match="may be NULL" if refused else "is never NULL"):
                Query(select(expression.label(name)), row)
        else:
            Query(select(expression.label(name)), row)


_HAS_KEY = Key.house_id == House.id
_JOINED = select(House.label, Key.shape)


@pytest.mark.parametrize(
    ("statement", "left_out"),
    [
        (_JOINED.join(Key, _HAS_KEY), set()),
        (_JOINED.select_from(join(House, Key, _HAS_KEY)), set()),
        (_JOINED.select_from(outerjoin(House, Key, _HAS_KEY)), {"shape"}),
        (_JOINED.select_from(Meter).outerjoin(join(House, Key, _HAS_KEY), Meter.id == Key.id), {"label", "shape"}),
        (_JOINED.select_from(outerjoin(Meter, join(House, Key, _HAS_KEY), Meter.id == Key.id)), {"label", "shape"}),
        (_JOINED.select_from(join(Meter, outerjoin(House, Key, _HAS_KEY), Meter.id == 1)), {"shape"}),
    ],
)
def test_each_side_that_a_join_leaves_out_may_be_null(statement: Select[*tuple[Any, ...]], left_out: set[str]) -> None:
    rows = {frozenset[str](): KeyRow, frozenset({"shape"}): MaybeKeyRow, frozenset({"label", "shape"}): NoHouseRow}
    for may_be_null, row in rows.items():
        if may_be_null == left_out:
            Query(statement, row)
        else:
            with pytest.raises(RowTypeError):
                Query(statement, row)
