"""A server is recovered to a moment before somebody's mistake, from what it archived, and serves again."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from impl.kernel.ids import new_id
from tests.gateways.s3_server import S3Server
from tests.harness.accounts import Accounts
from tests.harness.clock import MovableClock
from tests.harness.clusters import ClusterServer, cluster
from tests.harness.databases import ROOT, Databases
from tests.harness.inbox import Inbox
from tests.harness.launching import run
from tests.harness.patience import PATIENCE
from tests.harness.postgres import unprivileged_user
from tests.harness.run import throwaway_folder
from tests.harness.service import Service, run_instance
from tests.marketplace.payloads import PROPERTIES, house, ok
from tests.recovery.archiving import STORED, Archive, relayed
from tests.recovery.commands import Place
from tests.recovery.test_bucket import bucket

_PAGE = (ROOT / "docs" / "recovery.md").read_text(encoding="utf-8")


_MOMENT = "2026-11-29T13:00:00Z"


def _line(program: str, command: str) -> str:
    """Return a command of the page."""
    (line,) = re.findall(rf"^python -m {program} ({command} .*)$", _PAGE, re.MULTILINE)
    return str(line)


def _with_values(line: str, told: dict[str, str]) -> list[str]:
    """Return the words of a command, with what the test has in place of its examples."""
    return [told.get(word, word) for word in shlex.split(line)]


def _words(command: str, told: dict[str, str]) -> list[str]:
    return _with_values(_line("impl.wal", command), told)


def _query(word: str) -> str:
    """Return the query of the page that asks for something."""
    (query,) = [one for one in re.findall(r"^```sql\n(.*?)^```", _PAGE, re.MULTILINE | re.DOTALL) if word in one]
    return str(query)


def test_a_server_is_told_the_command_of_the_page() -> None:
    (command,) = re.findall(r"^archive_command = '(.*)'$", _PAGE, re.MULTILINE)
    setting, _, *words = shlex.split(command)
    assert setting == "PYTHONPATH=/srv/hestami"
    assert words == ["-m", "impl.wal", *STORED]


@pytest.fixture
async def archive(s3: S3Server, tmp_path: Path) -> Archive:
    identity = tmp_path / "key.txt"
    made = run("impl.cli", "backup-key", str(identity), environment={"ENVIRONMENT": "test"})
    await bucket(s3, "wal").put("made", b"")
    return Archive(s3, made.stdout.strip(), identity)


async def test_a_server_comes_back_as_it_was_before_a_mistake(
    databases: Databases, archive: Archive, worker_id: str, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    with (
        throwaway_folder() as folder,
        relayed(archive, folder / "relay", unprivileged_user()) as command,
        cluster(
            databases,
            f"point_in_time_{worker_id}",
            {"archive_mode": "on", "archive_command": f"{command} archive %p %f"},
        ) as servers,
    ):
        primary = servers.primary
        async with run_instance(
            "postgresql", primary.url, MovableClock(), Inbox(), storage_dir=files, storage_keep_deleted_days=14
        ) as service:
            storage = service.services.storage
            await storage.put("pictures/of/before.webp", b"picture")
            accounts = Accounts(service)
            account = await accounts.make()
            before = ok(await account.client.post(PROPERTIES, json=house(label="before the copy")), 201)
            server, told = _libpq(primary), {"age1...": archive.recipient}
            copied = await asyncio.to_thread(archive.run, *_words("copy", told), **server)
            assert copied.returncode == 0, copied.stderr
            after = ok(await account.client.post(PROPERTIES, json=house(label="after the copy")), 201)
            ((chosen,),) = await _rows(primary, "SELECT clock_timestamp()")
            ok(await account.client.post(PROPERTIES, json=house(label="too late")), 201)
            await _rows(primary, "DELETE FROM marketplace.properties")
            await storage.delete("pictures/of/before.webp")
            _uploaded_too_late(files)
            assert ok(await account.client.get(PROPERTIES))["items"] == []
            await accounts.close()
        ((archived, *_),) = await _rows(primary, _query("pg_stat_archiver"))
        assert archived > 0
        # Whatever it had not archived yet, it archives at its end.
        primary.stop(signal.SIGINT)

        recovered = ClusterServer(servers, "recovered")
        told = {
            "/var/lib/postgresql/17/recovered": str(recovered.data),
            _MOMENT: chosen.isoformat(),
            "key.txt": str(archive.identity),
        }
        prepared = await asyncio.to_thread(archive.run, *_words("prepare", told))
        assert prepared.returncode == 0, prepared.stderr
        written = (recovered.data / "postgresql.auto.conf").read_text()
        _fetches_by_the_command_that_was_written(archive, written, tmp_path)
        recovered.start(restore_command=f"{command} fetch %f %p", archive_mode="off")
        try:
            await _until(recovered, "SELECT pg_get_wal_replay_pause_state() = 'paused'")
            ((homes,),) = await _rows(recovered, "SELECT count(*) FROM marketplace.properties")
            assert homes == 2, "an operator looks before the server is opened"
            await _rows(recovered, _query("pg_wal_replay_resume"))
            await _until(recovered, "SELECT NOT pg_is_in_recovery()")
            place = Place(recovered.url, files)
            for line in ("audit verify", _line("impl.cli", "undelete"), "delete-unnamed"):
                done = await asyncio.to_thread(place.run, *_with_values(line, {_MOMENT: chosen.isoformat()}))
                assert done.returncode == 0, done.stderr
            assert {key: content for key, content in place.stored().items() if not key.startswith("deleted/")} == {
                "pictures/of/before.webp": b"picture"
            }
            async with _serving(recovered, files) as again, again.client() as client:
                login = {"login": account.email, "password": account.password}
                token = ok(await client.post("/auth/login", json=login))["access_token"]
                client.headers["Authorization"] = f"Bearer {token}"
                found = ok(await client.get(PROPERTIES))["items"]
                assert {home["id"]: home["label"] for home in found} == {
                    home["id"]: home["label"] for home in (before, after)
                }
                ok(await client.post(PROPERTIES, json=house(label="since then")), 201)
        finally:
            recovered.stop()


@asynccontextmanager
async def _serving(server: ClusterServer, files: Path) -> AsyncIterator[Service]:
    async with run_instance("postgresql", server.url, MovableClock(), Inbox(), storage_dir=files) as service:
        yield service


def _fetches_by_the_command_that_was_written(archive: Archive, settings: str, folder: Path) -> None:
    """Check what stands in the settings, as PostgreSQL would run it."""
    (command,) = re.findall(r"^restore_command = '(.*)'$", settings, re.MULTILINE)
    name = "000000010000000000000001"
    words = shlex.split(command.replace("%f", name).replace("%p", str(folder / name)))
    environment = {
        "WAL_S3_BUCKET": "wal",
        "WAL_S3_ENDPOINT": archive.s3.endpoint,
        "WAL_S3_ACCESS_KEY_ID": archive.s3.access_key_id,
        "WAL_S3_SECRET_ACCESS_KEY": archive.s3.secret_access_key,
    }
    done = subprocess.run(words, cwd="/", env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (folder / name).exists()


def _uploaded_too_late(files: Path) -> None:
    """Leave a picture whose photo is not there after the recovery, old enough to be of no request under way."""
    picture = files / "photos" / str(new_id()) / "card.webp"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"picture")
    os.utime(picture, (0, 0))


def _libpq(server: ClusterServer) -> dict[str, str]:
    password = server.url.partition("postgres:")[2].partition("@")[0]
    return {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "postgres", "PGPASSWORD": password}


async def _rows(server: ClusterServer, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(server.url)
    try:
        return list(await connection.fetch(statement))
    finally:
        await connection.close()


async def _until(server: ClusterServer, question: str) -> None:
    connection = await asyncpg.connect(server.url)
    try:
        async with asyncio.timeout(PATIENCE):
            while not await connection.fetchval(question):
                continue
    finally:
        await connection.close()
