"""Trouble of the machine ends `make run` and operators' commands with one sentence, no traceback and no orphans."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import asyncpg
import httpx
import pytest
from alembic.config import Config
from sqlalchemy import select, text

from impl import demo
from impl.assembly import assemble
from impl.identity.capabilities.access_control.tables import UserRole
from impl.identity.capabilities.users.tables import User
from impl.kernel.engines.connecting import connect
from tests.harness import launching
from tests.harness.databases import ROOT, Databases
from tests.harness.environment import clean_environment
from tests.harness.patience import PATIENCE
from tests.harness.settings import make_settings

if TYPE_CHECKING:
    from tests.harness.databases import Engine

_SERVES = re.compile(r"Started server process \[(\d+)\]")


def _ended(module: launching.Module, *arguments: str, folder: Path, **settings: str) -> str:
    """Run a program that does not start, and return what it says: nothing of Python."""
    environment = clean_environment(PYTHONPATH=str(ROOT), **{"DATA_DIR": str(folder), **settings})
    done = launching.run(module, *arguments, environment=environment, folder=folder)
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert "Traceback" not in said
    return said


def _until(condition: Callable[[], bool], told: list[str]) -> None:
    """Wait until a condition holds that another process brings about."""
    end = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < end, "".join(told)
        threading.Event().wait(0.05)


class _Development:
    """`python -m impl.dev` with its reloader, and the processes that it has started."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port
        self.told: list[str] = []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.told.append(line)

    @property
    def serving(self) -> list[int]:
        return [int(found) for found in _SERVES.findall("".join(self.told))]

    def is_healthy(self) -> bool:
        try:
            # The reloader holds the port: a connection waits until somebody serves, however long a start takes.
            url = f"http://127.0.0.1:{self.port}/health"
            return httpx.get(url, trust_env=False, timeout=PATIENCE).status_code == 200
        except httpx.HTTPError:
            return False

    def is_port_free(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) != 0


@contextmanager
def _developing(folder: Path) -> Iterator[_Development]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "impl.dev", "--port", str(port)],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(ROOT), DATA_DIR=str(folder), BCRYPT_COST="4"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    running = _Development(process, port)
    try:
        # What it writes is read by a thread, which may be behind what it answers.
        _until(lambda: running.serving != [] and running.is_healthy(), running.told)
        yield running
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        running.reader.join()


def test_a_killed_process_is_started_again_and_a_killed_reloader_leaves_no_orphan(tmp_path: Path) -> None:
    with _developing(tmp_path) as running:
        killed = running.serving[-1]
        os.kill(killed, signal.SIGKILL)
        _until(lambda: running.serving[-1] != killed and running.is_healthy(), running.told)
        running.process.kill()
        _until(running.is_port_free, running.told)


@pytest.mark.parametrize("module", ["impl.dev", "impl.app"])
@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_a_port_that_is_none_is_named(tmp_path: Path, module: launching.Module, port: str) -> None:
    assert f"{port} is no port" in _ended(module, f"--port={port}", folder=tmp_path)


