"""The reader gives the same values on both engines, and repeats a read when its connection has died."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from itertools import pairwise
from typing import Any, TypedDict, override
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import Date, LargeBinary, bindparam, column, false, func, insert, literal, select, text, union_all
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect, migration_engine
from impl.kernel.engines.connection_checks import Patience
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.errors import Unavailable
from impl.kernel.paging import LIMIT
from impl.kernel.statements import Command
from impl.kernel.tables import Json, Stamped, Table, enum_column
from tests.harness.patience import PATIENCE
from tests.harness.queries import UntypedQuery


class Base(DeclarativeBase):
    """Base of tables that are not the service's."""

    type_annotation_map = Table.type_annotation_map


class Colour(StrEnum):
    RED = "RED"
    GREEN = "GREEN"


class Sample(Stamped, Base):
    """Table with every kind of column that the service has."""

    __tablename__ = "samples"
    __table_args__ = ({"schema": "operations"},)

    colour: Mapped[Colour] = mapped_column(enum_column(Colour))
    other_colour: Mapped[Colour | None] = mapped_column(enum_column(Colour, name="other_colour"))
    title: Mapped[str]
    live: Mapped[bool]
    share: Mapped[float]
    day: Mapped[date] = mapped_column(Date)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    data: Mapped[dict[str, object]] = mapped_column(Json)
    more: Mapped[list[object] | None] = mapped_column(Json)
    ended_at: Mapped[datetime | None]


class SampleRow(TypedDict):
    id: UUID
    created_at: datetime
    updated_at: datetime
    version: int
    colour: Colour
    other_colour: Colour | None
    title: str
    live: bool
    share: float
    day: date
    content: bytes
    data: dict[str, object]
    more: list[object] | None
    ended_at: datetime | None


NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
VALUES: SampleRow = {
    "id": uuid4(),
    "created_at": NOON,
    "updated_at": NOON.astimezone(timezone(timedelta(hours=5))),
    "version": 3,
    "colour": Colour.GREEN,
    "other_colour": None,
    "title": "Größe 'x' \U0001f3e0",
    "live": True,
    "share": 0.25,
    "day": date(2026, 3, 1),
    "content": b"\x00\xff",
    "data": {"a": [1, 2.5, None, True, "ü"], "b": {}},
    "more": None,
    "ended_at": None,
}
ONE = UntypedQuery(select(Sample).where(Sample.id == bindparam("id")))
BY_COLOUR = UntypedQuery(
    select(Sample.id, Sample.colour)
    .where(Sample.colour == literal(Colour.GREEN), Sample.id.in_(bindparam("ids", expanding=True)))
    .order_by(Sample.id)
    .limit(bindparam("limit"))
)


