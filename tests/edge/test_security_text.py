"""The contact for vulnerabilities (RFC 9116), until it expires."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx

from tests.harness.client import open_browser
from tests.harness.service import Service, run_service

if TYPE_CHECKING:
    from tests.harness.databases import Databases, Engine

CONTACTS = "mailto:security@hestami.test, https://hestami.test/security"


async def _ask(service: Service) -> httpx.Response:
    async with open_browser(service.url) as client:
        return await client.get("/.well-known/security.txt")


async def test_it_names_the_contacts_until_it_expires(databases: Databases, engine: Engine, worker_id: str) -> None:
    expires_at = (datetime.now(UTC) + timedelta(days=90)).replace(microsecond=0)
    changes = {"security_contact": CONTACTS, "security_expires_at": expires_at}
    async with run_service(databases, engine, f"security_{worker_id}", **changes) as running:
        answer = await _ask(running)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.text.splitlines() == [
            "Contact: mailto:security@hestami.test",
            "Contact: https://hestami.test/security",
            f"Expires: {expires_at:%Y-%m-%dT%H:%M:%SZ}",
            "Preferred-Languages: en",
            f"Canonical: {running.settings.api_url}/.well-known/security.txt",
        ]
        with running.clock.stopped():
            running.clock.advance(expires_at - running.clock.now() - timedelta(microseconds=1))
            assert (await _ask(running)).status_code == 200
            running.clock.advance(timedelta(microseconds=1))
            assert (await _ask(running)).status_code == 404


async def test_without_a_contact_there_is_none(service: Service) -> None:
    answer = await _ask(service)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
