"""Commands and queries of the pages for operators run, against a service on PostgreSQL."""

from __future__ import annotations

import asyncio
import re
import shlex
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import pytest
import yaml

from impl.cli import fresh_secrets
from impl.kernel.settings.service import Settings
from tests.docker.test_compose import ALL_SECRETS, OURS
from tests.docker.test_monitoring import ALERTS, METRIC, exported
from tests.harness.databases import ROOT, Databases
from tests.harness.environment import clean_environment
from tests.harness.launching import run
from tests.harness.metrics import metrics_port
from tests.harness.service import run_service

__all__ = ["exported"]

_RUNBOOKS: Final = ROOT / "docs" / "runbooks"
_PAGES: Final = [ROOT / "docs" / "operations.md", *sorted(_RUNBOOKS.iterdir())]
_TEXT: Final = "\n".join(page.read_text(encoding="utf-8") for page in _PAGES)
_TOKEN: Final = "a-token-that-only-the-tests-of-commands-send"


def _blocks(language: str) -> list[str]:
    """Return the blocks of a language, each once, without their indentation."""
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```$", _TEXT, re.MULTILINE | re.DOTALL)
    return sorted({block.strip() for block in found})


_LINES: Final = sorted({line.strip() for block in _blocks("sh") for line in block.splitlines()})
_PROGRAM: Final = "python -m impl.cli "


@dataclass(frozen=True, slots=True)
class Deployment:
    url: str
    environment: dict[str, str]


@pytest.fixture(scope="module")
async def deployment(databases: Databases, worker_id: str) -> AsyncIterator[Deployment]:
    """Run a service that commands are about, and return their environment."""
    port = metrics_port()
    name = f"commands_{worker_id}"
    async with run_service(databases, "postgresql", name, metrics_port=port, metrics_token=_TOKEN) as running:
        settings = running.settings
        environment = clean_environment(
            API=running.url,
            METRICS=f"http://127.0.0.1:{port}",
            METRICS_TOKEN=_TOKEN,
            ENVIRONMENT="test",
            DATABASE_URL=settings.database_url,
            AUDIT_KEYS=",".join(key.get_secret_value() for key in settings.audit_keys),
        )
        yield Deployment(settings.database_url, environment)


def test_there_is_something_to_run() -> None:
    assert [line for line in _LINES if line.startswith(_PROGRAM)]
    assert [line for line in _LINES if line.startswith("curl ")]
    assert _blocks("sql")
    assert _blocks("promql")


def test_figures_name_commands_that_there_are() -> None:
    named = re.findall(r"\| `(make|\.venv/bin/pytest) ([^`]+)` \|$", _TEXT, re.MULTILINE)
    assert len(named) > 5
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for program, words in named:
        for word in words.split():
            assert word in targets if program == "make" else (ROOT / word).exists(), word


@pytest.mark.parametrize("line", _LINES)
async def test_a_command_runs(line: str, deployment: Deployment) -> None:
    if line.startswith(_PROGRAM):
        words = shlex.split(line.removeprefix(_PROGRAM))
        done = await asyncio.to_thread(run, "impl.cli", *words, environment=deployment.environment)
    else:
        done = await asyncio.to_thread(
            subprocess.run,
            ["bash", "-o", "pipefail", "-c", line],
            env=deployment.environment,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("query", _blocks("sql"))
async def test_a_query_runs(query: str, deployment: Deployment) -> None:
    connection = await asyncpg.connect(deployment.url.replace("postgresql+asyncpg", "postgresql"))
    try:
        await connection.execute(query)
    finally:
        await connection.close()


@pytest.mark.parametrize("query", _blocks("promql"))
async def test_a_query_of_metrics_asks_for_what_there_is(query: str, exported: set[str]) -> None:
    assert set(METRIC.findall(query)) - exported == set()


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    named = {rule["alert"]: rule["annotations"]["runbook"] for group in groups for rule in group["rules"]}
    assert named == {page.stem: page.relative_to(ROOT).as_posix() for page in _RUNBOOKS.iterdir()}
    for name in named:
        page = (_RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
        assert f"\n`{name}`. " in page
        assert re.findall(r"^## (.+)$", page, re.MULTILINE) == ["Look", "Do"]


def test_the_secrets_of_the_compose_file_are_made_as_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sh\n(mkdir -p docker/secrets.*?)```", guide, re.DOTALL)
    environment = {**clean_environment(), "PYTHONPATH": str(ROOT), "PATH": f"{ROOT}/.venv/bin:/usr/bin:/bin"}
    subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=tmp_path, env=environment, check=True)

    made = tmp_path / "docker" / "secrets"
    files = {path.name: path.read_text() for path in made.iterdir()}
    yours = {"smtp_password", "storage_s3_secret_access_key", "tls_certificate", "tls_key"}
    assert files.keys() - {"jwt_active_kid"} == ALL_SECRETS - yours
    assert made.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in made.iterdir()} == {0o444}
    for name in yours:
        (made / name).write_text("given")
    # Production starts with them, and with the addresses that the compose file asks for.
    given = {
        "APP_URL": "https://app.example.org",
        "API_URL": "https://api.example.org",
        "TRUSTED_PROXIES": "10.0.0.0/8",
    }
    for name, value in OURS["api"]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{.*\}", given.get(name, "given" if ":?" in value else ""), value))
    monkeypatch.setenv("SECRETS_DIR", str(made))
    monkeypatch.chdir(tmp_path)
    settings = Settings.load()
    assert settings.is_production
    assert settings.redis_url is not None
    assert files["redis_password"] in settings.redis_url.get_secret_value()
    assert files["postgres_password"] in settings.database_url

    # And with PgBouncer before the database.
    (block,) = re.findall(r"```sh\n(cp docker/secrets.*?)```", guide, re.DOTALL)
    subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=tmp_path, env=environment, check=True)
    monkeypatch.setenv("DATABASE_POOLER", "transaction")
    pooled = Settings.load()
    assert "@pgbouncer:6432/" in pooled.database_url
    assert pooled.database_direct_url == settings.database_url
    assert {path.stat().st_mode & 0o777 for path in made.iterdir()} == {0o444}
    assert {name.lower() for name in fresh_secrets()} <= files.keys()
