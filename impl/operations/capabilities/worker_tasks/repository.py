"""Queries and statements on the last runs of the worker's tasks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypedDict

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.kernel.tables import core_table
from impl.kernel.upserts import upsert_into
from impl.operations.capabilities.worker_tasks.tables import WorkerTask

# More than there are tasks.
MOST: Final = 100


class WorkerTaskRow(TypedDict):
    task: str
    ran_at: datetime
    succeeded_at: datetime | None


_ROW: Final = core_table(WorkerTask)
_TASKS: Final = Query(
    select(WorkerTask.task, WorkerTask.ran_at, WorkerTask.succeeded_at)
    .where(WorkerTask.ran_at >= bindparam("since"))
    .order_by(WorkerTask.task)
    .limit(MOST),
    WorkerTaskRow,
)


async def find_tasks(reader: Reader, *, since: datetime) -> Sequence[WorkerTaskRow]:
    """Return the tasks that have run since then: those of earlier releases have not."""
    return await reader.all(_TASKS, since=since)


async def write_runs(tx: AsyncSession, runs: Sequence[WorkerTaskRow]) -> None:
    """Write runs down that are later than what is known; a failed one leaves the last success as it is."""
    new = upsert_into(tx, _ROW)
    await tx.execute(
        new.on_conflict_do_update(
            index_elements=[_ROW.c.task],
            set_={
                "ran_at": new.excluded.ran_at,
                "succeeded_at": func.coalesce(new.excluded.succeeded_at, _ROW.c.succeeded_at),
            },
            where=new.excluded.ran_at >= _ROW.c.ran_at,
        ),
        [dict(run) for run in runs],
    )
