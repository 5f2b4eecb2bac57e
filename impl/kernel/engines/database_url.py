"""Parser of DATABASE_URL, for the reader, the transactions and the migrations alike."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode

import asyncpg
from asyncpg.connect_utils import SessionAttribute
from sqlalchemy.engine import URL, make_url

from impl.kernel.engines.connection_checks import keep_alive

type Attributes = Literal["any", "primary", "standby", "prefer-standby", "read-write", "read-only"]

_POSTGRES: Final = re.compile(
    r"(?P<scheme>[\w+]+)://"
    # A password may contain anything but an @, as in SQLAlchemy.
    r"(?:(?P<user>[^:/@]*)(?::(?P<password>[^@]*))?@)?"
    r"(?P<hosts>[^/?]*)(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?"
)
_HOST: Final = re.compile(r"(?:\[(?P<ipv6>[^\]]+)\]|(?P<name>[^:\[\]]+))?(?::(?P<port>\d*))?")
_PORT: Final = 5432
_PORT_MAX: Final = 65_535
_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_TLS_VERSIONS: Final = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
# Parameters with a fixed set of values, which the driver reads as libpq does.
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "sslmode": _SSL_MODES,
    "sslnegotiation": ("postgres", "direct"),
    "ssl_min_protocol_version": _TLS_VERSIONS,
    "ssl_max_protocol_version": _TLS_VERSIONS,
    "target_session_attrs": ("any", "primary", "standby", "prefer-standby", "read-write", "read-only"),
    # Values that are satisfied without channel binding and GSS encryption, which the driver lacks.
    "channel_binding": ("disable", "prefer"),
    "gssencmode": ("disable", "prefer"),
    "load_balance_hosts": ("disable",),
}
_FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile")
_PLACE: Final = ("host", "port", "user", "password", "dbname")
_SETTINGS: Final = ("application_name", "options")
_TEXTS: Final = ("sslpassword",)
_SECONDS: Final = "connect_timeout"
_SYSTEM: Final = "system"
_ALIASES: Final = {"ssl": "sslmode", "database": "dbname"}
_UNDERSTOOD: Final = frozenset((*_CHOICES, *_FILES, *_PLACE, *_SETTINGS, *_TEXTS, _SECONDS))
# Parameters that the driver reads from a URL of its own, by libpq's rules.
_DRIVER: Final[tuple[str, ...]] = (
    "sslmode",
    "sslnegotiation",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "sslcert",
    "sslkey",
    "sslcrl",
    "sslpassword",
    "sslrootcert",
    "passfile",
)
# Errors after which libpq tries the next server; a refused password ends the search.
_NEXT_SERVER: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TargetServerAttributeNotMatched,
)
_SAID_ELSEWHERE: Final[Mapping[str, str]] = {
    "statement_cache_size": "DATABASE_STATEMENT_CACHE_SIZE",
    "prepared_statement_cache_size": "DATABASE_STATEMENT_CACHE_SIZE",
    "pgbouncer": "DATABASE_POOLER",
    "pool_size": "DATABASE_POOL_SIZE",
    "connection_limit": "DATABASE_POOL_SIZE",
    "command_timeout": "DATABASE_TIMEOUT_SECONDS",
    "pool_timeout": "DATABASE_TIMEOUT_SECONDS",
}


@dataclass(frozen=True, slots=True)
class PostgresServers:
    """Servers of a URL in the order in which they are tried, with the arguments of their connections."""

    hosts: tuple[tuple[str, int], ...]
    user: str | None
    password: str | None = field(repr=False)
    database: str | None
    attributes: Attributes
    seconds: float | None
    settings: Mapping[str, str]
    # URL with parameters only, for the driver.
    parameters: str = field(repr=False)
    tls: ssl.SSLContext | None

    def opening_seconds(self, default: float) -> float:
        """Return how long the servers together may take for one connection; `default` without `connect_timeout`."""
        return default if self.seconds is None else self.seconds * self._attempts

    @property
    def _attempts(self) -> int:
        """Return how many times a server may be tried for one connection."""
        return max(len(self.hosts), 1) * len(self._wanted)

    @property
    def _wanted(self) -> tuple[Attributes, ...]:
        """Return the attributes of the servers, in the order in which they are looked for."""
        return ("standby", "any") if self.attributes == "prefer-standby" else (self.attributes,)

    async def connect(self, _dsn: None = None, /, *, timeout: float, **options: Any) -> asyncpg.Connection:  # noqa: ANN401, ASYNC109 - what the driver takes, by its names
        """Return a connection to the first server that answers in time and has the attributes asked for.

        Raises what the driver raised for the last one. `connect_timeout` is for each server, as libpq has it; without
        one, all of them together have `timeout` seconds, or the first that is silent would use up the time of the rest.
        """
        hosts: tuple[tuple[str | None, int | None], ...] = self.hosts or ((None, None),)
        seconds = timeout / self._attempts if self.seconds is None else self.seconds
        arguments: dict[str, Any] = {"user": self.user, "password": self.password, "database": self.database}
        server_settings = {**options.pop("server_settings", {}), **self.settings}
        arguments |= {"dsn": self.parameters, "server_settings": server_settings, **options}
        if self.tls is not None:
            arguments["ssl"] = self.tls
        failure: Exception | None = None
        for attributes in self._wanted:
            for host, port in hosts:
                try:
                    connection: asyncpg.Connection = await asyncpg.connect(
                        host=host,
                        port=port,
                        timeout=seconds,
                        target_session_attrs=SessionAttribute(attributes),
                        **arguments,
                    )
                except _NEXT_SERVER as error:
                    failure = error
                else:
                    keep_alive(connection)
                    return connection
        raise failure or asyncpg.InterfaceError("no server is named")


def database_url(url: str) -> URL:
    """Return the URL for SQLAlchemy, with the driver that the service uses.

    `postgres://`, `postgresql://` and `sqlite://` name none. Of PostgreSQL it says which database it is and no more:
    how to reach that is for `postgres_servers`. Raises ValueError for any other database.
    """
    scheme, separator, _ = url.partition("://")
    match scheme.partition("+")[0]:
        case "postgresql" | "postgres" if separator:
            servers = postgres_servers(url)
            host, port = servers.hosts[0] if servers.hosts else (None, None)
            return URL.create("postgresql+asyncpg", servers.user, None, host, port, servers.database)
        case "sqlite" if separator:
            return make_url(url).set(drivername="sqlite+aiosqlite")
        case other if separator:
            raise ValueError(f"the service runs on PostgreSQL and SQLite, not on {other}")
    raise ValueError("this is no URL: it begins with postgresql:// or sqlite://")


def displayed(url: str) -> str:
    """Return the URL without its password and its parameters, for a person to read."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        return str(parsed.database)
    servers = postgres_servers(url)
    hosts = ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in servers.hosts)
    user = f"{quote(servers.user)}@" if servers.user else ""
    return f"postgresql://{user}{hosts}/{servers.database or ''}"


