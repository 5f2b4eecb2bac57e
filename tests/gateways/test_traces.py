"""Spans of what gateways ask of others, and the bound of what waits for a collector."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from impl.gateways.http import HttpClient, Unanswered
from impl.gateways.storage import in_folder
from impl.gateways.webhooks import HttpsSender
from impl.kernel import tracing
from tests.harness.otlp import trace_collector, tracer_to

# Spans that the library lets wait.
_QUEUE = 2048


async def test_files_webhooks_and_requests_are_told_without_whom_they_are_about(tmp_path: Path) -> None:
    with trace_collector() as collector:
        tracer = tracer_to(collector)
        with tracing.root(tracer, "everything", "internal", {}):
            storage = in_folder(tmp_path)
            await storage.put("homes/marked-key", b"1")
            assert await storage.get("homes/marked-key") == b"1"
            await storage.delete("homes/marked-key")
            sender = HttpsSender(loopback=True)
            await sender.send("https://localhost:9/marked-path", {"a": "marked-header"}, b"marked-body")
            await sender.close()
            client = HttpClient(timeout=5, bytes_max=10, keeps_connections=False)
            with contextlib.suppress(Unanswered):
                await client.ask("GET", f"{collector.url}/marked-path", query={"q": "marked-street"})
            await client.close()
        await tracer.close()
        [root] = collector.named("everything")
        below = {span.name: span for span in collector.below(root)}

    assert below.keys() == {"storage put", "storage get", "storage delete", "POST webhook", "GET"}
    assert below["POST webhook"].attributes["error.type"] == "CONNECTION"
    assert below["GET"].attributes["http.response.status_code"] == 501
    assert below["GET"].attributes["server.address"] == "127.0.0.1"
    assert [span.whole for span in collector.spans if "marked" in span.whole] == []


async def test_a_failure_is_told_by_its_type_alone() -> None:
    with trace_collector() as collector:
        tracer = tracer_to(collector)
        with (
            contextlib.suppress(ValueError),
            tracing.root(tracer, "whole", "internal", {}),
            tracing.span("part", {}),
        ):
            raise ValueError("marked: somebody@example.com")
        await tracer.close()

    assert [(span.name, span.has_failed) for span in collector.spans] == [("part", True), ("whole", True)]
    assert {span.attributes["error.type"] for span in collector.spans} == {"builtins.ValueError"}
    assert [span.whole for span in collector.spans if "marked" in span.whole] == []


async def test_what_is_done_after_a_trace_has_ended_is_not_in_it() -> None:
    with trace_collector() as collector:
        tracer = tracer_to(collector)
        trace = tracer.begin("early", "server", {})
        tracing.enter(trace)
        trace.end()
        with tracing.span("late", {}) as span:
            assert span is None
        await tracer.close()

    assert [span.name for span in collector.spans] == ["early"]


async def test_what_waits_for_a_collector_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    with trace_collector() as collector:
        collector.hang()
        tracer = tracer_to(collector)
        with tracing.root(tracer, "busy", "internal", {}):
            for _ in range(2 * _QUEUE):
                with tracing.span("step", {}):
                    pass
        collector.until_asked()
        await tracer.close()
        collector.release()

    assert "Queue full" in caplog.text
    assert "the last spans are lost" in caplog.text
