"""Traces by OpenTelemetry's SDK, sent to a collector over OTLP; loaded only where a process is traced."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, override

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    DEFAULT_OFF,
    DEFAULT_ON,
    Decision,
    ParentBasedTraceIdRatio,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.trace import Span as OtelSpan
    from opentelemetry.trace import Tracer as OtelTracer
    from opentelemetry.trace import TraceState
    from opentelemetry.util.types import Attributes as OtelAttributes

    from impl.kernel.settings.tracing import Sampler as SamplerName
    from impl.kernel.tracing import Attributes, Kind, Value

# A process that ends waits no longer for a collector that does not answer.
CLOSING_SECONDS: Final = 2.0
_KINDS: Final = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "consumer": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}
_FAILED: Final = Status(StatusCode.ERROR)
_log = logging.getLogger("hestami.traces")


class OtlpTracer:
    """Traces of one process. Spans wait in a queue of bounded length, which a thread of its own empties.

    A collector that is gone or slow costs spans, which are dropped when the queue is full, and no request any time.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        headers: Mapping[str, str],
        service: str,
        release: str,
        resource: Mapping[str, str],
        sampler: SamplerName,
        ratio: float,
    ) -> None:
        self._exporter = OTLPSpanExporter(
            endpoint=f"{endpoint}/v1/traces", headers=dict(headers), compression=Compression.Gzip
        )
        named = {**resource, "service.name": service, "service.version": release}
        self._provider = TracerProvider(
            sampler=_sampler(sampler, ratio),
            resource=Resource.create(named),
            # Closed by the program; the library's own end waits for half a minute.
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("hestami", release)

    def begin(
        self, name: str, kind: Kind, attributes: Attributes, *, parent: str | None = None, cause: str | None = None
    ) -> OtlpTrace:
        context = Context()
        if parent is not None:
            context = set_span_in_context(NonRecordingSpan(_read(parent)), context)
        links = [] if cause is None else [Link(_read(cause))]
        return OtlpTrace(self._tracer, self._tracer.start_span(name, context, _KINDS[kind], attributes, links))

    async def close(self) -> None:
        done = asyncio.Event()
        loop = asyncio.get_running_loop()

        def end() -> None:
            self._provider.shutdown()
            # The loop may have ended meanwhile, without waiting.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(done.set)

        # A thread that the interpreter does not wait for.
        threading.Thread(target=end, name="traces", daemon=True).start()
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await done.wait()
        except TimeoutError:
            _log.warning("the collector of traces does not answer, the last spans are lost")
            self._exporter.shutdown()  # type: ignore[no-untyped-call]  # the library gives it no types


class OtlpSpan:
    """Span of OpenTelemetry that records no exception: its text may quote what somebody wrote."""

    __slots__ = ("_span",)

    def __init__(self, span: OtelSpan) -> None:
        self._span = span

    def set(self, name: str, value: Value) -> None:
        self._span.set_attribute(name, value)

    def end(self, error: str | None = None) -> None:
        if error is not None:
            self._span.set_attribute("error.type", error)
            self._span.set_status(_FAILED)
        self._span.end()


class OtlpTrace(OtlpSpan):
    __slots__ = ("_context", "_tracer", "is_open", "span_id", "trace_id")

    def __init__(self, tracer: OtelTracer, span: OtelSpan) -> None:
        super().__init__(span)
        self._tracer = tracer
        self._context = set_span_in_context(span, Context())
        ids = span.get_span_context()
        self.trace_id = f"{ids.trace_id:032x}"
        self.span_id = f"{ids.span_id:016x}"
        self.is_open = span.is_recording()

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def child(self, name: str, kind: Kind, attributes: Attributes) -> OtlpSpan:
        return OtlpSpan(self._tracer.start_span(name, self._context, _KINDS[kind], attributes))

    @override
    def end(self, error: str | None = None) -> None:
        # What still runs in a task that the request began is not recorded under it any more.
        self.is_open = False
        super().end(error)


class _CauseBased(Sampler):
    """Sampler that records what a recorded trace has caused, and asks another sampler otherwise.

    By itself, each end of a link would be recorded at the ratio, and both of them hardly ever.
    """

    def __init__(self, rest: Sampler) -> None:
        self._rest = rest

    @override
    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: OtelAttributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        if any(link.context.trace_flags.sampled for link in links or ()):
            return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes, trace_state)
        return self._rest.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    @override
    def get_description(self) -> str:
        return f"CauseBased{{{self._rest.get_description()}}}"


def _read(traceparent: str) -> SpanContext:
    _, trace_id, span_id, flags = traceparent.split("-")[:4]
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))


def _sampler(name: SamplerName, ratio: float) -> Sampler:
    match name:
        case "always_on":
            return ALWAYS_ON
        case "always_off":
            return ALWAYS_OFF
        case "traceidratio":
            return TraceIdRatioBased(ratio)
        case "parentbased_always_on":
            return _CauseBased(DEFAULT_ON)
        case "parentbased_always_off":
            return _CauseBased(DEFAULT_OFF)
        case "parentbased_traceidratio":
            return _CauseBased(ParentBasedTraceIdRatio(ratio))
