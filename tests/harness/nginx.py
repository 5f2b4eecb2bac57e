"""Configuration and run of nginx from the system's packages, in a folder of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.harness.foreign_servers import serving
from tests.harness.system_programs import find_program

_CONFIGURATION: Final = """
daemon off;
user root;
worker_processes 1;
pid nginx.pid;
error_log stderr notice;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
{sites}
}}
"""
_FILE: Final = "nginx.conf"


def configure(folder: Path, sites: str) -> list[str | Path]:
    """Write a configuration with these blocks of `http`, and return the command that runs it."""
    program = find_program("nginx")
    assert program is not None
    (folder / _FILE).write_text(_CONFIGURATION.format(sites=sites))
    return [program, "-p", folder, "-c", _FILE]


@contextmanager
def nginx(folder: Path, sites: str) -> Iterator[None]:
    """Run nginx with these blocks of `http` until the block ends."""
    # One process, which is gone when it is killed.
    command = [*configure(folder, sites), "-g", "master_process off;"]
    with serving(command, folder, ready="event method"):
        yield
