"""DATABASE_URL as providers print it is understood by libpq's words, or refused by the parameter's name."""

from __future__ import annotations

import ssl
from pathlib import Path

import aiosqlite
import asyncpg
import pytest
from sqlalchemy import func, select, text

from impl.kernel.engines.connecting import connect, migration_engine
from impl.kernel.engines.database_url import database_url, displayed, postgres_servers
from impl.kernel.settings.database import DatabaseSettings
from tests.harness.databases import Databases
from tests.harness.patience import PATIENCE
from tests.harness.queries import UntypedQuery
from tests.harness.tcp_proxy import TcpProxy

POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
_NAME = UntypedQuery(
    select(func.current_setting("application_name").label("name"), func.current_setting("work_mem").label("m"))
)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg"])
def test_the_parts_of_a_url_are_read_by_any_scheme(scheme: str) -> None:
    servers = postgres_servers(f"{scheme}://a%40b:p%2Fw%3A@db.example.org/d%20b?sslmode=require&connect_timeout=7")
    assert servers.hosts == (("db.example.org", 5432),)
    assert (servers.user, servers.password, servers.database) == ("a@b", "p/w:", "d b")
    assert servers.seconds == 7
    assert servers.parameters == "postgresql://?sslmode=require"


@pytest.mark.parametrize(
    ("place", "hosts"),
    [
        ("h1:1,h2:2/d", (("h1", 1), ("h2", 2))),
        ("h1,h2:2/d", (("h1", 5432), ("h2", 2))),
        ("[::1]:1,h2/d", (("::1", 1), ("h2", 5432))),
        ("/d?host=h1,h2&port=1,2", (("h1", 1), ("h2", 2))),
        ("/d?host=h1,h2,h3&port=3", (("h1", 3), ("h2", 3), ("h3", 3))),
        ("/d?host=h1:1&host=h2:2", (("h1", 1), ("h2", 2))),
        ("/d?host=/cloudsql/project:region:instance", (("/cloudsql/project:region:instance", 5432),)),
        ("/d?port=6432", (("localhost", 6432),)),
        ("h1/d?port=1", (("h1", 1),)),
        ("h1/d?port=65535", (("h1", 65_535),)),
        ("h1,,h2/d", (("h1", 5432), ("h2", 5432))),
        ("/d", ()),
    ],
)
def test_hosts_are_read_from_either_place(place: str, hosts: tuple[tuple[str, int], ...]) -> None:
    assert postgres_servers(f"postgresql://u:p@{place}").hosts == hosts


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("foo=1", "foo"),
        ("foo=", "foo"),
        ("sslmode=on", "sslmode"),
        ("channel_binding=require", "channel_binding"),
        ("gssencmode=require", "gssencmode"),
        ("target_session_attrs=writer", "target_session_attrs"),
        ("connect_timeout=soon", "connect_timeout"),
        ("sslrootcert=/nowhere/root.crt", "sslrootcert"),
        ("sslrootcert=system", "sslrootcert"),
        ("sslmode=verify-full", "sslrootcert"),
        ("sslcert=/nowhere/client.crt", "sslcert"),
        ("sslnegotiation=direct", "sslnegotiation"),
        ("ssl_min_protocol_version=1.2", "ssl_min_protocol_version"),
        ("pgbouncer=true", "DATABASE_POOLER"),
        ("prepared_statement_cache_size=0", "DATABASE_STATEMENT_CACHE_SIZE"),
        ("connection_limit=5", "DATABASE_POOL_SIZE"),
        ("host=h1,h2&port=1,2,3", "port names 3 ports for 2 hosts"),
        ("port=1,2,3", "port"),
        ("port=65536", "a port is a number of 1 to 65535"),
        ("port=-1", "a port is a number of 1 to 65535"),
        ("port=\u0661", "a port is a number of 1 to 65535"),
        ("port=x", "a port is a number of 1 to 65535"),
        ("sslmode=verify-ca", "sslrootcert"),
        ("sslmode=prefer&sslnegotiation=direct", "sslnegotiation"),
        ("sslmode=verify-ca&sslrootcert=system", "sslrootcert"),
        ("port=0", "port"),
    ],
)
def test_what_is_not_understood_ends_the_start_with_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, query: str, named: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"postgres://u:hidden-word@h1/d?{query}")
    with pytest.raises(SystemExit, match=named) as refused:
        DatabaseSettings.load()
    assert "DATABASE_URL" in str(refused.value)
    assert "hidden-word" not in str(refused.value)


