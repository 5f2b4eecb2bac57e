"""Collector of traces: a real receiver of OTLP over HTTP on loopback, which a test lets hang or refuse."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from impl.gateways.traces import OtlpTracer
from tests.harness.patience import PATIENCE
from tests.harness.posts import posts

KINDS: Final = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}
_FAILED: Final = 2


@dataclass(frozen=True, slots=True)
class Recorded:
    """Span as the collector has received it."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    began: int
    links: list[tuple[str, str]]
    """Traces and spans that it is linked to."""
    attributes: dict[str, str | int | float]
    resource: dict[str, str | int | float]
    has_failed: bool
    whole: str
    """Text of all of it, in which a test looks for what must not be there."""


class TraceCollector:
    """Spans that have come, and whether the next ones are answered."""

    def __init__(self) -> None:
        self.spans: list[Recorded] = []
        self.headers: list[dict[str, str]] = []
        self.status = 200
        self.requests = 0
        self.released = threading.Event()
        self.released.set()
        self._news = threading.Condition()
        self.url = ""

    def hang(self) -> None:
        """Take requests and answer none."""
        self.released.clear()

    def release(self) -> None:
        self.released.set()

    def until_asked(self) -> None:
        """Wait for the first request."""
        with self._news:
            assert self._news.wait_for(lambda: self.requests > 0, PATIENCE)

    def named(self, name: str) -> list[Recorded]:
        return [span for span in self.spans if span.name == name]

    def below(self, root: Recorded) -> list[Recorded]:
        """Return the spans whose parent is this one."""
        return [span for span in self.spans if span.parent_id == root.span_id]

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        with self._news:
            self.requests += 1
            self._news.notify_all()
        if not self.released.wait(PATIENCE) or self.status != 200:
            return self.status
        assert path == "/v1/traces"
        message = ExportTraceServiceRequest.FromString(
            gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        )
        with self._news:
            self.headers.append(headers)
            self.spans.extend(_read(message))
            self._news.notify_all()
        return 200


def tracer_to(collector: TraceCollector) -> OtlpTracer:
    """Make a tracer that records everything, and sends it to this collector."""
    return OtlpTracer(
        collector.url,
        headers={},
        service="tests",
        release="1",
        resource={},
        sampler="parentbased_always_on",
        ratio=1.0,
    )


@contextmanager
def trace_collector() -> Iterator[TraceCollector]:
    """Run a collector until the block ends."""
    collector = TraceCollector()
    with posts(collector.take) as url:
        collector.url = url
        try:
            yield collector
        finally:
            collector.release()


def _read(message: ExportTraceServiceRequest) -> Iterator[Recorded]:
    for of_resource in message.resource_spans:
        resource = {one.key: _value(one.value) for one in of_resource.resource.attributes}
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield Recorded(
                    span.name,
                    KINDS[span.kind],
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.start_time_unix_nano,
                    [(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
                    {one.key: _value(one.value) for one in span.attributes},
                    resource,
                    span.status.code == _FAILED,
                    f"{of_resource.resource}{span}",
                )


def _value(value: object) -> str | int | float:
    kind = value.WhichOneof("value")  # type: ignore[attr-defined]  # the library gives its messages no types
    found: str | int | float = getattr(value, kind)
    return found
