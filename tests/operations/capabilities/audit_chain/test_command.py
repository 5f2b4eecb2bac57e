"""`audit verify`, run as an operator runs it."""

from __future__ import annotations

import asyncio
import subprocess

from impl.kernel.database import Database
from impl.operations.capabilities.audit_chain.service import AuditChainService
from tests.harness.environment import clean_environment
from tests.harness.launching import run
from tests.operations.capabilities.audit_chain.conftest import KEY, Tamper, seal_all, write


def _run(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    settings = {"ENVIRONMENT": "test", "DATABASE_URL": url, "AUDIT_KEYS": KEY.decode()}
    return run("impl.cli", "audit", "verify", *words, environment=clean_environment(**settings))


async def test_an_operator_verifies_the_chain(
    database: Database, chain: AuditChainService, fresh_database_url: str, tamper: Tamper
) -> None:
    await write(database, 3)
    await seal_all(chain)
    await write(database)
    done = await asyncio.to_thread(_run, fresh_database_url)
    assert done.returncode == 0, done.stderr
    first, second, third = done.stdout.splitlines()
    assert first.startswith("3 events in the chain")
    assert second.startswith("1 events wait")
    head = third.removeprefix("head ")
    assert head.startswith("3:")
    assert (await asyncio.to_thread(_run, fresh_database_url, "--head", head)).returncode == 0
    await tamper(
        """
        UPDATE operations.audit_events SET event = 'other'
        WHERE id = (SELECT event_id FROM operations.audit_seals WHERE position = 2)
        """
    )
    done = await asyncio.to_thread(_run, fresh_database_url)
    assert done.returncode == 1
    assert "position 2: event" in done.stderr
    assert "Traceback" not in done.stderr