@pytest.mark.parametrize("url", ["postgres://u:one@hidden-word@h/d", "postgres://u:hidden-word", "hidden-word"])
def test_a_url_that_is_none_shows_nothing_of_itself(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|host|@") as refused:
        database_url(url)
    assert "hidden-word" not in str(refused.value)


def test_the_machines_certificates_may_vouch_for_a_server() -> None:
    servers = postgres_servers("postgres://u:p@h/d?sslmode=verify-full&sslrootcert=system&channel_binding=prefer")
    assert servers.tls is not None
    assert servers.tls.check_hostname
    assert servers.tls.verify_mode is ssl.CERT_REQUIRED


def test_a_database_is_displayed_without_its_password() -> None:
    assert displayed("postgres://u:p@h1:1,[::1]/d?sslmode=require") == "postgresql://u@h1:1,[::1]:5432/d"
    assert displayed("sqlite:///a/b.db") == "a/b.db"
    assert displayed("postgres://a%40b:p@h1") == "postgresql://a%40b@h1:5432/"
    assert displayed("postgres:///d") == "postgresql:///d"


@pytest.mark.parametrize(
    ("query", "hosts", "seconds"),
    [
        ("", 1, 30.0),
        ("connect_timeout=0", 1, 30.0),
        ("connect_timeout=-1", 1, 30.0),
        ("connect_timeout=1", 1, 1.0),
        ("connect_timeout=2", 1, 2.0),
        ("connect_timeout=2&target_session_attrs=prefer-standby", 1, 4.0),
        ("connect_timeout=2&target_session_attrs=primary", 3, 6.0),
        ("connect_timeout=2", 0, 2.0),
    ],
)
def test_an_opening_takes_as_long_as_all_servers_may(query: str, hosts: int, seconds: float) -> None:
    names = ",".join(f"h{number}" for number in range(hosts))
    assert postgres_servers(f"postgres://u:p@{names}/d?{query}").opening_seconds(30.0) == seconds


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("mysql://u:p@h/d", "not on mysql"),
        ("postgres:u:p@h/d", "it begins with postgresql:// or sqlite://"),
        ("sqlite:a.db", "it begins with postgresql:// or sqlite://"),
    ],
)
def test_another_database_is_refused_by_its_name(url: str, refusal: str) -> None:
    with pytest.raises(ValueError, match=refusal):
        database_url(url)


@POSTGRESQL
async def test_parameters_reach_the_server_by_every_way(fresh_database_url: str) -> None:
    parameters = "application_name=shop&options=-c%20work_mem%3D7MB&sslmode=prefer&target_session_attrs=primary"
    url = f"{fresh_database_url}?{parameters}&connect_timeout=60".replace("postgresql+asyncpg", "postgres")
    database = connect(url)
    row = await database.reader.first(_NAME)
    assert row is not None
    assert (row["name"], row["m"]) == ("shop", "7MB")
    async with database.begin() as tx:
        assert (await tx.execute(_NAME.statement)).one() == ("shop", "7MB")
    await database.close()
    engine = migration_engine(url)
    async with engine.connect() as connection:
        assert (await connection.execute(_NAME.statement)).one() == ("shop", "7MB")
    await engine.dispose()


@POSTGRESQL
async def test_tls_that_is_asked_for_is_not_left_out(fresh_database_url: str) -> None:
    """The tests' server has none."""
    for mode in ("require", "allow"):
        reached = connect(f"{fresh_database_url}?sslmode={mode}")
        if mode == "allow":
            async with reached.begin() as tx:
                assert await tx.scalar(text("SELECT 1")) == 1
        else:
            with pytest.raises(ConnectionError, match="SSL"):
                await postgres_servers(f"{fresh_database_url}?sslmode={mode}").connect(timeout=PATIENCE)
        await reached.close()


@POSTGRESQL
@pytest.mark.parametrize("wanted", ["read-write", "primary", "prefer-standby"])
async def test_the_first_server_that_fits_is_taken(databases: Databases, fresh_database_url: str, wanted: str) -> None:
    refusing = TcpProxy(1)
    place = f"127.0.0.1:{databases.server.port}"
    url = fresh_database_url.replace(f"@{place}", f"@127.0.0.1:{refusing.port},{place}")
    connection = await postgres_servers(f"{url}?target_session_attrs={wanted}").connect(timeout=PATIENCE)
    assert await connection.fetchval("SELECT inet_server_port()") == databases.server.port
    await connection.close()
    await refusing.close()


@POSTGRESQL
async def test_a_server_that_never_answers_leaves_time_for_the_next(
    databases: Databases, fresh_database_url: str
) -> None:
    """`connect_timeout` is for each of them, as libpq has it."""
    silent = TcpProxy(1)
    silent.listen()
    place = f"127.0.0.1:{databases.server.port}"
    url = fresh_database_url.replace(f"@{place}", f"@127.0.0.1:{silent.port},{place}")
    connection = await postgres_servers(f"{url}?connect_timeout=1&sslmode=disable").connect(timeout=PATIENCE)
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()
    await silent.close()


@POSTGRESQL
async def test_a_server_of_the_wrong_kind_is_not_taken(fresh_database_url: str) -> None:
    with pytest.raises(asyncpg.TargetServerAttributeNotMatched):
        await postgres_servers(f"{fresh_database_url}?target_session_attrs=standby").connect(timeout=PATIENCE)


@pytest.mark.parametrize(
    ("url", "seconds"),
    [
        ("postgresql://h1/d", 5.0),
        ("postgresql://h1,h2/d", 5.0),
        ("postgresql:///d?connect_timeout=3", 3.0),
        ("postgresql://h1/d?connect_timeout=3", 3.0),
        ("postgresql://h1,h2/d?connect_timeout=3", 6.0),
        # Each is looked at for a standby, and then once more for any server.
        ("postgresql://h1,h2,h3/d?connect_timeout=3&target_session_attrs=prefer-standby", 18.0),
    ],
)
def test_the_time_of_an_opening_is_that_of_all_its_hosts(url: str, seconds: float) -> None:
    assert postgres_servers(url).opening_seconds(5.0) == seconds


async def test_a_migration_makes_the_folder_and_holds_the_file_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.db"
    engine = migration_engine(f"sqlite:///{path}")
    async with engine.begin() as connection:
        modes = [await connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "busy_timeout")]
        async with aiosqlite.connect(path, timeout=0) as other:
            with pytest.raises(aiosqlite.OperationalError, match="locked"):
                await other.execute("BEGIN IMMEDIATE")
    await engine.dispose()
    assert modes == ["wal", 60_000]
