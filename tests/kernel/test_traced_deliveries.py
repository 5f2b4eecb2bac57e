"""Traces of deliveries, linked to what put their message where that was recorded."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from impl.gateways.traces import OtlpTracer
from impl.kernel import outbox, tracing
from impl.kernel.database import Database
from impl.kernel.ids import new_id
from impl.kernel.outbox import Message, OutboxMessage
from impl.kernel.settings.tracing import Sampler
from impl.kernel.tables import core_table
from impl.worker import Worker
from tests.harness.otlp import TraceCollector, trace_collector


def _tracer(collector: TraceCollector, sampler: Sampler) -> OtlpTracer:
    return OtlpTracer(collector.url, headers={}, service="tests", release="1", resource={}, sampler=sampler, ratio=0.0)


async def _put_by_an_older_release(database: Database) -> None:
    now = database.clock.now()
    row = {"id": new_id(), "topic": "mail", "payload": {}, "created_at": now, "attempts": 0, "next_attempt_at": now}
    async with database.begin() as tx:
        await tx.execute(insert(core_table(OutboxMessage)), row)


@pytest.mark.parametrize(
    ("sampler", "recorded"),
    [("always_on", 3), ("parentbased_traceidratio", 1), ("parentbased_always_off", 1), ("traceidratio", 0)],
)
async def test_a_delivery_is_linked_to_what_put_its_message(
    database: Database, sampler: Sampler, recorded: int
) -> None:
    """Record what a recorded trace has caused as a child would be, whatever the ratio says of others."""
    taken: list[Message] = []

    async def take(message: Message) -> None:
        taken.append(message)

    with trace_collector() as collector:
        tracer, workers = _tracer(collector, "always_on"), _tracer(collector, sampler)
        with tracing.root(tracer, "request", "server", {}):
            async with database.begin() as tx:
                await outbox.put(tx, "mail", {})
        async with database.begin() as tx:
            await outbox.put(tx, "mail", {})
        await _put_by_an_older_release(database)
        worker = Worker(database, handlers={"mail": take}, cleanup_jobs={}, tracer=workers)
        assert await worker.run_once() == len(taken) == 3
        await tracer.close()
        await workers.close()

    [request] = collector.named("request")
    cause = (request.trace_id, request.span_id)
    delivered = collector.named("deliver mail")
    assert {span.parent_id for span in delivered} <= {""}
    assert sorted(span.links for span in delivered) == [[]] * (recorded - 1) + [[cause]] * (recorded > 0)
    assert [one.traceparent for one in taken] == [f"00-{cause[0]}-{cause[1]}-01", None, None]


async def test_a_message_of_a_trace_that_is_not_recorded_keeps_nothing(database: Database) -> None:
    with trace_collector() as collector:
        tracer = _tracer(collector, "always_off")
        with tracing.root(tracer, "request", "server", {}):
            async with database.begin() as tx:
                await outbox.put(tx, "mail", {}, key="one")
        await tracer.close()
    [message] = await outbox.claim(database, ["mail"], limit=10)
    assert message.traceparent is None
