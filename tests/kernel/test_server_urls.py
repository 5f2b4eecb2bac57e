"""Parts of a PostgreSQL URL, each wherever it may stand, and the environment of PostgreSQL's own programs."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from impl.kernel.engines.database_url import (
    PostgresServers,
    database_url,
    displayed,
    libpq_environment,
    postgres_servers,
)

_PLAIN: Final = PostgresServers(
    hosts=(("db.test", 5432),),
    user="ann",
    password="p@ss",
    database="homes",
    attributes="any",
    seconds=None,
    settings={},
    parameters="postgresql://",
    tls=None,
)
_URL: Final = "postgresql://ann:p%40ss@db.test/homes"

READ: Final[dict[str, PostgresServers]] = {
    _URL: _PLAIN,
    "postgres://ann:p%40ss@db.test:6432/homes": replace(_PLAIN, hosts=(("db.test", 6432),)),
    "postgresql://db.test": replace(_PLAIN, user=None, password=None, database=None),
    "postgresql://db.test/": replace(_PLAIN, user=None, password=None, database=None),
    "postgresql://ann:@db.test/homes": replace(_PLAIN, password=""),
    "postgresql:///homes": replace(_PLAIN, hosts=(), user=None, password=None),
    "postgresql:///homes?port=6432": replace(_PLAIN, hosts=(("localhost", 6432),), user=None, password=None),
    "postgresql://ann@/homes?host=/run/pg:5": replace(_PLAIN, hosts=(("/run/pg:5", 5432),), password=None),
    f"{_URL}?user=bob&password=x&dbname=other": replace(_PLAIN, user="bob", password="x", database="other"),
    f"{_URL}?database=other&user=&password=": replace(_PLAIN, database="other"),
    f"{_URL}?connect_timeout=7": replace(_PLAIN, seconds=7.0),
    f"{_URL}?connect_timeout=1": replace(_PLAIN, seconds=1.0),
    f"{_URL}?connect_timeout=0": _PLAIN,
    f"{_URL}?connect_timeout=-1": _PLAIN,
    f"{_URL}?connect_timeout=": _PLAIN,
    f"{_URL}?target_session_attrs=primary": replace(_PLAIN, attributes="primary"),
    f"{_URL}?application_name=a%20b&options=-c%20x%3D1": replace(
        _PLAIN, settings={"application_name": "a b", "options": "-c x=1"}
    ),
    f"{_URL}?sslmode=require": replace(_PLAIN, parameters="postgresql://?sslmode=require"),
    f"{_URL}?ssl=disable&channel_binding=prefer": replace(_PLAIN, parameters="postgresql://?sslmode=disable"),
    f"{_URL}?sslmode=require&sslnegotiation=direct": replace(
        _PLAIN, parameters="postgresql://?sslmode=require&sslnegotiation=direct"
    ),
    "postgresql://ann:p%40ss@a.test:1,b.test/homes": replace(_PLAIN, hosts=(("a.test", 1), ("b.test", 5432))),
    f"{_URL}?host=a.test:1,b.test&port=6": replace(_PLAIN, hosts=(("a.test", 6), ("b.test", 6))),
    f"{_URL}?host=a.test&host=b.test:2": replace(_PLAIN, hosts=(("a.test", 5432), ("b.test", 2))),
    f"{_URL}?host=a.test,b.test&port=6,7": replace(_PLAIN, hosts=(("a.test", 6), ("b.test", 7))),
    "postgresql://ann:p%40ss@[::1]:7,[2001:db8::1]/homes": replace(_PLAIN, hosts=(("::1", 7), ("2001:db8::1", 5432))),
    f"{_URL}?port=65535": replace(_PLAIN, hosts=(("db.test", 65_535),)),
    f"{_URL}?port=1": replace(_PLAIN, hosts=(("db.test", 1),)),
}

REFUSED: Final[dict[str, str]] = {
    "sslmode=sometimes": "the parameter sslmode may be disable, allow, prefer, require, verify-ca, verify-full here",
    "sslcert=/nowhere": "the parameter sslcert names a file that is not there: /nowhere",
    "sslrootcert=system": "the parameter sslrootcert may be system with sslmode=verify-full only",
    "sslrootcert=system&sslmode=verify-ca": "the parameter sslrootcert may be system with sslmode=verify-full only",
    f"sslrootcert={__file__}": f"the parameter sslrootcert names a file without certificates: {__file__}",
    "sslnegotiation=direct": "the parameter sslnegotiation may be direct with sslmode=require or a stricter one only",
    "sslnegotiation=direct&sslmode=prefer": "the parameter sslnegotiation may be direct with sslmode=require",
    "connect_timeout=soon": "the parameter connect_timeout is a whole number of seconds, not soon",
    "pgbouncer=true": "the parameter pgbouncer is not understood: it is set by DATABASE_POOLER",
    "pool_size=5": "the parameter pool_size is not understood: it is set by DATABASE_POOL_SIZE",
    "unknown=1": "the parameter unknown is not understood$",
    "port=0": "a port is a number of 1 to 65535",
    "port=65536": "a port is a number of 1 to 65535",
    "port=x": "a port is a number of 1 to 65535",
    "host=a.test,b.test&port=1,2,3": "the parameter port names 3 ports for 2 hosts",
    "host=a.test:x": "a host is a name or an address, with its port, a number, behind a colon",
}


def test_a_url_is_read_whole() -> None:
    assert {url: postgres_servers(url) for url in READ} == READ


def test_a_parameter_that_means_nothing_here_is_named() -> None:
    for query, refusal in REFUSED.items():
        with pytest.raises(ValueError, match=refusal):
            postgres_servers(f"{_URL}?{query}")


def test_a_server_may_be_checked_by_a_file_or_by_what_the_machine_trusts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for mode in ("verify-ca", "verify-full"):
        with pytest.raises(ValueError, match=f"the parameter sslmode is {mode}, which needs sslrootcert"):
            postgres_servers(f"{_URL}?sslmode={mode}")
    (tmp_path / ".postgresql").mkdir()
    (tmp_path / ".postgresql" / "root.crt").touch()
    assert postgres_servers(f"{_URL}?sslmode=verify-ca").parameters == "postgresql://?sslmode=verify-ca"
    system = postgres_servers(f"{_URL}?sslmode=verify-full&sslrootcert=system&passfile={__file__}")
    assert system.tls is not None
    assert (system.tls.verify_mode, system.tls.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert system.parameters.startswith("postgresql://?passfile=")


@pytest.mark.parametrize(
    ("url", "environment"),
    [
        (
            f"{_URL}?host=a.test:1,b.test&connect_timeout=7&sslmode=require&options=-c%20x",
            {
                "PGHOST": "a.test,b.test",
                "PGPORT": "1,5432",
                "PGUSER": "ann",
                "PGPASSWORD": "p@ss",
                "PGDATABASE": "homes",
                "PGCONNECT_TIMEOUT": "7",
                "PGSSLMODE": "require",
                "PGOPTIONS": "-c x",
            },
        ),
        (
            "postgresql:///homes?ssl_min_protocol_version=TLSv1.3",
            {"PGDATABASE": "homes", "PGSSLMINPROTOCOLVERSION": "TLSv1.3"},
        ),
    ],
)
def test_programs_of_postgresql_get_all_of_it(url: str, environment: dict[str, str]) -> None:
    assert libpq_environment(url, postgres_servers(url)) == environment


def test_what_no_variable_says_is_refused() -> None:
    url = f"{_URL}?sslpassword=x"
    with pytest.raises(ValueError, match="the parameter sslpassword has no variable of the environment"):
        libpq_environment(url, postgres_servers(url))


@pytest.mark.parametrize(
    ("url", "driver", "shown"),
    [
        (_URL, "postgresql+asyncpg://ann@db.test:5432/homes", "postgresql://ann@db.test:5432/homes"),
        ("postgresql://[::1],b.test", "postgresql+asyncpg://[::1]:5432", "postgresql://[::1]:5432,b.test:5432/"),
        ("postgres:///homes", "postgresql+asyncpg:///homes", "postgresql:///homes"),
        ("sqlite:////data/x.db", "sqlite+aiosqlite:////data/x.db", "/data/x.db"),
    ],
)
def test_a_url_names_the_driver_and_shows_no_password(url: str, driver: str, shown: str) -> None:
    assert str(database_url(url)) == driver
    assert displayed(url) == shown


def test_the_time_for_a_connection_is_shared_by_all_attempts() -> None:
    plain = postgres_servers(f"{_URL}?host=a.test,b.test")
    assert (plain.opening_seconds(8), replace(plain, seconds=3.0).opening_seconds(8)) == (8, 6)
    twice = replace(plain, seconds=3.0, attributes="prefer-standby")
    assert twice.opening_seconds(8) == 12
    assert replace(twice, hosts=()).opening_seconds(8) == 6


def test_what_is_written_of_servers_shows_no_password() -> None:
    shown = repr(postgres_servers(f"{_URL}?sslpassword=hidden&sslmode=require"))
    assert "db.test" in shown
    assert "p@ss" not in shown
    assert "hidden" not in shown
