"""SQL that asyncpg is given, with its values in their places, and the rows that come back."""

from __future__ import annotations

from typing import Any, TypedDict, cast
from uuid import UUID

import pytest
from sqlalchemy import Integer, String, bindparam, func, insert, literal_column, select, update
from sqlalchemy import table as column_table
from sqlalchemy.dialects import postgresql

from impl.kernel.errors import JsonValue
from impl.kernel.outbox import OutboxMessage
from impl.kernel.paging import LIMIT
from impl.kernel.statements import TEXTS_MAX, Command, Query, Write
from impl.kernel.tables import core_table

_TABLE = core_table(OutboxMessage)
_DIALECT = postgresql.asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types
_ID = UUID(int=7)


class _Topic(TypedDict):
    topic: str


def _squeezed(sql: str) -> str:
    return " ".join(sql.split())


def _call(query: Query[Any], **binds: object) -> tuple[str, list[object]]:
    sql, values = query.compiled(_DIALECT).call(binds)
    return _squeezed(sql), values


def test_values_stand_where_the_text_has_their_numbers() -> None:
    query = Query(
        select(_TABLE.c.topic).where(
            _TABLE.c.id == bindparam("id"), _TABLE.c.attempts > 3, _TABLE.c.topic != bindparam("not")
        ),
        _Topic,
    )
    sql, values = _call(query, **{"id": _ID, "not": "x"})
    assert sql == (
        "SELECT operations.outbox.topic FROM operations.outbox WHERE operations.outbox.id = $1::UUID"
        " AND operations.outbox.attempts > $2::INTEGER AND operations.outbox.topic != $3::VARCHAR"
    )
    assert values == [_ID, 3, "x"]
    assert query.compiled(_DIALECT) is query.compiled(_DIALECT)
    assert query.compiled(_DIALECT).tables == {"operations.outbox"}
    with pytest.raises(TypeError, match="the query needs a value for 'not'"):
        query.compiled(_DIALECT).call({"id": _ID})


def test_a_function_of_a_schema_is_no_table() -> None:
    read = func.operations.words_of_quality(_TABLE.c.topic, type_=String).label("topic")
    assert Query(select(read), _Topic).compiled(_DIALECT).tables == {"operations.outbox"}


def test_what_seems_to_be_a_table_and_is_none_is_refused() -> None:
    """A page that is read from it would never be kept."""
    read = select(_TABLE.c.topic).where(literal_column("operations.words_of_quality IS NULL"))
    with pytest.raises(TypeError, match="words_of_quality: no table of ours"):
        Query(read, _Topic).compiled(_DIALECT)


def test_a_size_of_a_page_is_part_of_the_text() -> None:
    query = Query(select(_TABLE.c.topic).where(_TABLE.c.attempts == bindparam("n")).limit(LIMIT), _Topic)
    asked = [_call(query, n=1, limit=limit) for limit in (20, 50, 20)]
    assert [values for _, values in asked] == [[1], [1], [1]]
    assert [sql.rpartition(" ")[2] for sql, _ in asked] == ["20", "50", "20"]
    assert asked[0][0].endswith("WHERE operations.outbox.attempts = $1::INTEGER LIMIT 20")
    fixed = Query(select(_TABLE.c.topic).limit(bindparam("at_most", 5, type_=Integer, literal_execute=True)), _Topic)
    assert _call(fixed)[0].endswith("LIMIT 5")


def test_texts_of_many_sizes_are_not_kept_for_ever() -> None:
    query = Query(select(_TABLE.c.topic).limit(LIMIT), _Topic)
    for limit in (*range(TEXTS_MAX + 1), 0):
        assert _call(query, limit=limit)[0].endswith(f"LIMIT {limit}")
    assert len(query.compiled(_DIALECT).texts) == 2


def test_each_value_of_a_list_has_a_place() -> None:
    query = Query(
        select(_TABLE.c.topic).where(
            _TABLE.c.attempts == bindparam("n"), _TABLE.c.topic.in_(bindparam("topics", expanding=True))
        ),
        _Topic,
    )
    sql, values = _call(query, n=2, topics=["a", "b", "c"])
    assert sql.endswith("attempts = $1::INTEGER AND operations.outbox.topic IN ($2::VARCHAR, $3::VARCHAR, $4::VARCHAR)")
    assert values == [2, "a", "b", "c"]
    for more in (["d", "e", "f"], ["d"], ("g", "h", "i")):
        sql, values = _call(query, n=1, topics=more)
        assert sql.count("$") == len(values)
        assert values == [1, *more]
    assert _call(query, n=1, topics=[])[1] == [1]
    # One of three values, of one, and of none.
    assert len(query.compiled(_DIALECT).texts) == 3
    with pytest.raises(TypeError, match="the query needs a value for 'topics'"):
        query.compiled(_DIALECT).call({"n": 1})


def test_a_list_may_be_part_of_the_statement() -> None:
    query = Query(select(_TABLE.c.topic).where(_TABLE.c.topic.in_(["a", "b"]), _TABLE.c.attempts > 3), _Topic)
    for _ in range(2):
        sql, values = _call(query)
        assert sql.endswith("topic IN ($2::VARCHAR, $3::VARCHAR) AND operations.outbox.attempts > $1::INTEGER")
        assert values == [3, "a", "b"]


class _Payload(TypedDict):
    payload: dict[str, JsonValue]


def test_values_are_written_and_read_as_their_types_say() -> None:
    command = Command(update(_TABLE).where(_TABLE.c.id == bindparam("message_id")), _Payload)
    sql, values = command.compiled(_DIALECT).call({"payload": {"a": 1}, "message_id": _ID})
    assert _squeezed(sql) == "UPDATE operations.outbox SET payload=$1::JSONB WHERE operations.outbox.id = $2::UUID"
    assert values == ['{"a": 1}', _ID]
    assert command.compiled(_DIALECT) is command.compiled(_DIALECT)
    assert command.columns == ("payload",)

    plain = Query(select(_TABLE.c.topic), _Topic).compiled(_DIALECT)
    records = cast("Any", [{"topic": "a"}])
    assert plain.rows(records) is records
    assert plain.row(records[0]) is records[0]


def test_a_write_is_of_a_table() -> None:
    with pytest.raises(TypeError, match="a command writes to a table"):
        Command(insert(column_table("t")), _Topic)
    assert Write(Command(update(_TABLE), _Topic), {}, {}).table is _TABLE
