"""Last runs of the worker's tasks are written down seldom, and a failure leaves the last success as it was."""

from __future__ import annotations

from datetime import timedelta

import pytest

from impl.kernel import outbox
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.operations.capabilities.backlog.service import BacklogService
from impl.operations.capabilities.dependencies.service import Degraded
from impl.operations.capabilities.worker_tasks.service import WorkerTasksService
from tests.harness.accounts import unique
from tests.harness.clock import INSTANT, MovableClock
from tests.harness.patience import PATIENCE
from tests.harness.service import Service


async def test_a_failure_leaves_the_last_success_and_is_told_of(service: Service) -> None:
    database, task = service.services.database, f"task {unique()}"
    first, second = WorkerTasksService(database), WorkerTasksService(database)
    first.ran(task, failed=False)
    await first.save_runs()
    first.ran(task, failed=True)
    await first.save_runs()
    (run,) = [run for run in await second.last_runs() if run["task"] == task]
    assert run["succeeded_at"] == run["ran_at"], "it is not written down again so soon"

    service.clock.advance(timedelta(seconds=1))
    second.ran(task, failed=True)
    await second.save_runs()
    (failed,) = [run for run in await second.last_runs() if run["task"] == task]
    assert failed["succeeded_at"] == run["succeeded_at"]
    assert failed["ran_at"] > run["ran_at"]
    with pytest.raises(Degraded, match="The last run failed"):
        await second.require_running()

    mended = WorkerTasksService(database)
    mended.ran(task, failed=False)
    assert not await mended.save_runs(), "there is nothing more to do at once"
    await mended.require_running()

    # A task that there is no more is shown for a week.
    for hours, is_shown in ((7 * 24 - 1, True), (2, False)):
        service.clock.advance(timedelta(hours=hours))
        assert any(run["task"] == task for run in await second.last_runs()) is is_shown


async def test_a_worker_is_missed_after_two_minutes_and_a_message_after_five(fresh_database_url: str) -> None:
    clock = MovableClock()
    database = connect(fresh_database_url, ConnectionOptions(wait=PATIENCE, statement=PATIENCE), clock=clock)
    await database.open()
    tasks, backlog = WorkerTasksService(database), BacklogService(database)
    with pytest.raises(Degraded, match="No worker"):
        await tasks.require_running()
    with clock.stopped():
        tasks.ran("rounds", failed=False)
        await tasks.save_runs()
        async with database.begin() as tx:
            await outbox.put(tx, "a topic", {})
        clock.advance(timedelta(minutes=2))
        await tasks.require_running()
        clock.advance(INSTANT)
        with pytest.raises(Degraded, match="for two minutes"):
            await tasks.require_running()
        clock.advance(timedelta(minutes=3) - INSTANT)
        await backlog.require_timely()
        clock.advance(INSTANT)
        with pytest.raises(Degraded, match="more than five minutes"):
            await backlog.require_timely()
    await database.close()
