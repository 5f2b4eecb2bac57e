"""`make run` leads from nothing to a served catalogue, starts at once the next time, and takes PostgreSQL as well."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

import httpx

from tests.harness.databases import ROOT, Databases
from tests.harness.patience import PATIENCE

_LOCKS = ROOT / ".venv" / "locks"


@contextmanager
def _running(data: Path, database_url: str) -> Iterator[tuple[httpx.Client, list[str]]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    words = ["make", "run", f"PORT={port}", f"DATABASE_URL={database_url}"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        env={**environment, "DATA_DIR": str(data), "MAKEFLAGS": "", "BCRYPT_COST": "4"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    told: list[str] = []
    reader = threading.Thread(target=_read, args=(process, told))
    reader.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE) as client:
            _wait_for(port, process, told)
            yield client, told
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        reader.join()


def _walk(url: str, mailbox: Path) -> None:
    """Walk the story as a person does, with the mails that the service has written into its folder."""
    environment = {**os.environ, "MAILBOX_DIR": str(mailbox)}
    done = subprocess.run(
        ["make", "journey", f"URL={url}"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The story ended well" in done.stdout


def _read(process: subprocess.Popen[str], told: list[str]) -> None:
    assert process.stdout is not None
    with process.stdout as lines:
        told.extend(lines)


def _wait_for(port: int, process: subprocess.Popen[str], told: list[str]) -> None:
    """Try to connect until somebody listens; another process can tell us in no other way."""
    end = monotonic() + PATIENCE
    while monotonic() < end and process.poll() is None:
        with socket.socket() as trial:
            trial.settimeout(1.0)
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        threading.Event().wait(0.05)
    raise AssertionError("make run did not serve:\n" + "".join(told))


def _installed() -> dict[str, int]:
    """Give the locks of which the environment has all, and when each was installed."""
    return {path.name: path.stat().st_mtime_ns for path in _LOCKS.iterdir()}


def _steps_taken(database: Path) -> int:
    """Count how often the schema was changed: each step of a migration raises SQLite's own counter."""
    with closing(sqlite3.connect(database)) as connection:
        taken: int = connection.execute("PRAGMA schema_version").fetchone()[0]
    return taken


def test_a_newcomer_is_served_and_the_second_time_there_is_nothing_to_do(tmp_path: Path) -> None:
    file = tmp_path / "hestami.db"
    url = f"sqlite+aiosqlite:///{file}"
    with _running(tmp_path / "data", url) as (client, _):
        page = client.get("/api/v1/services", params={"limit": 3})
        assert page.status_code == 200, page.text
        assert len(page.json()["items"]) == 3
        assert client.get("/health").status_code == 200
        assert client.get("/docs").status_code == 200
        _walk(str(client.base_url), tmp_path / "data" / "mailbox")
        first = client.get("/api/v1/services").json()
    installed, taken = _installed(), _steps_taken(file)
    assert installed, "the environment does not say what it has"
    assert taken > 0
    with _running(tmp_path / "data", url) as (client, _):
        assert client.get("/api/v1/services").json() == first, "demo data is loaded once"
    assert _installed() == installed, "the packages were installed again"
    assert _steps_taken(file) == taken, "the schema was changed again"


def test_a_url_makes_the_same_command_use_postgresql(databases: Databases, tmp_path: Path, worker_id: str) -> None:
    url = databases.empty("postgresql", f"run_{worker_id}")
    with _running(tmp_path / "data", url) as (client, told):
        assert client.get("/api/v1/categories").status_code == 200
        assert client.get("/api/v1/services").json()["items"] != []
        assert url.split("@")[0] not in "".join(told), "the password of the database is in the log"
    databases.drop(url)
