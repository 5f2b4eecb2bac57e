"""A service that was saved while people used it is the same one after its restoration elsewhere."""

from __future__ import annotations

import asyncio
import hashlib
import json
import stat
from pathlib import Path
from typing import Any

import httpx

from impl import demo
from impl.kernel.tables import Table
from tests.harness.clock import MovableClock
from tests.harness.databases import Databases, Engine
from tests.harness.deliveries import until
from tests.harness.inbox import Inbox
from tests.harness.patience import PATIENCE
from tests.harness.postgres import find_binaries
from tests.harness.service import Service, run_instance, run_service
from tests.marketplace.payloads import ok, whole
from tests.recovery.commands import Place, opened

_LOGIN = {"login": "hannah.homeowner@example.com", "password": demo.PASSWORD}
_SERVICE = "/services/01980000-0000-7000-8000-000000000e01"


async def test_a_restored_service_is_the_one_that_was_saved(
    databases: Databases, engine: Engine, worker_id: str, tmp_path: Path
) -> None:
    key, backups, told = tmp_path / "key.txt", tmp_path / "backups", tmp_path / "told"
    backups.mkdir()
    programs = {"POSTGRES_PROGRAMS": str(_telling_programs(tmp_path / "programs", told))}
    async with run_service(databases, engine, f"saved_{worker_id}", storage_dir=tmp_path / "files") as saved:
        here = Place(saved.settings.database_url, tmp_path / "files", programs)
        recipient = (await asyncio.to_thread(here.run, "backup-key", key)).stdout.strip()
        await demo.load(saved.services)
        picture = await _picture(saved)
        await _all_are_drawn(here)
        before = await asyncio.to_thread(here.rows)
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            wrote, enough = asyncio.Event(), asyncio.Event()
            tasks.create_task(_sign_in_again_and_again(saved, wrote, enough))
            await wrote.wait()
            done = await asyncio.to_thread(here.run, "backup", backups, "--recipient", recipient)
            enough.set()
        assert done.returncode == 0, done.stderr
        after = await asyncio.to_thread(here.rows)
        shown = await _shown(saved)
        files = here.stored()

    (archive,) = backups.iterdir()
    assert stat.S_IMODE(archive.stat().st_mode) == stat.S_IMODE(key.stat().st_mode) == 0o600
    parts = opened(archive, key)
    manifest = json.loads(parts["manifest.json"])
    sums = {name: hashlib.sha256(part).hexdigest() for name, part in parts.items() if name != "SHA256SUMS"}
    assert parts["SHA256SUMS"].decode() == "".join(f"{digest}  {name}\n" for name, digest in sums.items())
    assert (manifest["format"], manifest["engine"]) == (1, engine)
    assert {_bare(name) for name in manifest["rows"]} >= {table.name for table in Table.metadata.sorted_tables}
    sessions = next(name for name in before if _bare(name) == "sessions")
    assert before[sessions] < manifest["rows"][sessions] <= after[sessions], "what was answered before is in it"

    new = databases.empty(engine, f"restored_{worker_id}")
    there = Place(new, tmp_path / "new", programs)
    restored = await asyncio.to_thread(there.run, "restore", archive, "--identity", key)
    assert restored.returncode == 0, restored.stderr
    assert await asyncio.to_thread(there.rows) == manifest["rows"]
    assert there.stored() == files
    assert f"schema {manifest['revision']}" in restored.stdout
    assert "events in the chain" in restored.stdout, "the audit trail was verified"
    async with run_instance(engine, new, MovableClock(), Inbox(), storage_dir=there.files) as again:
        async with httpx.AsyncClient(base_url=again.url, trust_env=False) as probe:
            assert (await probe.get("/health/ready")).status_code == 200
        async with again.client() as client:
            ok(await client.post("/auth/login", json=_LOGIN))
        assert await _shown(again) == shown
        assert await _picture(again) == picture
    assert (await asyncio.to_thread(there.run, "audit", "verify")).returncode == 0
    await asyncio.to_thread(databases.drop, new)
    if engine == "postgresql":
        arguments = told.read_text()
        assert arguments.count("hestami") == arguments.count("application_name=hestami_restore") == 1
        assert databases.server.password not in arguments


def _bare(table: str) -> str:
    return table.rpartition(".")[2]


def _telling_programs(folder: Path, told: Path) -> Path:
    """Put PostgreSQL's programs behind scripts that write down what everybody on the machine can read."""
    folder.mkdir()
    for name in ("pg_dump", "pg_restore"):
        script = folder / name
        script.write_text(f'#!/bin/sh\necho "$0 $*" >>"{told}"\nexec "{find_binaries()}/{name}" "$@"\n')
        script.chmod(0o755)
    return folder


async def _sign_in_again_and_again(service: Service, wrote: asyncio.Event, enough: asyncio.Event) -> None:
    async with service.client() as client:
        while not enough.is_set():
            ok(await client.post("/auth/login", json=_LOGIN))
            wrote.set()


async def _all_are_drawn(place: Place) -> None:
    """Wait until the worker has made every photo of the demo, and needs none of what they were made of."""

    async def drawn() -> bool | None:
        return None if await asyncio.to_thread(lambda: [*(place.files / "originals").glob("*")]) else True

    await until(drawn)


async def _shown(service: Service) -> list[dict[str, Any]]:
    """Return the catalogue, and what its search finds, with addresses that do not name the server."""
    async with service.client() as client:
        found = await whole(client, "/services", {"q": "tap"}, limit=100)
        assert found
        listed = [*await whole(client, "/services", limit=100), *found]
    relative: list[dict[str, Any]] = json.loads(json.dumps(listed).replace(service.url, ""))
    return relative


async def _picture(service: Service) -> bytes:
    await demo.draw_photos(service.services, shown=1)
    async with service.client() as client:

        async def photos() -> list[dict[str, Any]] | None:
            return ok(await client.get(_SERVICE))["photos"] or None

        shown = await until(photos)
    address = httpx.URL(shown[0]["files"]["thumb"]["webp"])
    async with httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
        answer = await client.get(address.path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp"), address
        return answer.content
