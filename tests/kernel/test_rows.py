"""Row types are compared with their statement when it is built, and mypy knows them wherever a row is used."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypedDict
from uuid import UUID

import pytest
from sqlalchemy import (
    JSON,
    Computed,
    Enum,
    ForeignKey,
    Identity,
    String,
    bindparam,
    func,
    insert,
    literal,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from impl.kernel.audit import AuditEvent
from impl.kernel.rows import NEVER_NULL, RowTypeError
from impl.kernel.statements import Change, Command, Query, Statement
from impl.kernel.tables import Json, Stamped, Table
from tests.harness.databases import ROOT


class Base(DeclarativeBase):
    """Base of tables that are not the service's."""

    type_annotation_map = Table.type_annotation_map


class House(Stamped, Base):
    __tablename__ = "houses"

    label: Mapped[str]
    notes: Mapped[str | None]
    rooms: Mapped[list[str]] = mapped_column(Json)


class Key(Base):
    __tablename__ = "house_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    house_id: Mapped[UUID] = mapped_column(ForeignKey("houses.id"))
    shape: Mapped[str]


class Meter(Base):
    __tablename__ = "house_meters"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    unit: Mapped[str] = mapped_column(server_default="kWh")
    read: Mapped[int]
    twice: Mapped[int] = mapped_column(Computed("2 * read"))


class HouseRow(TypedDict):
    id: UUID
    label: str
    notes: str | None


class Misspelt(TypedDict):
    id: UUID
    lable: str
    notes: str | None


class OfAnotherType(TypedDict):
    id: UUID
    label: int
    notes: str | None


class Forgetful(TypedDict):
    id: UUID
    notes: str | None


class TooSure(TypedDict):
    id: UUID
    label: str
    notes: str


class TooCareful(TypedDict):
    id: UUID
    label: str | None
    notes: str | None


class Asserted(TypedDict):
    id: UUID
    label: str
    notes: Annotated[str, NEVER_NULL]


class Untyped(dict[str, Any]):
    pass


class KeyRow(TypedDict):
    label: str
    shape: str


class NoKeyRow(TypedDict):
    label: str
    shape: None


class Number(TypedDict):
    number: int


class Text(TypedDict):
    value: str


class MaybeText(TypedDict):
    value: str | None


class JsonRow(TypedDict):
    data: list[str]


class AnyJsonRow(TypedDict):
    data: dict[str, int]


class NoJsonRow(TypedDict):
    data: str


HOUSES = select(House.id, House.label, House.notes)
WITH_KEYS = select(House.label, Key.shape).outerjoin(Key, Key.house_id == House.id)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (Misspelt, r"Misspelt\.lable: the statement has no column of this name; it has id, label, notes"),
        (OfAnotherType, r"OfAnotherType\.label: declared as int, but the column is str"),
        (Forgetful, "Forgetful: the column label of the statement is not declared"),
        (TooSure, r"TooSure\.notes: declared as str, but the column may be NULL"),
        (TooCareful, r"TooCareful\.label: declared as str \| None, but the column is never NULL"),
        (Untyped, r"Untyped: rows are handed through as they are, so their type is a TypedDict"),
    ],
)
def test_a_row_type_that_is_not_the_statements_is_refused_by_name(row: type[Any], message: str) -> None:
    with pytest.raises(RowTypeError, match=message):
        Query(HOUSES, row)


def test_a_row_type_is_what_its_statement_gives() -> None:
    Query(HOUSES, HouseRow)
    Query(HOUSES.where(House.notes.is_not(None)), Asserted)


def test_what_an_outer_join_leaves_out_may_be_null() -> None:
    with pytest.raises(RowTypeError, match=r"KeyRow\.shape: declared as str, but the column may be NULL"):
        Query(WITH_KEYS, KeyRow)
    Query(WITH_KEYS, KeyRow, NoKeyRow)
    with pytest.raises(RowTypeError, match=r"Text: the column label is not in all of the types of one row"):
        Query(WITH_KEYS, KeyRow, Text)
    page = WITH_KEYS.subquery()
    with pytest.raises(RowTypeError, match=r"KeyRow\.shape"):
        Query(select(page.c.label, page.c.shape), KeyRow)
    Query(select(House.label, Key.shape).join(Key, Key.house_id == House.id), KeyRow)


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        (select(func.count().label("number")).select_from(House), Number),
        (select(literal("a").label("value")), Text),
        (select(type_coerce(House.label, String).label("value")), Text),
        (select(type_coerce(House.notes, String).label("value")), MaybeText),
        (select(select(House.label).limit(1).scalar_subquery().label("value")), MaybeText),
        (union_all(select(House.label.label("value")), select(House.notes)), MaybeText),
        (select(func.coalesce(House.notes, "").label("value")), Text),
        (select(type_coerce(House.label, Enum("a", "b")).label("value")), Text),
        (select(type_coerce(House.label, JSON).label("data")), JsonRow),
        (select(type_coerce(House.label, JSON).label("data")), AnyJsonRow),
    ],
)
def test_expressions_have_a_type_too(statement: Statement, row: type[Any]) -> None:
    Query(statement, row)


