"""The Dockerfile builds, and the result serves with production settings and writes nowhere."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pyrage
import pytest
import yaml

from impl.cli import fresh_secrets
from tests.harness.databases import ROOT, Databases
from tests.harness.inbox import Inbox, receive
from tests.harness.patience import PATIENCE
from tests.harness.sockets import listen
from tools.dockerfile_rehearsal import Rehearsal, Stage, instructions

_DOCKERFILE = ROOT / "docker" / "backend" / "fastapi" / "Dockerfile"
_COMPOSE = ROOT / "docker" / "compose.prod.yaml"
_PORT = "8000"
_LISTENING = "0.0.0.0"  # noqa: S104 - what the image says, and tests do not do
_BETWEEN_CHECKS = 0.2


@pytest.fixture
def built() -> Iterator[tuple[Rehearsal, Stage]]:
    """Return the finished image; the folder is not pytest's, which is closed to the user who builds."""
    folder = Path(tempfile.mkdtemp(prefix="hestami-image-"))
    folder.chmod(0o755)
    try:
        rehearsal = Rehearsal(ROOT, folder, cache=Path(tempfile.gettempdir()) / f"hestami-pip-{os.geteuid()}")
        stage = rehearsal.build(_DOCKERFILE)
        rehearsal.seal(stage)
        yield rehearsal, stage
    finally:
        for path in folder.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(folder)


def _packages(stage: Stage) -> set[str]:
    found = next(stage.at("/opt/hestami/lib").glob("python3.*")) / "site-packages"
    return {path.name.partition("-")[0].lower().replace("_", "-") for path in found.glob("*.dist-info")}


def _asked() -> set[str]:
    text = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))


def _holds_the_service_and_nothing_else(stage: Stage) -> None:
    assert {path.name for path in stage.root.iterdir()} == {"opt", "srv"}
    source = stage.at("/srv/hestami")
    assert {path.name for path in source.iterdir()} == {"alembic.ini", "generated", "impl", "migrations", "openapi"}
    described = {path.name for path in (source / "openapi").iterdir()} - {"__pycache__"}
    assert described == {"__init__.py", "hestami.yaml", "runtime"}
    assert _packages(stage) <= _asked()
    assert {"fastapi", "asyncpg", "alembic"} <= _packages(stage)
    programs = {path.name for path in stage.at("/opt/hestami/bin").iterdir()}
    assert not programs & {"pip", "pip3", "uv", "gcc", "cc", "make", "pytest", "mypy"}
    assert not [
        path for path in stage.root.rglob("*") if path.name in {"tests", "conftest.py"} and "impl" in path.parts
    ]


def _has_what_backups_need(rehearsal: Rehearsal, stage: Stage) -> None:
    programs = {path.name for path in stage.at("/opt/postgresql/bin").iterdir()}
    assert programs == {"pg_dump", "pg_restore", "pg_basebackup", "pg_verifybackup"}
    # Not older than the server that the compose file starts.
    server = yaml.safe_load(_COMPOSE.read_text(encoding="utf-8"))["services"]["postgres"]["image"]
    (major,) = re.findall(r"^postgres:(\d+)", server)
    assert f"(PostgreSQL) {major}." in rehearsal.run(stage, ["pg_dump", "--version"])
    steps = " ".join(value for name, value in instructions(_DOCKERFILE.read_text(encoding="utf-8")) if name == "RUN")
    assert f" postgresql-client-{major} " in steps


