"""Worker: the program that delivers the outbox's messages, runs periodic tasks and deletes expired rows."""

import asyncio
import logging
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from datetime import timedelta
from functools import partial
from math import inf
from time import monotonic

from impl.assembly import Services, assemble, error_reports
from impl.edge import logs
from impl.edge.error_reports import reporting
from impl.edge.metrics_listener import listening
from impl.edge.stopping import ending_within
from impl.kernel import outbox, table_changes, tracing
from impl.kernel.database import Database
from impl.kernel.errors import Unavailable
from impl.kernel.retention import CleanupJob
from impl.kernel.settings.service import Settings
from impl.kernel.signal import Signal
from impl.marketplace.capabilities.domain_events import service as domain_events
from impl.marketplace.capabilities.webhook_endpoints.service import WebhookSending
from impl.marketplace.categories import service as categories
from impl.marketplace.photos import tables as photos
from impl.operations.capabilities.worker_tasks.service import AllRecords, NoRecords, Records

# Does a part of recurring work, and returns whether more of it is waiting.
type PeriodicTask = Callable[[], Awaitable[bool]]

_log = logging.getLogger("hestami.worker")
_CLEANUP_EVERY = timedelta(hours=1)
# Shortest interval of periodic tasks, which on SQLite keep other writers waiting; else every second time that it polls.
_PERIODIC_TASKS_EVERY_SECONDS = 1.0
# At least as long as a step of a cleanup job: on SQLite half of the time is left to other writers.
_BETWEEN_STEPS_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 30.0
# Time for closing connections to the database after everything has been finished or cut off.
_CLOSING_SECONDS = 5.0
_KILLED = 128
_TRACED_EVERY_SECONDS = 60.0