def postgres_servers(url: str) -> PostgresServers:
    """Read a PostgreSQL URL; raises ValueError, which names the parameter, for what it does not understand."""
    found = _POSTGRES.fullmatch(url)
    if found is None:
        raise ValueError("this is no URL of a PostgreSQL database")
    query = _query(found["query"] or "")
    _check(query)
    if "@" in found["hosts"]:
        raise ValueError("an @ in a user name or a password is written as %40")
    user, password, database = (None if found[part] is None else unquote(found[part]) for part in _CREDENTIALS)
    seconds = _seconds(query.get(_SECONDS, ""))
    tls = _system_tls(query)
    parameters = {name: query[name] for name in _DRIVER if name in query and not (tls and name.startswith("ssl"))}
    return PostgresServers(
        hosts=_hosts(found["hosts"], query),
        user=query.get("user") or user or None,
        password=query.get("password", password),
        database=query.get("dbname") or database or None,
        attributes=query.get("target_session_attrs", "any"),  # type: ignore[arg-type]  # one of them, as was checked
        seconds=seconds,
        settings={name: query[name] for name in _SETTINGS if name in query},
        parameters=f"postgresql://?{urlencode(parameters, quote_via=quote)}" if parameters else "postgresql://",
        tls=tls,
    )


def libpq_environment(url: str, servers: PostgresServers) -> dict[str, str]:
    """Return the variables by which PostgreSQL's own programs reach these servers of the URL.

    Everybody on the machine can read a program's arguments, and its owner only its environment. Raises ValueError for
    a parameter that has no variable.
    """
    found = _POSTGRES.fullmatch(url)
    query = _query((found and found["query"]) or "")
    if without := [name for name in _TEXTS if name in query]:
        raise ValueError(f"the parameter {without[0]} has no variable of the environment")
    variables: dict[str, str | None] = {
        "PGHOST": ",".join(host for host, _ in servers.hosts),
        "PGPORT": ",".join(str(port) for _, port in servers.hosts),
        "PGUSER": servers.user,
        "PGPASSWORD": servers.password,
        "PGDATABASE": servers.database,
        **{variable: query.get(name) for name, variable in _VARIABLES.items()},
    }
    return {name: value for name, value in variables.items() if value}