def test_a_database_that_is_away_is_named(databases: Databases, tmp_path: Path) -> None:
    url = "postgresql://somebody:hidden-word@127.0.0.1:1/nothing"
    commands: tuple[tuple[launching.Module, *tuple[str, ...]], ...] = (
        ("impl.dev",),
        ("impl.cli", "migrate"),
        ("impl.cli", "purge"),
    )
    for words in commands:
        said = _ended(*words, folder=tmp_path, DATABASE_URL=url)
        assert "The database postgresql://somebody@127.0.0.1:1/nothing cannot be reached" in said
        assert "hidden-word" not in said
    assert "cannot be reached" in _ended("alembic", "upgrade", "head", folder=ROOT, DATABASE_URL=url)
    refused = databases.server.url("nothing").replace(databases.server.password, "hidden-word")
    assert "refuses the connection: password authentication failed" in _ended(
        "impl.cli", "migrate", folder=tmp_path, DATABASE_URL=refused
    )


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_role_that_may_not_create_is_told_what_it_lacks(
    databases: Databases, empty_database_url: str, tmp_path: Path, worker_id: str
) -> None:
    role = f"guest_{worker_id}"

    async def tell(url: str, *statements: str) -> None:
        connection = await asyncpg.connect(url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    server = databases.server.url("postgres", scheme="postgresql")
    asyncio.run(tell(server, f"CREATE ROLE {role} LOGIN PASSWORD 'guest'"))
    try:
        url = empty_database_url.replace(f"postgres:{databases.server.password}", f"{role}:guest")
        said = _ended("impl.cli", "migrate", folder=tmp_path, DATABASE_URL=url)
        assert "CREATE on the database and on schema public" in said
        assert "permission denied for schema public" in said
    finally:
        asyncio.run(tell(server, f"DROP ROLE {role}"))


def test_a_checkout_may_lie_under_any_path(tmp_path: Path) -> None:
    """Of what Alembic reads: each value that stands beside the absolute path."""
    folder = tmp_path / "50%off %(here)s"
    folder.mkdir()
    shutil.copy(ROOT / "alembic.ini", folder)
    config = Config(folder / "alembic.ini")
    assert config.get_main_option("script_location") == "migrations"
    assert "hooks" in config.get_section("post_write_hooks", {})
    for name in ("migrations", "impl", "openapi", "generated"):
        (folder / name).symlink_to(ROOT / name)
    done = subprocess.run(
        [sys.executable, "-m", "impl.cli", "migrate"],
        cwd=folder,
        env=clean_environment(DATA_DIR=str(folder / "data"), ENVIRONMENT="development"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "data" / "hestami.db").is_file()


async def _with_an_administrator(url: str) -> None:
    """Create an administrator, as a service in use has one."""
    services = assemble(make_settings(url, web_port=9, smtp_port=9))
    await services.open()
    await services.identity.registration.create_admin(
        email="owner@example.org", full_name="The Owner", password="Quiet-Harbor-71"
    )
    await services.close()


async def test_a_database_of_others_is_named_and_left_alone(
    fresh_database_url: str, engine: Engine, tmp_path: Path
) -> None:
    await _with_an_administrator(fresh_database_url)
    said = await asyncio.to_thread(_ended, "impl.dev", folder=tmp_path, DATABASE_URL=fresh_database_url)
    assert "has accounts or tables that are not of the demo; nothing was changed" in said
    assert fresh_database_url.rpartition("/")[2] in said
    assert "DEMO=yes" in said
    database = connect(fresh_database_url)
    async with database.begin() as tx:
        assert (await tx.scalars(select(User.email))).all() == ["owner@example.org"]
    await database.close()


async def test_tables_of_another_program_are_not_migrated(
    empty_database_url: str, engine: Engine, tmp_path: Path
) -> None:
    database = connect(empty_database_url)
    async with database.begin() as tx:
        await tx.execute(text("CREATE TABLE orders (id INTEGER)"))
    said = await asyncio.to_thread(_ended, "impl.dev", folder=tmp_path, DATABASE_URL=empty_database_url)
    assert "nothing was changed" in said
    async with database.begin() as tx:
        with pytest.raises(Exception, match="alembic_version"):
            await tx.execute(text("SELECT version_num FROM alembic_version"))
    await database.close()


async def test_no_demo_administrator_is_made_beside_another(fresh_database_url: str) -> None:
    """With DEMO=yes, which asks for the demo's people beside those who are there."""
    await _with_an_administrator(fresh_database_url)
    services = assemble(make_settings(fresh_database_url, web_port=9, smtp_port=9))
    await services.open()
    for _ in range(2):
        await demo.load(services)
    async with services.database.begin() as tx:
        staff = await tx.scalars(select(UserRole.user_id).where(UserRole.role_name.startswith("STAFF")))
        assert len(staff.all()) == 1
        assert len((await tx.scalars(select(User.id))).all()) > 1
    await services.close()


async def test_demo_accounts_of_another_pepper_are_told_of(fresh_database_url: str) -> None:
    settings = make_settings(fresh_database_url, web_port=9, smtp_port=9)
    services = assemble(settings)
    await services.open()
    await demo.load(services)
    await services.close()
    elsewhere = settings.model_copy(update={"password_pepper": type(settings.password_pepper)("another " * 6)})
    services = assemble(elsewhere)
    await services.open()
    with pytest.raises(SystemExit, match="another PASSWORD_PEPPER"):
        await demo.load(services)
    await services.close()
