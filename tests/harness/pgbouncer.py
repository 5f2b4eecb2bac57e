"""PgBouncer in transaction mode before a server of a test, from the system's packages."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from configparser import ConfigParser
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from tests.harness.postgres import die_with_parent, free_port, unprivileged_user
from tests.harness.system_programs import find_program

if TYPE_CHECKING:
    import pytest

OPTION: Final = "--pgbouncer"
_SHIPPED: Final = Path(__file__).parents[2] / "docker" / "pgbouncer" / "pgbouncer.ini"
_CREDENTIALS: Final = re.compile(r"//([^:]+):([^@]+)@")


@contextlib.contextmanager
def pgbouncer(url: str, *, size: int) -> Iterator[str]:
    """Start PgBouncer before the server of a URL, with so many connections a database; yield the URL through it."""
    program, found = find_program("pgbouncer"), _CREDENTIALS.search(url)
    assert program is not None, "there is no PgBouncer on this machine"
    assert found is not None
    server, port = urlsplit(url).port, free_port()
    with tempfile.TemporaryDirectory() as folder:
        users, configuration = Path(folder, "users"), Path(folder, "configuration")
        users.write_text(f'"{found[1]}" "{found[2]}"\n')
        _configure(configuration, server=server, port=port, users=users, size=size)
        Path(folder).chmod(0o755)
        user = unprivileged_user()
        process = subprocess.Popen(
            [program, str(configuration)],
            stderr=subprocess.PIPE,
            text=True,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - it does nothing but ask the kernel
        )
        lines = cast("IO[str]", process.stderr)
        assert any("process up" in line for line in iter(lines.readline, "")), "PgBouncer did not start"
        # A full pipe would stop it.
        reader = threading.Thread(target=lines.read, daemon=True)
        reader.start()
        try:
            yield url.replace(f":{server}/", f":{port}/")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
            reader.join()
            lines.close()


def _configure(configuration: Path, *, server: int | None, port: int, users: Path, size: int) -> None:
    """Write the configuration that deployments are given, with addresses of this machine."""
    shipped = ConfigParser()
    shipped.read(_SHIPPED)
    shipped["databases"]["*"] = f"host=127.0.0.1 port={server}"
    shipped["pgbouncer"].update(
        {
            "listen_addr": "127.0.0.1",
            "listen_port": str(port),
            "auth_file": str(users),
            "default_pool_size": str(size),
            # A busy machine is no failure.
            "query_wait_timeout": "120",
            # Each transaction gets another connection to the server than the one before it, wherever there are two.
            "server_round_robin": "1",
        }
    )
    with configuration.open("w") as file:
        shipped.write(file)


def add_option(parser: pytest.Parser) -> None:
    """Add the option to run the services of tests behind PgBouncer."""
    parser.addoption(OPTION, action="store_true", help="put PgBouncer in transaction mode before PostgreSQL")


def configure(config: pytest.Config) -> None:
    """Make services of this process use PgBouncer from now on."""
    if config.getoption(OPTION):
        os.environ[_VARIABLE] = "yes"


def pooled(url: str) -> dict[str, object]:
    """Return the settings of a service on this database: behind PgBouncer in such a run, otherwise none."""
    if _VARIABLE not in os.environ or not url.startswith("postgresql"):
        return {}
    server = url.rpartition("/")[0]
    name = url.rpartition("/")[2]
    return {"database_url": f"{_before(server)}/{name}", "database_direct_url": url, "database_pooler": "transaction"}


_VARIABLE: Final = "HESTAMI_TEST_PGBOUNCER"


@cache
def _before(server: str) -> str:
    """Start a PgBouncer for all databases of a server, until this process ends."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    # Races need a connection for each who comes.
    return stack.enter_context(pgbouncer(f"{server}/", size=50)).rstrip("/")