# Variables of libpq, of which some are named by no rule.
_VARIABLES: Final = {
    "application_name": "PGAPPNAME",
    "channel_binding": "PGCHANNELBINDING",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "gssencmode": "PGGSSENCMODE",
    "load_balance_hosts": "PGLOADBALANCEHOSTS",
    "options": "PGOPTIONS",
    "passfile": "PGPASSFILE",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    **{
        name: f"PG{name.upper().replace('_', '')}"
        for name in (
            "sslmode",
            "sslnegotiation",
            "ssl_min_protocol_version",
            "ssl_max_protocol_version",
            "sslrootcert",
            "sslcert",
            "sslkey",
            "sslcrl",
        )
    },
}
_CREDENTIALS: Final = ("user", "password", "database")


def _query(text: str) -> dict[str, str]:
    query: dict[str, str] = {}
    for given, value in parse_qsl(text, keep_blank_values=True):
        name = _ALIASES.get(given, given)
        if name not in _UNDERSTOOD:
            elsewhere = f": it is set by {_SAID_ELSEWHERE[name]}" if name in _SAID_ELSEWHERE else ""
            raise ValueError(f"the parameter {given} is not understood{elsewhere}")
        # SQLAlchemy writes several hosts as `host=a:1&host=b:2`.
        query[name] = f"{query[name]},{value}" if name == "host" and name in query else value
    # PostgreSQL's programs take an empty value for none.
    return {name: value for name, value in query.items() if value}


def _check(query: Mapping[str, str]) -> None:
    for name, choices in _CHOICES.items():
        if (value := query.get(name)) is not None and value not in choices:
            raise ValueError(f"the parameter {name} may be {', '.join(choices)} here, not {value}")
    for name in _FILES:
        if (value := query.get(name)) not in {None, _SYSTEM} and not Path(str(value)).is_file():
            raise ValueError(f"the parameter {name} names a file that is not there: {value}")
    mode, root = query.get("sslmode", "prefer"), query.get("sslrootcert")
    if root not in {None, _SYSTEM}:
        try:
            ssl.create_default_context(cafile=root)
        except (ssl.SSLError, OSError) as error:
            raise ValueError(f"the parameter sslrootcert names a file without certificates: {root}") from error
    if root == _SYSTEM and mode != "verify-full":
        raise ValueError("the parameter sslrootcert may be system with sslmode=verify-full only")
    if root is None and mode.startswith("verify") and not (Path.home() / ".postgresql" / "root.crt").is_file():
        raise ValueError(f"the parameter sslmode is {mode}, which needs sslrootcert: a file, or system")
    if query.get("sslnegotiation") == "direct" and mode not in {"require", "verify-ca", "verify-full"}:
        raise ValueError("the parameter sslnegotiation may be direct with sslmode=require or a stricter one only")


def _system_tls(query: Mapping[str, str]) -> ssl.SSLContext | None:
    """Return a TLS context that trusts the machine's certificates, for which the driver has no option."""
    if query.get("sslrootcert") != _SYSTEM:
        return None
    context = ssl.create_default_context()
    if "sslcert" in query:
        context.load_cert_chain(query["sslcert"], query.get("sslkey"), lambda: query.get("sslpassword", ""))
    return context


def _seconds(text: str) -> float | None:
    if not text:
        return None
    try:
        seconds = int(text)
    except ValueError:
        raise ValueError(f"the parameter {_SECONDS} is a whole number of seconds, not {text}") from None
    # libpq waits without a limit if it is zero, negative or missing; here the settings bound it.
    return float(seconds) if seconds > 0 else None


def _hosts(authority: str, query: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Return hosts with their ports; those of the query win, as in PostgreSQL's own programs."""
    texts = [text for text in (query.get("host") or authority).split(",") if text]
    ports = query["port"].split(",") if "port" in query else []
    if len(ports) > 1 and len(ports) != len(texts):
        raise ValueError(f"the parameter port names {len(ports)} ports for {len(texts)} hosts")
    hosts = [_host(text) for text in texts]
    if not hosts and ports:
        hosts = [("localhost", None)]
    return tuple(
        (host, _port(ports[place % len(ports)]) if ports else port or _PORT) for place, (host, port) in enumerate(hosts)
    )


def _host(text: str) -> tuple[str, int | None]:
    text = unquote(text)
    if text.startswith("/"):
        # Folder of a socket, whose name may have colons.
        return text, None
    found = _HOST.fullmatch(text)
    if found is None or not (name := found["ipv6"] or found["name"]):
        raise ValueError("a host is a name or an address, with its port, a number, behind a colon")
    return name, _port(found["port"]) if found["port"] else None


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _PORT_MAX:
        raise ValueError(f"a port is a number of 1 to {_PORT_MAX}")
    return int(text)