@pytest.fixture
async def samples(database: Database, fresh_database_url: str) -> Database:
    engine = migration_engine(fresh_database_url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()
    async with database.begin() as tx:
        await tx.execute(insert(Sample).values(**VALUES))
    return database


async def test_values_and_types_are_the_same_on_both_engines(samples: Database) -> None:
    row = await samples.reader.first(ONE, id=VALUES["id"])
    assert row is not None
    assert {name: row[name] for name in VALUES} == VALUES
    assert isinstance(row["id"], UUID)
    assert isinstance(row["created_at"], datetime)
    assert row["created_at"].utcoffset() == timedelta(0)
    assert row["updated_at"].utcoffset() == timedelta(0)
    assert type(row["colour"]) is Colour
    assert type(row["live"]) is bool
    assert type(row["share"]) is float
    assert type(row["content"]) is bytes
    assert row["more"] is None
    assert set(dict(row)) == set(VALUES)


async def test_the_reader_gives_what_a_transaction_gives(samples: Database) -> None:
    row = await samples.reader.first(ONE, id=VALUES["id"])
    async with samples.begin() as tx:
        within = (await tx.execute(ONE.statement, {"id": VALUES["id"]})).one()
        entity = await tx.get_one(Sample, VALUES["id"])
    assert row is not None
    assert entity is within[0]
    assert {name: getattr(entity, name) for name in VALUES} == {name: row[name] for name in VALUES}


async def test_nothing_found_is_none_and_an_empty_list(samples: Database) -> None:
    assert await samples.reader.first(ONE, id=uuid4()) is None
    assert list(await samples.reader.all(ONE, id=uuid4())) == []


@pytest.mark.parametrize("others", [0, 1, 5])
async def test_a_list_of_values_may_be_of_any_length(samples: Database, others: int) -> None:
    rows = await samples.reader.all(BY_COLOUR, ids=[VALUES["id"], *(uuid4() for _ in range(others))], limit=10)
    assert [(row["id"], row["colour"]) for row in rows] == [(VALUES["id"], Colour.GREEN)]
    assert list(await samples.reader.all(BY_COLOUR, ids=[], limit=10)) == []


async def test_enums_and_times_may_be_given_as_binds(samples: Database) -> None:
    query = UntypedQuery(
        select(func.count().label("n")).where(
            Sample.colour == bindparam("colour"), Sample.created_at <= bindparam("at")
        )
    )
    other_zone = NOON.astimezone(timezone(timedelta(hours=-3)))
    row = await samples.reader.first(query, colour=Colour.GREEN, at=other_zone)
    assert row is not None
    assert row["n"] == 1
    row = await samples.reader.first(query, colour="RED", at=NOON)
    assert row is not None
    assert row["n"] == 0


async def test_unions_are_queries_too(samples: Database) -> None:
    one = select(literal(1).label("n"), Sample.colour).where(Sample.id == bindparam("id"))
    rows = await samples.reader.all(UntypedQuery(union_all(one, one)), id=VALUES["id"])
    assert [(row["n"], row["colour"]) for row in rows] == [(1, Colour.GREEN)] * 2


async def test_a_forgotten_bind_is_told(samples: Database) -> None:
    with pytest.raises((TypeError, StatementError), match="id"):
        await samples.reader.first(ONE)


async def test_the_reader_sees_what_is_committed_only(samples: Database) -> None:
    async with samples.begin() as tx:
        await tx.execute(insert(Sample).values(**{**VALUES, "id": (other := uuid4())}))
        assert await samples.reader.first(ONE, id=other) is None
    assert await samples.reader.first(ONE, id=other) is not None


async def test_a_command_is_a_whole_transaction(samples: Database) -> None:
    add = Command(insert(Sample), SampleRow)
    other: SampleRow = {**VALUES, "id": uuid4(), "colour": Colour.RED}
    await samples.run(add, other)
    row = await samples.reader.first(ONE, id=other["id"])
    assert row is not None
    assert {name: row[name] for name in VALUES} == other
    with pytest.raises(Exception, match=r"(?i)unique"):
        await samples.run(add, other)
    lacking: dict[str, object] = {name: value for name, value in other.items() if name != "title"}
    with pytest.raises((TypeError, StatementError), match="title"):
        await samples.run(add, lacking)  # type: ignore[misc]  # what mypy refuses, the statement refuses as well


async def test_the_size_of_a_page_stands_in_the_text(samples: Database) -> None:
    listed = UntypedQuery(select(Sample.id).where(Sample.version >= bindparam("version")).limit(LIMIT))
    for size in (0, 1, 2, 1, *range(300)):
        rows = await samples.reader.all(listed, version=1, limit=size)
        assert len(rows) == min(size, 1)
    with pytest.raises((TypeError, StatementError), match="limit"):
        await samples.reader.all(listed, version=1)


async def test_a_plan_of_a_page_is_made_once(samples: Database) -> None:
    if samples.dialect != "postgresql":
        return
    listed = UntypedQuery(
        select(Sample.title).where(Sample.title >= bindparam("title")).order_by(Sample.id).limit(LIMIT)
    )
    plans = UntypedQuery(
        select(column("generic_plans"))
        .select_from(text("pg_prepared_statements"))
        .where(text("statement LIKE '%samples.title%LIMIT 21'"))
    )
    # One after the other, all come to one connection. It plans as those of the service do: the server of the tests
    # keeps the first plan, PostgreSQL makes five before it keeps one.
    await samples.reader.all(UntypedQuery(select(func.set_config("plan_cache_mode", "auto", false()))))
    for _ in range(10):
        await samples.reader.all(listed, title="A", limit=21)
    assert [row["generic_plans"] for row in await samples.reader.all(plans)] == [5]


async def test_many_reads_at_once_wait_their_turn(samples: Database) -> None:
    rows = await asyncio.gather(*(samples.reader.first(ONE, id=VALUES["id"]) for _ in range(100)))
    assert all(row is not None and row["version"] == 3 for row in rows)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_read_survives_that_the_server_closes_its_connections(samples: Database) -> None:
    await asyncio.gather(*(samples.reader.first(ONE, id=VALUES["id"]) for _ in range(20)))
    async with samples.begin() as tx:
        await tx.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    for _ in range(10):
        assert await samples.reader.first(ONE, id=VALUES["id"]) is not None


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_closing_waits_for_the_reads_that_run(samples: Database) -> None:
    waiting = UntypedQuery(select(func.pg_advisory_xact_lock(7).label("done")))
    async with samples.begin() as tx:
        await tx.execute(text("SELECT pg_advisory_xact_lock(7)"))
        reads = [asyncio.ensure_future(samples.reader.all(waiting)) for _ in range(2)]
        blocked = text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        while await tx.scalar(blocked) < 2:
            assert await samples.reader.first(ONE, id=VALUES["id"]) is not None
        closing = asyncio.ensure_future(samples.close())
    assert [len(rows) for rows in await asyncio.gather(*reads)] == [1, 1]
    await closing
    with pytest.raises(Unavailable):
        await samples.reader.first(ONE, id=VALUES["id"])


async def test_a_statement_outlives_a_change_of_its_table(samples: Database, fresh_database_url: str) -> None:
    assert await samples.reader.first(ONE, id=VALUES["id"]) is not None
    engine = migration_engine(fresh_database_url)
    async with engine.begin() as connection:
        name = "samples" if samples.dialect == "sqlite" else "operations.samples"
        await connection.execute(text(f"ALTER TABLE {name} ADD COLUMN extra INTEGER"))
    await engine.dispose()
    assert await samples.reader.first(ONE, id=VALUES["id"]) is not None


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    database = connect("postgresql://nobody:nothing@127.0.0.1:1/none", ConnectionOptions(wait=2, statement=2))
    await database.open()
    with pytest.raises(Unavailable):
        await database.reader.all(ONE, id=uuid4())
    with pytest.raises(Unavailable):
        async with database.begin():
            pass
    with pytest.raises(Unavailable):
        await database.run(Command(insert(Sample), SampleRow), VALUES)
    await database.close()


class _DeadConnection:
    async def execute(self, _sql: str, *, timeout: float) -> None:  # noqa: ASYNC109 - asyncpg's signature
        raise ConnectionResetError

    def terminate(self) -> None:
        pass


class _LosingPool:
    """Pool of asyncpg whose connections are lost while they are opened, or do not answer."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def acquire(self, *, timeout: float) -> _DeadConnection:  # noqa: ASYNC109 - asyncpg's signature
        self.waits.append(timeout)
        if len(self.waits) == 2:
            return _DeadConnection()
        raise ConnectionResetError

    async def expire_connections(self) -> None:
        pass

    async def close(self) -> None:
        pass


async def test_a_read_waits_for_a_connection_once_however_often_one_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = _LosingPool()

    async def create_pool(**_: object) -> _LosingPool:
        return pool

    monkeypatch.setattr(asyncpg, "create_pool", create_pool)
    database = connect(
        "postgresql://nobody:nothing@127.0.0.1:1/none", ConnectionOptions(wait=PATIENCE, statement=PATIENCE)
    )
    await database.open()
    with pytest.raises(Unavailable):
        await database.reader.first(ONE, id=uuid4())
    await database.close()
    first, *others = pool.waits
    assert first <= PATIENCE
    assert len(others) == 3
    assert all(later < earlier for earlier, later in pairwise(pool.waits)), "each has what the one before has left"


class _FadingConnection:
    """Connection that serves one read, and does not answer when it is asked after that."""

    def __init__(self, waits: list[float]) -> None:
        self._waits = waits
        self._has_served = False

    async def execute(self, _sql: str, *, timeout: float) -> None:  # noqa: ASYNC109 - asyncpg's signature
        if self._has_served:
            self._waits.append(timeout)
            raise ConnectionResetError

    async def fetch(self, _sql: str, *_values: object) -> list[object]:
        self._has_served = True
        return []

    def is_closed(self) -> bool:
        return False

    def terminate(self) -> None:
        pass


class _FadingPool(_LosingPool):
    """Pool that gives one connection out, and then loses those that it opens."""

    @override
    async def acquire(self, *, timeout: float) -> Any:
        if not self.waits:
            self.waits.append(timeout)
            return _FadingConnection(self.waits)
        return await super().acquire(timeout=timeout)


async def test_a_question_to_an_idle_connection_is_part_of_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = _FadingPool()

    async def create_pool(**_: object) -> _FadingPool:
        return pool

    monkeypatch.setattr(asyncpg, "create_pool", create_pool)
    patience = Patience(idle=0.0, answer=2 * PATIENCE)
    database = connect(
        "postgresql://nobody:nothing@127.0.0.1:1/none",
        ConnectionOptions(wait=PATIENCE, statement=PATIENCE),
        patience=patience,
    )
    await database.open()
    assert await database.reader.first(ONE, id=uuid4()) is None
    with pytest.raises(Unavailable):
        await database.reader.first(ONE, id=uuid4())
    await database.close()
    asked, *others = pool.waits[1:]
    assert asked <= PATIENCE
    assert len(others) == 2
    assert all(later < earlier for earlier, later in pairwise(pool.waits[1:])), "each has what the one before has left"


async def test_a_wrong_value_is_our_fault_and_not_the_servers(samples: Database) -> None:
    query = UntypedQuery(select(Sample.id).where(Sample.version == bindparam("version")))
    with pytest.raises(Exception, match=r"int|too large") as raised:
        await samples.reader.all(query, version=2**70)
    assert not isinstance(raised.value, Unavailable)
