"""Staff see each dependency, with what is wrong in words of the service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx

from impl.kernel import outbox
from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.harness.databases import Databases, Engine
from tests.harness.deliveries import until
from tests.harness.service import run_service

_PATH = "/health/detailed"


async def _until(client: httpx.AsyncClient, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        answer = await client.get(_PATH)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found if is_so(found) else None

    return await until(look)


def _states(found: dict[str, Any]) -> dict[str, str]:
    return {one["dependency"]: one["state"] for one in found["dependencies"]}


async def test_each_dependency_is_told_of_with_figures(databases: Databases, engine: Engine, worker_id: str) -> None:
    # Of a worker that has just begun, which writes its runs down at once, and the next time only after a while.
    async with run_service(databases, engine, f"figures_{worker_id}") as running:
        accounts = Accounts(running)
        staff = await accounts.staff()
        found = await _until(staff.client, lambda found: bool(found["worker_tasks"]))
        await accounts.close()
    states = _states(found)
    assert (states["DATABASE"], states["REDIS"], states["STORAGE"], states["MAIL"]) == ("UP", "OFF", "UP", "UP")
    assert found["database"]["revision"] == found["database"]["expected_revision"] is not None
    assert found["outbox"]["dead_letters"] >= 0
    assert found["audit_chain"] is not None
    assert {run["task"] for run in found["worker_tasks"]} >= {"sealing audit events"}
    assert all(one["latency_ms"] is not None for one in found["dependencies"] if one["state"] == "UP")


async def test_only_who_may_see_it_does(accounts: Accounts) -> None:
    person, moderator = await accounts.sign_up(), await accounts.staff("STAFF_MODERATOR")
    for somebody in (person, moderator):
        assert_problem(await somebody.client.get(_PATH), 403, "forbidden")


async def test_what_is_wrong_is_named_with_its_reason(databases: Databases, engine: Engine, worker_id: str) -> None:
    name = f"details_{worker_id}"
    async with run_service(databases, engine, name, smtp_starttls=True) as running:
        accounts = Accounts(running)
        staff = await accounts.staff()
        async with running.services.database.begin() as tx:
            await outbox.put(tx, "of-a-later-release", {})
        running.clock.advance(timedelta(minutes=6))
        found = await _until(
            staff.client, lambda found: {_states(found)[one] for one in ("MAIL", "OUTBOX")} == {"DOWN", "DEGRADED"}
        )
        await accounts.close()
    assert found["status"] == "DEGRADED"
    reasons = {one["dependency"]: one["explanation"] for one in found["dependencies"]}
    assert reasons["MAIL"] == "the mail server offers no STARTTLS"
    assert "five minutes" in reasons["OUTBOX"]
    assert found["outbox"]["delay_seconds"] > 300
