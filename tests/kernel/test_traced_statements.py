"""Statements of a traced task are recorded, one by one and many at once."""

from __future__ import annotations

from sqlalchemy import delete, insert

from impl.kernel import tracing
from impl.kernel.database import Database
from impl.kernel.ids import new_id
from impl.kernel.outbox import OutboxMessage
from impl.kernel.tables import core_table
from tests.harness.otlp import trace_collector, tracer_to


async def test_a_statement_is_recorded_however_many_rows_it_writes(database: Database) -> None:
    now = database.clock.now()
    rows = [
        {"id": new_id(), "topic": "mail", "payload": {}, "created_at": now, "attempts": 0, "next_attempt_at": now}
        for _ in range(2)
    ]
    table = core_table(OutboxMessage)
    with trace_collector() as collector:
        tracer = tracer_to(collector)
        with tracing.root(tracer, "work", "internal", {}):
            async with database.begin() as tx:
                await tx.execute(insert(table), rows)
                await tx.execute(delete(table))
        await tracer.close()
    [work] = collector.named("work")
    written = [span.name for span in collector.below(work) if span.name.endswith("outbox")]
    assert sorted(name.partition(" ")[0] for name in written) == ["DELETE", "INSERT"]
