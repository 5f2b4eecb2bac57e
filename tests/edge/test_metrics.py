"""Metrics tell operators what requests and the worker come to, at a port of their own and with bounded labels."""

from __future__ import annotations

import asyncio
import platform
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import pytest

from generated.policies import OPERATIONS, PROBLEM_TYPES
from impl.assembly import assemble
from impl.edge.metrics import NO_OPERATION, SIGN_INS
from impl.edge.metrics_listener import listening
from impl.kernel import outbox
from impl.worker import worker_of
from tests.harness.accounts import Accounts, unique
from tests.harness.client import open_browser
from tests.harness.databases import Databases, Engine
from tests.harness.metrics import Samples, metrics_port
from tests.harness.patience import PATIENCE
from tests.harness.service import Service, run_service
from tests.harness.settings import make_settings
from tests.harness.sockets import listen

_REQUESTS = "hestami_http_requests_total"
_LOGINS = "hestami_logins_total"


@pytest.fixture(scope="module")
async def watched(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Return a service whose metrics are read without a token."""
    settings = {"metrics_port": metrics_port(), "rate_limit_scale": 1, "trusted_proxies": ("127.0.0.1",)}
    polling = {"worker_poll_seconds": 0.5}  # a test waits for all of its worker's tasks
    async with run_service(databases, engine, f"watched_{worker_id}", **settings, **polling) as running:
        yield running


@pytest.fixture
async def web(watched: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that does not judge: much of what it sends is in no contract."""
    async with open_browser(watched.url) as opened:
        yield opened


async def _read(service: Service) -> Samples:
    assert service.settings.metrics_port is not None
    return await Samples.read(service.settings.metrics_port)


async def test_requests_are_counted_by_operation_and_status(watched: Service, web: httpx.AsyncClient) -> None:
    before = await _read(watched)
    for _ in range(3):
        assert (await web.get("/api/v1/categories")).status_code == 200
    assert (await web.get("/api/v1/users/me")).status_code == 401
    assert (await web.get(f"/api/v1/services/{unique()}")).status_code in {404, 422}
    after = await _read(watched)

    def gained(name: str, **labels: str) -> float:
        return after.value(name, **labels) - before.value(name, **labels)

    assert gained(_REQUESTS, operation="listCategories", status="200") == 3
    assert gained(_REQUESTS, operation="getAccount", status="401") == 1
    assert gained("hestami_http_request_duration_seconds_count", operation="listCategories") == 3
    assert gained("hestami_http_request_duration_seconds_bucket", operation="listCategories", le="+Inf") == 3
    assert gained("hestami_problems_total", type="unauthenticated") == 1
    assert gained("hestami_problems_total") == 2


async def test_sign_ins_are_counted_by_outcome(watched: Service, web: httpx.AsyncClient) -> None:
    accounts = Accounts(watched)
    account = await accounts.make()
    before = await _read(watched)
    for password in (account.password, "Wrong-password-of-somebody-1"):
        await web.post("/api/v1/auth/login", json={"login": account.email, "password": password})
    after = await _read(watched)
    await accounts.close()

    def gained(outcome: str) -> float:
        labels = {"operation": "login", "outcome": outcome}
        return after.value(_LOGINS, **labels) - before.value(_LOGINS, **labels)

    assert (gained("succeeded"), gained("invalid-credentials")) == (1, 1)
    assert account.email not in after.text
    assert account.username not in after.text


def test_sign_ins_are_operations_of_the_contract() -> None:
    assert {operation.id for operation in OPERATIONS} >= SIGN_INS


async def test_what_limits_count_is_told_by_their_policy(watched: Service, web: httpx.AsyncClient) -> None:
    before = await _read(watched)
    sender = {"X-Forwarded-For": "198.18.0.7", "Content-Type": "text/plain"}
    answers = [await web.post("/api/v1/auth/login", content=b"{}", headers=sender) for _ in range(32)]
    assert [answer.status_code for answer in answers[-3:]] == [415, 429, 429]
    assert (await web.get("/nowhere", headers=sender)).status_code == 404
    after = await _read(watched)

    def gained(policy: str, outcome: str) -> float:
        name, labels = "hestami_rate_limit_requests_total", {"policy": policy, "outcome": outcome}
        return after.value(name, **labels) - before.value(name, **labels)

    assert (gained("sign-in", "allowed"), gained("sign-in", "refused")) == (30, 2)
    assert (gained("public-read", "allowed"), gained("public-read", "refused")) == (1, 0)


async def test_nobody_outside_makes_another_series(watched: Service, web: httpx.AsyncClient) -> None:
    async def walk() -> Samples:
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW"):
            for path in ("/", "/api/v1/", "/api/v1/services/", "/media/", "/problems/", "/docs/assets/"):
                word = secrets.token_hex(8)
                headers = {
                    "User-Agent": word,
                    "Request-Id": word,
                    "Accept": f"text/{word}",
                    "Origin": f"https://{word}",
                }
                await web.request(method, path + word, headers=headers, params={word: word})
        return await _read(watched)

    before, after = await walk(), await walk()

    def series(samples: Samples) -> set[tuple[str, tuple[str, ...]]]:
        counted = ("hestami_http_", "hestami_problems", "hestami_logins", "hestami_rate_limit")
        return {(one.name, tuple(one.labels.values())) for one in samples.all if one.name.startswith(counted)}

    assert series(after) == series(before)
    operations = {operation.id for operation in OPERATIONS} | {NO_OPERATION}
    assert after.labels(_REQUESTS, "operation") <= operations
    assert all(status.isdigit() and len(status) == 3 for status in after.labels(_REQUESTS, "status"))
    assert after.labels("hestami_problems_total", "type") <= PROBLEM_TYPES.keys()


async def test_what_waits_is_shown(watched: Service) -> None:
    samples = await _read(watched)

    assert samples.labels("hestami_database_pool_places", "pool") == {"reading", "writing"}
    assert samples.value("hestami_database_pool_places", pool="reading") == watched.settings.connection_options.places
    assert samples.value("hestami_database_pool_waiting") == 0
    assert samples.value("hestami_password_hashing_waiting") == 0
    assert samples.value("hestami_open_streams") == 0
    assert samples.value("hestami_outbox_readable") == 1
    assert samples.value("hestami_build_info", python=platform.python_version()) == 1
    assert [name for name in samples.names() if name.endswith("_created")] == []
    assert samples.value("process_resident_memory_bytes") > 0
    assert "python_gc_collections_total" in samples.names()


async def test_the_delay_of_the_outbox_is_that_of_its_oldest_due_message(watched: Service) -> None:
    async with watched.services.database.begin() as tx:
        # Of a topic that no worker knows, so that it stays.
        await outbox.put(tx, "test.unknown", {})
        await outbox.put(tx, "test.unknown", {}, after=timedelta(hours=1))
    watched.clock.advance(timedelta(seconds=90))
    samples = await _read(watched)

    assert 90 <= samples.value("hestami_outbox_delay_seconds") < 90 + PATIENCE
    assert samples.value("hestami_outbox_messages") >= 2
    assert samples.value("hestami_outbox_dead_letters") == 0


async def test_without_a_database_the_rest_is_shown() -> None:
    port = metrics_port()
    services = assemble(make_settings("postgresql://a:b@127.0.0.1:9/c", web_port=9, smtp_port=9, metrics_port=port))
    async with listening(services.metrics, services.metrics_place):
        samples = await Samples.read(port)
    await services.close()

    assert samples.value("hestami_outbox_readable") == 0
    assert "hestami_outbox_delay_seconds" not in samples.names()
    assert "hestami_audit_breaks" not in samples.names()
    assert "hestami_database_replica_lag_seconds" not in samples.names()
    assert "hestami_database_pool_waiting" in samples.names()


async def test_the_worker_tells_when_it_last_did_what(watched: Service) -> None:
    worker_tasks = set(worker_of(watched.services).periodic_tasks)
    async with asyncio.timeout(PATIENCE):
        while not worker_tasks <= (samples := await _read(watched)).labels(
            "hestami_worker_task_last_success_timestamp_seconds", "task"
        ):
            watched.services.database.messages.send()

    async with asyncio.timeout(PATIENCE):
        while "hestami_audit_verified_timestamp_seconds" not in (samples := await _read(watched)).names():
            pass
    assert samples.value("hestami_audit_verified_timestamp_seconds") > 0
    assert samples.value("hestami_audit_breaks") == samples.value("hestami_audit_rejected_events") == 0
    assert samples.value("hestami_audit_unsealed_events") <= 10_000
    assert samples.value("hestami_worker_task_runs_total", task="periodic tasks") > 0
    assert samples.value("hestami_worker_task_failures_total") == 0
    assert samples.labels("hestami_worker_task_runs_total", "task") >= {"delivering", "periodic tasks"}


async def test_only_metrics_are_at_that_port_and_they_are_at_no_other(watched: Service, web: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{watched.settings.metrics_port}") as listener:
        assert (await listener.get("/")).status_code == 404
        assert (await listener.get("/api/v1/categories")).status_code == 404
        refused = await listener.post("/metrics")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
        head = await listener.head("/metrics")
        assert (head.status_code, head.content) == (200, b"")
        answer = await listener.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
        assert answer.text.endswith("# EOF\n")
        assert answer.headers["cache-control"] == "no-store"
    for path in ("/metrics", "/api/v1/metrics"):
        assert (await web.get(path)).status_code == 404


async def test_with_a_token_nobody_else_reads_them(databases: Databases, engine: Engine, worker_id: str) -> None:
    port, token = metrics_port(), secrets.token_urlsafe(32)
    async with (
        run_service(databases, engine, f"guarded_{worker_id}", metrics_port=port, metrics_token=token),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as listener,
    ):
        for wrong in ("", "Bearer", f"Bearer {token}x", f"Bearer {token[:-1]}", token):
            refused = await listener.get("/metrics", headers={"Authorization": wrong})
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert b"hestami_" not in refused.content
        assert (await Samples.read(port, token)).value("hestami_build_info") == 1


async def test_so_many_connections_are_served_there_and_no_more() -> None:
    port = metrics_port()
    services = assemble(make_settings("postgresql://a:b@127.0.0.1:9/c", web_port=9, smtp_port=9, metrics_port=port))
    async with (
        AsyncExitStack() as idle,
        listening(services.metrics, services.metrics_place),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"Connection": "close"}) as client,
    ):
        for number, status in ((30, 404), (1, 503)):
            for _ in range(number):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                idle.callback(writer.close)
            assert (await client.get("/")).status_code == status
    await services.close()


async def test_a_port_that_is_taken_is_named() -> None:
    with listen() as other:
        taken = other.getsockname()[1]
        services = assemble(
            make_settings("postgresql://a:b@127.0.0.1:9/c", web_port=9, smtp_port=9, metrics_port=taken)
        )
        with pytest.raises(OSError, match=rf"127\.0\.0\.1:{taken} \(METRICS_PORT\)"):
            async with listening(services.metrics, services.metrics_place):
                pass
    await services.close()