def test_an_expression_without_a_type_is_refused() -> None:
    with pytest.raises(RowTypeError, match=r"Text\.value: the expression has no type of its own"):
        Query(select(func.something(House.id).label("value")), Text)


def test_json_is_what_the_mapped_class_says() -> None:
    with pytest.raises(RowTypeError, match=r"JsonRow\.data: declared as list\[str\], but the column is dict\[str"):
        Query(select(AuditEvent.data), JsonRow)
    with pytest.raises(RowTypeError, match=r"NoJsonRow\.data: declared as str, but the column is JSON"):
        Query(select(type_coerce(House.label, JSON).label("data")), NoJsonRow)


class NewKey(TypedDict):
    id: int
    house_id: UUID
    shape: str


class KeyOfNoHouse(TypedDict):
    id: int
    shape: str


class KeyOfNothing(TypedDict):
    id: int


class MisspeltKey(NewKey):
    shap: str


class KeyOfAnotherType(TypedDict):
    id: int
    house_id: str
    shape: str


class KeyWithoutId(TypedDict):
    house_id: UUID
    shape: str


class KeyOfNoShape(NewKey):
    shape: str | None  # type: ignore[misc]  # what the table refuses


class KeyChanges(TypedDict, total=False):
    shape: str


class NewMeter(TypedDict):
    read: int


class HouseNotes(TypedDict):
    notes: str


def test_values_are_compared_with_the_table_that_they_are_written_to() -> None:
    Command(insert(Key), NewKey)
    Command(update(Key).where(Key.id == bindparam("key_id")), KeyChanges)
    Command(insert(Meter), NewMeter)
    Command(update(House).where(House.label == bindparam("name")), HouseNotes)
    with pytest.raises(RowTypeError, match="KeyWithoutId: the column id of house_keys needs a value"):
        Command(insert(Key), KeyWithoutId)
    with pytest.raises(RowTypeError, match=r"KeyOfNoShape\.shape: declared as str \| None, but .* never NULL"):
        Command(insert(Key), KeyOfNoShape)
    with pytest.raises(RowTypeError, match="KeyOfNoHouse: the column house_id of house_keys needs a value"):
        Command(insert(Key), KeyOfNoHouse)
    with pytest.raises(RowTypeError, match="KeyOfNothing: the column house_id of house_keys needs a value"):
        Command(insert(Key), KeyOfNothing)
    with pytest.raises(RowTypeError, match=r"MisspeltKey\.shap: the table house_keys has no column of this name"):
        Command(insert(Key), MisspeltKey)
    with pytest.raises(RowTypeError, match=r"KeyOfAnotherType\.house_id: declared as str, but the column is UUID"):
        Command(insert(Key), KeyOfAnotherType)
    with pytest.raises(RowTypeError, match=r"Text: the column shape of the statement is not declared|Text\.value"):
        Change(update(Key).returning(Key.shape), KeyChanges, Text)


SAMPLE = """
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy import select

from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.audit import AuditEvent


class EventRow(TypedDict):
    id: UUID
    occurred_at: datetime


EVENTS = Query(select(AuditEvent.id, AuditEvent.occurred_at), EventRow)


async def sample(reader: Reader) -> None:
    row = (await reader.all(EVENTS))[0]
    moment: datetime = row["occurred_at"]
"""
WRONG = {
    'print(row["ocurred_at"])': 'TypedDict "EventRow" has no key "ocurred_at"',
    'moment = row["id"]': "Incompatible types in assignment",
    "new: EventRow = {'id': row['id']}": 'Missing key "occurred_at" for TypedDict "EventRow"',
}


def test_a_wrong_column_fails_mypy(tmp_path: Path) -> None:
    sample = tmp_path / "sample.py"
    sample.write_text(SAMPLE + "".join(f"    {line}\n" for line in WRONG), encoding="utf-8")

    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(sample)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    first = SAMPLE.count("\n") + 1
    for number, message in enumerate(WRONG.values(), start=first):
        assert re.search(rf"sample\.py:{number}: error: {re.escape(message)}", checked.stdout), (
            checked.stdout + checked.stderr
        )
    assert f"Found {len(WRONG)} errors in 1 file" in checked.stdout


def test_rows_are_mapped_instants() -> None:
    class Moment(TypedDict):
        created_at: datetime

    Query(select(House.created_at), Moment)