def _is_compiled(stage: Stage) -> None:
    sources = [path for name in ("impl", "generated", "migrations", "openapi") for path in stage.at(name).rglob("*.py")]
    assert sources
    assert [path for path in sources if not list((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"))] == []


def test_the_image_runs_as_nobody_special() -> None:
    steps = list(instructions(_DOCKERFILE.read_text(encoding="utf-8")))
    users = [value for name, value in steps if name == "USER"]
    assert len(users) == 1
    uid, gid = users[0].split(":")
    assert int(uid) > 0
    assert int(gid) > 0
    made = next(value for name, value in steps if name == "RUN" and "useradd" in value)
    assert f"--uid {uid}" in made
    assert f"--gid {gid}" in made


@pytest.fixture
async def inbox() -> AsyncIterator[tuple[Inbox, int]]:
    with listen() as listener:
        box = Inbox()
        server = await receive(box, listener)
        yield box, listener.getsockname()[1]
        server.close()


def _settings(rehearsal: Rehearsal, folder: Path, database: str, smtp_port: int) -> dict[str, str]:
    """Return the environment of a deployment: secrets are files, everything else is said."""
    folder.mkdir()
    rehearsal.give(folder)
    for name, value in {**fresh_secrets(), "DATABASE_URL": database}.items():
        path = folder / name.lower()
        path.write_text(value)
        path.chmod(0o400)
        rehearsal.give(path)
    return {
        "SECRETS_DIR": str(folder),
        "APP_URL": "https://app.hestami.test",
        "API_URL": "https://api.hestami.test",
        "TRUSTED_PROXIES": "127.0.0.1",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(smtp_port),
        "SMTP_STARTTLS": "false",
        "MAIL_FROM": "no-reply@hestami.test",
        "STORAGE_DIR": str(folder / "storage"),
    }


def _backup(folder: Path) -> list[str]:
    """Return the command of a backup into a folder, as an operator gives it to the image."""
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    return ["python", "-m", "impl.cli", "backup", str(folder / "one.age"), "--recipient", recipient]


@contextmanager
def _running(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        # Shown with a failure, whose cause the client is not told.
        sys.stdout.write(process.communicate()[0])


def _ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.terminate()
    said, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, said


def _until_healthy(
    rehearsal: Rehearsal, stage: Stage, api: subprocess.Popen[str], health: list[str], port: int
) -> None:
    """Ask as the container engine does, with the image's own check, once somebody listens: each starts Python."""
    said = ""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            api.wait(_BETWEEN_CHECKS)
        except subprocess.TimeoutExpired:
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) != 0:
                    continue
            check = rehearsal.start(stage, health)
            said, _ = check.communicate()
            if check.returncode == 0:
                return
        else:
            pytest.fail(f"the service ended: {api.stdout.read() if api.stdout else ''}")
    pytest.fail(f"the health check never succeeded: {said}")


# One test, so that parallel workers do not each build an image for a part of it.
async def test_the_image_is_bare_serves_and_works(
    built: tuple[Rehearsal, Stage], inbox: tuple[Inbox, int], databases: Databases, worker_id: str, tmp_path: Path
) -> None:
    rehearsal, stage = built
    _holds_the_service_and_nothing_else(stage)
    _is_compiled(stage)
    _has_what_backups_need(rehearsal, stage)
    compose: dict[str, Any] = yaml.safe_load(_COMPOSE.read_text(encoding="utf-8"))
    box, smtp_port = inbox
    with listen() as free:
        port = str(free.getsockname()[1])
    assert _LISTENING in stage.command
    assert _PORT in stage.command
    command = ["127.0.0.1" if word == _LISTENING else word.replace(_PORT, port) for word in stage.command]
    health = [word.replace(f":{_PORT}/", f":{port}/") for word in stage.health]

    database = databases.empty("postgresql", f"image_{worker_id}")
    secrets = stage.root.parent / "secrets"
    told = _settings(rehearsal, secrets, database, smtp_port)
    try:
        await asyncio.to_thread(rehearsal.run, stage, compose["services"]["migrate"]["command"], told)
        with _running(rehearsal.start(stage, command, told)) as api:
            await asyncio.to_thread(_until_healthy, rehearsal, stage, api, health, int(port))
            with _running(rehearsal.start(stage, compose["services"]["worker"]["command"], told)) as worker:
                newcomer = {"email": "ada@example.com", "full_name": "Ada", "password": "Maple-Street-42"}
                async with httpx.AsyncClient(
                    base_url=f"http://127.0.0.1:{port}",
                    headers={"X-Forwarded-Proto": "https"},
                    trust_env=False,
                    timeout=PATIENCE,
                ) as web:
                    assert (await web.get("/health/ready")).status_code == 200
                    assert (await web.get("/redoc")).status_code == 200
                    assert (await web.get("/problems/not-found")).status_code == 200
                    answer = await web.post("/api/v1/auth/register", json=newcomer)
                assert answer.status_code == 202, answer.text
                saved = await asyncio.to_thread(rehearsal.run, stage, _backup(secrets), told)
                assert " rows in " in saved, saved
                mail = await box.wait_for("ada@example.com")
                assert mail.link.startswith("https://app.hestami.test/verify-email")
                ended = await asyncio.gather(asyncio.to_thread(_ended, worker), asyncio.to_thread(_ended, api))
    finally:
        databases.drop(database)
        shutil.rmtree(secrets)
    assert [code for code, _ in ended] == [0, 0], ended
    said = "".join(text for _, text in ended)
    assert "Finished server process" in said
    assert "Traceback" not in said
    assert "Maple-Street-42" not in said
