"""Traces of requests and of the worker, as a real collector receives them; nothing in them is about a person."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from generated.policies import OPERATIONS
from impl.gateways.traces import CLOSING_SECONDS
from tests.gateways.smtp_server import Authority
from tests.harness.accounts import Accounts, unique
from tests.harness.client import open_browser
from tests.harness.log_lines import log_lines
from tests.harness.marks import mentions
from tests.harness.otlp import TraceCollector, trace_collector
from tests.harness.redis import redis_server
from tests.harness.service import run_service
from tests.marketplace.payloads import PROPERTIES, ok
from tests.marketplace.privacy.marked import marked_homeowner
from tests.marketplace.webhooks.receiving import receiving
from tests.marketplace.webhooks.successes import WEBHOOKS

if TYPE_CHECKING:
    from tests.harness.databases import Databases, Engine
    from tests.harness.otlp import Recorded
    from tests.marketplace.webhooks.receiving import Received

_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
_ABOVE = "00f067aa0ba902b7"


@dataclass(frozen=True, slots=True)
class _Seen:
    collector: TraceCollector
    marks: tuple[str, ...]
    log: str
    webhook: Received

    def requests(self, operation: str) -> list[Recorded]:
        return [span for span in self.collector.named(operation) if span.kind == "server"]

    def caused(self, request: Recorded) -> list[Recorded]:
        """Return the spans that are linked to this one."""
        return [span for span in self.collector.spans if span.links == [(request.trace_id, request.span_id)]]


@pytest.fixture
async def seen(databases: Databases, engine: Engine, worker_id: str, tmp_path: Path) -> _Seen:
    """Return what a service had told its collector when it had ended, after requests full of personal data."""
    word = unique("traced")
    authority = Authority(tmp_path, "receivers")
    with trace_collector() as collector, redis_server() as redis, log_lines() as lines:
        async with run_service(
            databases,
            engine,
            f"traced_{worker_id}",
            trusted_proxies=("127.0.0.1",),
            redis_url=redis.url,
            redis_answer_seconds=5.0,
            webhook_ca_file=authority.file,
            otel_exporter_otlp_endpoint=collector.url,
            otel_exporter_otlp_headers="x-key=of%20the%20operator",
            otel_service_name="hestami-tests",
            otel_resource_attributes="deployment.environment.name=tests",
        ) as running:
            accounts = Accounts(running)
            owner = await marked_homeowner(accounts)
            ok(await owner.account.client.get(PROPERTIES))
            async with open_browser(running.url) as web:
                await _wander(web, word)
            log = await lines.up_to("listCategories", "asked-by-me")
            newcomer = await accounts.register("HOMEOWNER")
            await running.inbox.wait_for(newcomer.email)
            provider = await accounts.make("SERVICE_PROVIDER")
            async with receiving(authority.server_context(host="localhost")) as receiver:
                body = {"url": receiver.url(f"/{word}"), "events": ["ping"], "description": word}
                endpoint = ok(await provider.client.post(WEBHOOKS, json=body), 201)
                ok(await provider.client.post(f"{WEBHOOKS}/{endpoint['id']}/test"), 202)
                [webhook] = await receiver.got(1)
            await accounts.close()
    marks = (*owner.secrets, owner.account.password, newcomer.email, newcomer.username, word)
    return _Seen(collector, marks, log, webhook)


async def test_a_collector_is_told_what_requests_and_tasks_did_and_nothing_of_a_person(
    seen: _Seen, engine: Engine
) -> None:
    """All of one service, since each takes a second to start."""
    _requests_are_named_by_their_operation(seen)
    _statements_are_told_by_their_shape(seen, engine)
    _redis_and_mail_are_spans_too(seen)
    _deliveries_are_linked_to_the_request_that_caused_them(seen)
    _the_worker_traces_its_tasks_once_a_minute(seen)
    _a_trusted_proxys_trace_goes_on(seen)
    _a_refusal_is_told_by_its_type(seen)
    _nothing_is_of_a_person(seen)


async def _wander(web: httpx.AsyncClient, word: str) -> None:
    """Send what is in no contract, with a mark wherever a client can write one."""
    headers = {"User-Agent": word, "X-Forwarded-For": "203.0.113.77", "Cookie": word, "Authorization": f"Bearer {word}"}
    await web.get(f"/api/v1/{word}/{word}", params={word: word}, headers=headers)
    await web.get("/api/v1/services", params={"q": word}, headers={"User-Agent": word})
    await web.request("PROPFIND", f"/media/{word}/{word}", headers=headers)
    await web.post("/api/v1/auth/login", json={"login": f"{word}@example.com", "password": word}, headers=headers)
    above = {"traceparent": f"00-{_TRACE}-{_ABOVE}-01", "Request-Id": "asked-by-me"}
    assert (await web.get("/api/v1/categories", headers=above)).status_code == 200
    unsampled = {"traceparent": f"00-{_TRACE}-{_ABOVE}-00"}
    assert (await web.get("/api/v1/places", params={"q": "Port"}, headers=unsampled)).status_code == 200


def _requests_are_named_by_their_operation(seen: _Seen) -> None:
    [request] = seen.requests("updateAccount")

    assert request.kind == "server"
    assert request.parent_id == ""
    assert request.attributes == {
        "http.request.method": "PATCH",
        "http.response.status_code": 200,
        "http.route": "/api/v1/users/me",
        "url.scheme": "http",
    }
    assert request.resource["service.name"] == "hestami-tests"
    assert request.resource["deployment.environment.name"] == "tests"
    assert not request.has_failed
    assert all(headers["x-key"] == "of the operator" for headers in seen.collector.headers)


def _statements_are_told_by_their_shape(seen: _Seen, engine: Engine) -> None:
    [request] = seen.requests("updateAccount")
    statements = [span for span in seen.collector.below(request) if "db.query.text" in span.attributes]

    names = [span.name.replace("main.", "identity.") for span in statements]
    assert {"SELECT identity.sessions", "UPDATE identity.users"} <= set(names), names
    assert any(span.name == "COMMIT" for span in seen.collector.below(request))
    for span in statements:
        assert span.kind == "client"
        assert span.trace_id == request.trace_id
        assert span.attributes["db.system.name"] == engine
    [update] = [span for span in statements if span.name.startswith("UPDATE")]
    assert re.search(r"full_name=(\$\d|\?)", str(update.attributes["db.query.text"])), update


def _redis_and_mail_are_spans_too(seen: _Seen) -> None:
    [request] = seen.requests("updateAccount")
    assert [span.name for span in seen.collector.below(request) if span.attributes.get("db.system.name") == "redis"]

    delivered = [span for span in seen.collector.spans if span.kind == "consumer"]
    assert {span.parent_id for span in delivered} == {""}
    below = [span for one in delivered for span in seen.collector.below(one)]
    assert any(span.name == "SMTP send" and not span.has_failed for span in below)
    assert any(str(span.attributes.get("db.query.text", "")).startswith("DELETE") for span in below)


def _deliveries_are_linked_to_the_request_that_caused_them(seen: _Seen) -> None:
    newcomers = max(seen.requests("register"), key=lambda span: span.began)
    [mail] = seen.caused(newcomers)
    assert (mail.name, mail.kind, mail.parent_id) == ("deliver identity.mail", "consumer", "")
    assert mail.trace_id != newcomers.trace_id
    assert any(span.name == "SMTP send" for span in seen.collector.below(mail))

    [asked] = seen.requests("testWebhookEndpoint")
    [sent] = seen.caused(asked)
    assert (sent.name, sent.parent_id) == ("send webhook", "")
    assert any(span.name == "POST webhook" for span in seen.collector.below(sent))
    assert "traceparent" not in seen.webhook.headers, "a provider's system is a stranger"
    assert "tracestate" not in seen.webhook.headers


def _the_worker_traces_its_tasks_once_a_minute(seen: _Seen) -> None:
    tasks = [span.name for span in seen.collector.spans if span.kind == "internal"]

    assert {"sealing audit events", "ending quotes"} <= set(tasks), tasks
    assert tasks.count("sealing audit events") == 1


def _a_trusted_proxys_trace_goes_on(seen: _Seen) -> None:
    [request] = seen.requests("listCategories")
    assert (request.trace_id, request.parent_id) == (_TRACE, _ABOVE)
    assert seen.requests("listPlaces") == seen.requests("searchPlaces") == [], "it was not sampled above"

    [line] = [line for line in seen.log.splitlines() if "asked-by-me" in line]
    assert f'"trace_id":"{_TRACE}"' in line
    assert f'"span_id":"{request.span_id}"' in line


def _a_refusal_is_told_by_its_type(seen: _Seen) -> None:
    [refused] = seen.requests("login")
    assert refused.attributes["hestami.problem"] == "invalid-credentials"
    assert not refused.has_failed, "an error of the client's is none of the service's"

    strange = [span for span in seen.collector.spans if span.kind == "server" and span.name == "_OTHER"]
    assert [span.attributes["http.request.method"] for span in strange] == ["_OTHER"]
    operations = {operation.id for operation in OPERATIONS} | {"GET", "_OTHER"}
    assert {span.name for span in seen.collector.spans if span.kind == "server"} <= operations


def _nothing_is_of_a_person(seen: _Seen) -> None:
    texts = [span.whole for span in seen.collector.spans]
    assert len(texts) > 80

    for mark in (*seen.marks, "203.0.113.77", "127.0.0.1", "example.com"):
        found = [text for text in texts if mentions(text, mark) and not ("SMTP" in text and mark == "127.0.0.1")]
        assert found == [], mark


async def test_a_strangers_trace_is_not_gone_on_with(databases: Databases, engine: Engine, worker_id: str) -> None:
    with trace_collector() as collector:
        async with (
            run_service(
                databases,
                engine,
                f"untrusted_{worker_id}",
                otel_exporter_otlp_endpoint=collector.url,
                otel_traces_sampler="parentbased_traceidratio",
                otel_traces_sampler_arg=0.0,
            ) as running,
            open_browser(running.url) as web,
        ):
            with log_lines() as lines:
                await web.get("/api/v1/categories", headers={"traceparent": f"00-{_TRACE}-{_ABOVE}-01"})
                log = await lines.up_to("listCategories")
        assert collector.spans == [], "the ratio is nothing, and nobody else decides"
        assert _TRACE not in log
        assert '"span_id":' in log


@pytest.mark.parametrize("is_hanging", [True, False])
async def test_a_collector_that_is_out_costs_no_request_and_no_end(
    databases: Databases, engine: Engine, worker_id: str, *, is_hanging: bool
) -> None:
    with trace_collector() as collector:
        collector.status = 503
        if is_hanging:
            collector.hang()
        async with run_service(
            databases, engine, f"unheard_{worker_id}", otel_exporter_otlp_endpoint=collector.url
        ) as running:
            async with open_browser(running.url) as web:
                began = time.monotonic()
                for _ in range(30):
                    assert (await web.get("/api/v1/health/live")).status_code == 200
                assert time.monotonic() - began < CLOSING_SECONDS, "no request waits for the collector"
            ending = time.monotonic()
        # The service's tracer and the test's own are closed one after the other.
        assert time.monotonic() - ending < 6 * CLOSING_SECONDS
