"""Settings of traces, and names of statements."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from impl.kernel import tracing
from impl.kernel.settings.tracing import TracingSettings


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("otel_exporter_otlp_endpoint", "collector:4318"),
        ("otel_exporter_otlp_endpoint", "grpc://collector"),
        ("otel_exporter_otlp_endpoint", "https://user:secret@collector"),
        ("otel_exporter_otlp_headers", "a secret without a name"),
        ("otel_resource_attributes", "=value"),
        ("otel_traces_sampler", "sometimes"),
        ("otel_traces_sampler_arg", 1.5),
    ],
)
def test_what_no_collector_understands_is_refused_without_its_text(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        TracingSettings.model_validate({field: value})
    assert "secret" not in refused.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    ("endpoint", "headers", "complaints"),
    [
        ("http://collector:4318", "", 0),
        ("http://collector:4318", "x-key=1", 1),
        ("https://collector", "x-key=1", 0),
        ("http://127.0.0.1:4318", "x-key=1", 0),
        ("http://localhost:4318/", "x-key=1", 0),
    ],
)
def test_production_sends_no_key_in_the_clear(endpoint: str, headers: str, complaints: int) -> None:
    settings = TracingSettings.model_validate(
        {"otel_exporter_otlp_endpoint": endpoint, "otel_exporter_otlp_headers": headers}
    )
    assert len(list(settings.tracing_complaints(is_production=True))) == complaints
    assert list(settings.tracing_complaints(is_production=False)) == []


def test_traces_are_off_by_default_and_can_be_switched_off() -> None:
    assert not TracingSettings().is_traced
    named = {"otel_exporter_otlp_endpoint": "http://127.0.0.1:4318"}
    assert TracingSettings.model_validate(named).is_traced
    assert not TracingSettings.model_validate(named | {"otel_sdk_disabled": "true"}).is_traced


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT a, (SELECT max(b) FROM other.t WHERE (c)) FROM own.t JOIN more.t ON (x)", "SELECT own.t"),
        ("INSERT INTO own.t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = $1", "INSERT own.t"),
        ("UPDATE own.t SET a = ?", "UPDATE own.t"),
        ("DELETE FROM own.t WHERE a IN (SELECT a FROM other.t)", "DELETE own.t"),
        ("SELECT a FROM own.t FOR UPDATE OF own.t SKIP LOCKED", "SELECT own.t"),
        ("WITH write_0 AS (INSERT INTO own.t (a) VALUES ($1)) SELECT 1", "INSERT own.t"),
        ("BEGIN IMMEDIATE", "BEGIN"),
        ("", "SQL"),
    ],
)
def test_a_statement_is_named_by_what_it_does_to_which_table(sql: str, name: str) -> None:
    summary, attributes = tracing.describe(sql, "postgresql")

    assert summary == attributes["db.query.summary"] == name


def test_without_a_trace_nothing_is_recorded() -> None:
    with tracing.statement("SELECT 1", "sqlite") as span:
        assert span is None
    with tracing.root(None, "task", "internal", {}):
        assert tracing.current() is None
