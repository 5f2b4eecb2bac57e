"""SQLite on a full disk gives 503 and is not ready, until there is room again."""

from __future__ import annotations

import json
import re
import resource
import shutil
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from impl.kernel.database import Database
from impl.kernel.errors import Unavailable
from tests.harness import settings
from tests.harness.patience import PATIENCE
from tests.harness.programs import running
from tests.kernel.test_database import ATTEMPTS, add_message

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
_ADDRESS = re.compile(r"http://[0-9.]+:[0-9]+")


async def _bound(database: Database, pages: int) -> None:
    """Let the file grow no further, which SQLite tells in the words of a full disk; of the connection that writes."""
    async with database.begin() as tx:
        await tx.execute(text(f"PRAGMA max_page_count = {pages}"))


async def _fill(database: Database) -> None:
    for _ in range(10_000):
        await add_message(database)


async def test_a_full_disk_is_unavailable_until_there_is_room(database: Database) -> None:
    await add_message(database)
    await _bound(database, 1)
    with pytest.raises(Unavailable):
        await _fill(database)
    assert await database.reader.first(ATTEMPTS) is not None
    await _bound(database, 1_000_000)
    await add_message(database)
    await database.require_writable()


async def test_a_disk_without_room_is_told_before_anything_is_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.require_writable()
    used = shutil.disk_usage("/")
    free = [1024 * 1024]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: used._replace(free=free[0]))
    await database.require_writable()
    free[0] -= 1
    with pytest.raises(Unavailable):
        await database.require_writable()


async def test_a_service_whose_disk_is_full_says_so_and_recovers(fresh_database_url: str, tmp_path: Path) -> None:
    given = {
        "ENVIRONMENT": "test",
        "DATABASE_URL": fresh_database_url,
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": settings.SECRET_KEY,
        "PASSWORD_PEPPER": settings.PEPPER,
        "ENCRYPTION_KEYS": settings.ENCRYPTION_KEY,
        "AUDIT_KEYS": settings.AUDIT_KEY,
        "JWT_KEYS": json.dumps({"test": {"key": settings.JWT_KEY}}),
        "BCRYPT_COST": "4",
    }
    async with running("impl.app", "--port", "0", folder=tmp_path, settings=given) as program:
        address = _ADDRESS.search(await program.wait_for_line("Uvicorn running"))
        assert address is not None
        async with httpx.AsyncClient(base_url=address[0], trust_env=False, timeout=PATIENCE) as client:

            async def register(name: str) -> int:
                body = {"email": f"{name}@example.test", "password": "Quiet-Harbor-71", "full_name": "Some Body"}
                answer = await client.post("/api/v1/auth/register", json=body)
                if answer.status_code == 503:
                    assert answer.json()["detail"] == "The database takes no changes at this moment."
                    assert int(answer.headers["Retry-After"]) > 0
                return answer.status_code

            async def ready() -> int:
                return (await client.get("/health/ready")).status_code

            assert (await register("before"), await ready()) == (202, 200)
            _, most = resource.prlimit(program.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (1, most))
            assert (await register("meanwhile"), await ready()) == (503, 503)
            await program.wait_for_line("the database takes no changes")
            assert (await client.get("/api/v1/categories")).status_code == 200
            resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (most, most))
            assert (await register("meanwhile"), await ready()) == (202, 200)