class Worker:
    """Claims messages, calls the handler of each topic, and settles them; runs periodic tasks beside that.

    A message is claimed in one transaction and settled in another one: a worker that dies between the two leaves a
    lease that ends, and the message is delivered again. So each is delivered at least once, and handlers must tolerate
    a second time.
    """

    def __init__(
        self,
        database: Database,
        *,
        handlers: Mapping[str, outbox.Handler],
        cleanup_jobs: Mapping[str, CleanupJob],
        periodic_tasks: Mapping[str, PeriodicTask] | None = None,
        slow_topics: Collection[str] = (),
        prompt_topics: Collection[str] = (),
        sending: WebhookSending | None = None,
        records: Records | None = None,
        tracer: tracing.Tracer | None = None,
        concurrency: int = 8,
        poll_seconds: float = 0.5,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._slow_topics = frozenset(slow_topics)
        self._prompt_topics = frozenset(prompt_topics)
        self._cleanup_jobs = cleanup_jobs
        self.periodic_tasks = periodic_tasks or {}
        self._records = records or NoRecords()
        self._tracer = tracer
        self._traced_at: dict[str, float] = {}
        self._sending = sending
        self._concurrency = concurrency
        self._poll_seconds = poll_seconds
        self._stopping = asyncio.Event()
        self._doing: Counter[str] = Counter()
        self._cleanup_due = database.clock.now()

    def stop(self) -> None:
        """Begin nothing more, and finish the deliveries and the step that are under way."""
        self._stopping.set()
        self._database.messages.send()

    @property
    def under_way(self) -> str:
        """Return the names of what is under way, each with its number, for the log line of what is cut off."""
        return ", ".join(f"{name} {count}" for name, count in sorted(self._doing.items()))

    @contextmanager
    def _counted_as(self, name: str) -> Iterator[None]:
        self._doing[name] += 1
        try:
            yield
        finally:
            self._doing[name] -= 1
            self._doing += Counter()  # without those that are down to none

    async def run(self) -> None:
        """Deliver messages and run tasks concurrently until `stop`: a mail waits for no clean-up, however long that is.

        Messages of slow topics are delivered one by one, beside the others. Those of prompt topics, which need no other
        server, do not wait for mails: a mail server may hang.
        """
        seldom = max(_PERIODIC_TASKS_EVERY_SECONDS, 2 * self._poll_seconds)
        others = self._handlers.keys() - self._slow_topics - self._prompt_topics
        quick = partial(self._deliver_what_is_due, others, self._concurrency)
        prompt = partial(self._deliver_what_is_due, self._prompt_topics, self._concurrency)
        slow = partial(self._deliver_what_is_due, self._slow_topics, 1)
        async with asyncio.TaskGroup() as tasks:
            messages = self._database.messages
            tasks.create_task(self._repeat("delivering", quick, every=self._poll_seconds, signal=messages))
            if self._prompt_topics:
                tasks.create_task(
                    self._repeat("delivering what is prompt", prompt, every=self._poll_seconds, signal=messages)
                )
            if self._slow_topics:
                tasks.create_task(
                    self._repeat("delivering what is slow", slow, every=self._poll_seconds, signal=messages)
                )
            if self._sending is not None:
                tasks.create_task(self._send(self._sending))
            tasks.create_task(self._repeat("cleaning up", self._run_cleanup_jobs_when_due, every=self._poll_seconds))
            tasks.create_task(self._repeat("periodic tasks", self._run_periodic_tasks, every=seldom))
            try:
                await self._stopping.wait()
            finally:
                # When this is cancelled: a task may lose its own cancellation on the way, as when a driver takes it for
                # a failure of the connection that it was opening.
                self.stop()

    async def _send(self, sending: WebhookSending) -> None:
        """Send due webhooks, beside everything else since receivers may be slow; wait for them at the end."""
        every, signal = self._poll_seconds, self._database.messages
        await self._repeat("sending webhooks", sending.begin_due, every=every, signal=signal)
        await sending.finish()

    async def run_once(self) -> int:
        """Deliver all due messages; return the number of messages that were tried."""
        tried = 0
        while found := await self._deliver_some(self._handlers.keys(), self._concurrency):
            tried += found
        return tried

    async def _repeat(self, name: str, work: PeriodicTask, *, every: float, signal: Signal | None = None) -> None:
        """Repeat some work until `stop`, at intervals or when the signal is sent.

        A failure, such as a lost database, prolongs the interval and does not end it.
        """
        pause = every
        while not self._stopping.is_set():
            busy = failed = False
            # Taken before the look at what there is, so that nothing is missed that comes meanwhile.
            news = self._stopping if signal is None else signal.next
            try:
                with self._counted_as(name):
                    busy = await work()
            except* (Unavailable, OSError) as group:
                failed = True
                kinds = sorted({type(error).__qualname__ for error in group.exceptions})
                _log.warning("%s waits for the database: %s", name, ", ".join(kinds))
            except* Exception as group:  # noqa: BLE001 - it is told, and tried again
                failed = True
                for error in group.exceptions:
                    _log.error("%s failed", name, exc_info=error)
            self._records.ran(name, failed=failed)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS) if failed else every
            if not busy:
                await self._rest(pause, until=self._stopping if failed else news)

    async def _run_cleanup_jobs_when_due(self) -> bool:
        now = self._database.clock.now()
        if now >= self._cleanup_due:
            self._cleanup_due = now + _CLEANUP_EVERY
            for name, cleanup_job in self._cleanup_jobs.items():
                failed = False
                try:
                    with tracing.root(self._tracer, f"clean up {name}", "internal", {}):
                        await self._run_cleanup_job(cleanup_job)
                except Exception:  # noqa: BLE001 - one that fails must not keep the others from being done
                    _log.exception("the cleanup job %s failed", name)
                    failed = True
                self._records.ran(f"cleaning up {name}", failed=failed)
        return False

    async def _run_cleanup_job(self, cleanup_job: CleanupJob) -> None:
        async with aclosing(cleanup_job.steps()) as steps:
            # Checked before each step: the next worker does the rest.
            while not self._stopping.is_set() and await anext(steps, None) is not None:
                await self._rest(_BETWEEN_STEPS_SECONDS, until=self._stopping)

    async def _run_periodic_tasks(self) -> bool:
        return any([await self._run_periodic_task(name, task) for name, task in self.periodic_tasks.items()])

    async def _run_periodic_task(self, name: str, periodic_task: PeriodicTask) -> bool:
        try:
            with tracing.root(self._tracer_now(name), name, "internal", {}):
                busy = await periodic_task()
        except (Unavailable, OSError):
            self._records.ran(name, failed=True)
            raise
        except Exception:  # noqa: BLE001 - the other tasks run all the same
            _log.exception("a part of the work failed")
            self._records.ran(name, failed=True)
            return False
        self._records.ran(name, failed=False)
        return busy

    def _tracer_now(self, name: str) -> tracing.Tracer | None:
        """Return the tracer for one run of a task in a minute, since most runs find nothing to do."""
        now = monotonic()
        if self._tracer is None or now < self._traced_at.get(name, -inf) + _TRACED_EVERY_SECONDS:
            return None
        self._traced_at[name] = now
        return self._tracer

    async def _deliver_what_is_due(self, topics: Collection[str], most: int) -> bool:
        return await self._deliver_some(topics, most) == most

    async def _deliver_some(self, topics: Collection[str], most: int) -> int:
        if not await outbox.has_due(self._database, topics):
            return 0
        messages = await outbox.claim(self._database, topics, limit=most)
        async with asyncio.TaskGroup() as tasks:
            for message in messages:
                tasks.create_task(self._deliver_one(message))
        return len(messages)

    async def _deliver_one(self, message: outbox.Message) -> None:
        attributes: tracing.Attributes = {
            "messaging.system": "hestami_outbox",
            "messaging.operation.name": "deliver",
            "messaging.operation.type": "process",
            "messaging.destination.name": message.topic,
            "hestami.outbox.attempts": message.attempts,
        }
        name, cause = f"deliver {message.topic}", message.traceparent
        traced = tracing.root(self._tracer, name, "consumer", attributes, cause=cause)
        with self._counted_as(f"message {message.topic}"), traced:
            await self._deliver(message)

    async def _deliver(self, message: outbox.Message) -> None:
        if message.attempts > outbox.MAX_ATTEMPTS:
            # No attempt was ever completed: the message seems to kill its worker.
            await self._move_to_dead_letters(message, "no attempt came to its end")
            return
        try:
            async with asyncio.timeout(outbox.DELIVERY.total_seconds()):
                await self._handlers[message.topic](message)
        except outbox.Deferred as deferred:
            await outbox.defer(self._database, message, deferred.until)
            self._records.settled(message.topic, "deferred")
        except outbox.Undeliverable as error:
            _log.error("outbox message %s (%s) cannot be delivered: %s", message.id, message.topic, error)
            await self._move_to_dead_letters(message, f"{type(error).__qualname__}: {error}")
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, its message must be settled
            await self._put_off(message, error)
        else:
            await outbox.complete(self._database, message)
            self._records.settled(message.topic, "delivered")

    async def _move_to_dead_letters(self, message: outbox.Message, reason: str) -> None:
        await outbox.move_to_dead_letters(self._database, message, reason)
        self._records.settled(message.topic, "dead")

    async def _put_off(self, message: outbox.Message, error: Exception) -> None:
        # Logged by type only, unless the handler has worded it: messages of servers and drivers may contain addresses.
        is_explained = isinstance(error, outbox.AttemptFailed)
        reason = str(error) if is_explained else type(error).__qualname__
        again = await outbox.retry(self._database, message, reason)
        self._records.settled(message.topic, "dead" if again is None else "retried")
        about = f"outbox message {message.id} ({message.topic})"
        if again is None:
            _log.error("%s is given up after %d attempts: %s", about, message.attempts, reason)
        else:
            _log.warning("%s failed, again at %s: %s", about, again, reason, exc_info=None if is_explained else error)

    @staticmethod
    async def _rest(seconds: float, *, until: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(seconds):
                await until.wait()
        except TimeoutError:
            return


def worker_of(services: Services) -> Worker:
    return Worker(
        services.database,
        handlers=services.outbox_handlers,
        # Pictures take the processor for seconds, and are written anew one by one.
        slow_topics={photos.UPLOADED},
        # What is sent to the systems of others, and the words of categories, ask nobody but the database.
        prompt_topics={domain_events.TOPIC, categories.TOPIC},
        sending=services.marketplace.webhooks.sending,
        cleanup_jobs={**services.cleanup_jobs, **services.operations.audit_chain.jobs},
        periodic_tasks={
            "taking audit events in": services.operations.audit_intake.take,
            "sealing audit events": services.operations.audit_chain.append_pending,
            "adding up changes of tables": partial(table_changes.add_up, services.database),
            "adding up words": services.marketplace.spelling.add_up,
            "keeping rows of frequent words": services.marketplace.frequent_words.add_up,
            "keeping rows of filters": services.marketplace.filter_bits.add_up,
            "queueing saved searches": services.marketplace.saved_searches.queue_due,
            "queueing digests": services.marketplace.notice_preferences.queue_digests,
            "ending verifications": services.marketplace.verifications.attend_ends,
            "ending inquiries": services.marketplace.inquiries.end_inquiries,
            "ending quotes": services.marketplace.quotes.end_quotes,
            "completing jobs": services.marketplace.jobs.complete_jobs,
            "publishing reviews": services.marketplace.reviews.publish_reviews,
            "counting usage": services.operations.usage.count_up,
            "saving its runs": services.operations.worker_tasks.save_runs,
        },
        records=AllRecords(services.operations.worker_tasks, services.metrics),
        tracer=services.tracer,
        concurrency=services.settings.worker_concurrency,
        poll_seconds=services.settings.worker_poll_seconds,
    )


async def run(services: Services) -> None:
    """Work beside the service in its process, until cancelled."""
    await worker_of(services).run()


async def serve(settings: Settings) -> bool:
    """Work until the process is asked to end; return whether what it had begun was finished in time."""
    services = assemble(settings)
    await services.open()
    worker = worker_of(services)
    asked = _asked_to_end()
    _log.info("the worker has started")
    try:
        async with services.log_entries.kept("worker"), listening(services.metrics, services.metrics_place):
            is_finished = await _work(worker, asked, settings.stop_seconds)
    finally:
        with ending_within(_CLOSING_SECONDS):
            await services.close()
        _log.info("the worker has stopped")
    return is_finished


def _asked_to_end() -> asyncio.Event:
    """Return the event that a first signal sets; a second one ends the process at once, even if the loop is stuck."""
    loop, asked, seen = asyncio.get_running_loop(), asyncio.Event(), set[str]()

    def ask(number: int, _frame: object) -> None:
        if seen:
            os._exit(_KILLED + number)
        seen.add("one")
        loop.call_soon_threadsafe(asked.set)

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, ask)
    return asked


async def _work(worker: Worker, asked: asyncio.Event, seconds: float) -> bool:
    """Work until asked to end, and up to so many seconds longer to finish what was begun; then cut it off."""
    working = asyncio.create_task(worker.run())
    asking = asyncio.create_task(asked.wait())
    await asyncio.wait((working, asking), return_when=asyncio.FIRST_COMPLETED)
    asking.cancel()
    if not working.done():
        _log.info("the worker finishes what it has begun: %s", worker.under_way or "nothing")
        worker.stop()
        await asyncio.wait((working,), timeout=seconds)
    if working.done():
        await working
        return True
    _log.error("not finished within %d seconds and cut off: %s", seconds, worker.under_way)
    working.cancel()
    with ending_within(_CLOSING_SECONDS), suppress(asyncio.CancelledError):
        await working
    return False


def main() -> None:
    settings = Settings.load()
    logs.configure(level=settings.log_level, form=settings.log_format)
    with reporting(error_reports(settings)):
        is_finished = asyncio.run(serve(settings))
    if not is_finished:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
