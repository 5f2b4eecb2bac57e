"""The other program: delivers what the outbox holds, and cleans up behind everyone."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta

from impl.assembly import Hestami, assemble
from impl.edge import logs
from impl.kernel import outbox
from impl.kernel.database import Database
from impl.kernel.errors import Unavailable
from impl.kernel.retention import Chore
from impl.kernel.settings import Settings

# Does some of a work that never ends, and tells whether more of it is waiting.
type Share = Callable[[], Awaitable[bool]]

_log = logging.getLogger("hestami.worker")
# Well within the lease: another worker must not begin while this one may still succeed.
_DELIVERY_SECONDS = (outbox.LEASE - timedelta(seconds=30)).total_seconds()
_CHORES_EVERY = timedelta(hours=1)
# Not at each turn: on SQLite it takes turns with all who write.
_SHARES_EVERY_SECONDS = 1.0
# As long as a step of a clean-up takes, or longer: half of the time belongs to others, on SQLite all who write.
_BETWEEN_STEPS_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 30.0


class Worker:
    """Claims messages, hands each to its topic's handler, and settles it; cleans up and does shares beside that.

    A message is claimed in one transaction and settled in another one: whoever dies between the two leaves a lease that
    ends, and the message is delivered again. So each is delivered at least once, and handlers must bear a second time.
    """

    def __init__(
        self,
        database: Database,
        *,
        handlers: Mapping[str, outbox.Handler],
        chores: Mapping[str, Chore],
        shares: Sequence[Share] = (),
        concurrency: int = 8,
        poll_seconds: float = 0.5,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._chores = chores
        self._shares = shares
        self._concurrency = concurrency
        self._poll_seconds = poll_seconds
        self._stopping = asyncio.Event()
        self._chores_due = database.clock.now()

    def stop(self) -> None:
        """Finish what is being delivered and the step that is being taken, begin nothing more."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until `stop`, at everything side by side: a mail waits for no clean-up, however much there is to do."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_at("delivering", self._deliver_what_is_due, every=self._poll_seconds))
            tasks.create_task(self._keep_at("cleaning up", self._do_chores_when_due, every=self._poll_seconds))
            tasks.create_task(self._keep_at("sharing", self._do_shares, every=_SHARES_EVERY_SECONDS))

    async def run_once(self) -> int:
        """Deliver all that is due now; gives the number of messages that were tried."""
        tried = 0
        while found := await self._deliver_some():
            tried += found
        return tried

    async def _keep_at(self, name: str, work: Share, *, every: float) -> None:
        """A database that is away makes it wait, not end, and so does whatever else is wrong: the others go on."""
        pause = every
        while not self._stopping.is_set():
            busy = failed = False
            try:
                busy = await work()
            except* (Unavailable, OSError) as group:
                failed = True
                kinds = sorted({type(error).__qualname__ for error in group.exceptions})
                _log.warning("%s waits for the database: %s", name, ", ".join(kinds))
            except* Exception as group:  # noqa: BLE001 - it is told, and tried again
                failed = True
                for error in group.exceptions:
                    _log.error("%s failed", name, exc_info=error)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS) if failed else every
            if not busy:
                await self._rest(pause)

    async def _do_chores_when_due(self) -> bool:
        now = self._database.clock.now()
        if now >= self._chores_due:
            self._chores_due = now + _CHORES_EVERY
            for name, chore in self._chores.items():
                try:
                    await self._do_chore(chore)
                except Exception:  # noqa: BLE001 - one that fails must not keep the others from being done
                    _log.exception("the chore %s failed", name)
        return False

    async def _do_chore(self, chore: Chore) -> None:
        async with aclosing(chore.steps()) as steps:
            # Asked before each step: what is left to do stays for the next worker.
            while not self._stopping.is_set() and (removed := await anext(steps, None)) is not None:
                if any(removed.values()):
                    await self._rest(_BETWEEN_STEPS_SECONDS)

    async def _do_shares(self) -> bool:
        return any([await self._do_share(share) for share in self._shares])

    @staticmethod
    async def _do_share(share: Share) -> bool:
        try:
            return await share()
        except (Unavailable, OSError):
            raise
        except Exception:  # noqa: BLE001 - the other shares are done all the same
            _log.exception("a share of the work failed")
            return False

    async def _deliver_what_is_due(self) -> bool:
        return await self._deliver_some() == self._concurrency

    async def _deliver_some(self) -> int:
        if not await outbox.has_due(self._database):
            return 0
        messages = await outbox.claim(self._database, self._handlers.keys(), limit=self._concurrency)
        async with asyncio.TaskGroup() as tasks:
            for message in messages:
                tasks.create_task(self._deliver(message))
        return len(messages)

    async def _deliver(self, message: outbox.Message) -> None:
        if message.attempts > outbox.MAX_ATTEMPTS:
            # No attempt came to an end: it kills whoever takes it.
            await outbox.bury(self._database, message, "no attempt came to its end")
            return
        try:
            async with asyncio.timeout(_DELIVERY_SECONDS):
                await self._handlers[message.topic](message)
        except outbox.Undeliverable as error:
            _log.error("outbox message %s (%s) cannot be delivered: %s", message.id, message.topic, error)
            await outbox.bury(self._database, message, f"{type(error).__qualname__}: {error}")
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, its message must be settled
            await self._put_off(message, error)
        else:
            await outbox.complete(self._database, message)

    async def _put_off(self, message: outbox.Message, error: Exception) -> None:
        # By its type only, unless the handler has put it into words: what servers and drivers say may hold an address.
        is_told = isinstance(error, outbox.Postponed)
        reason = str(error) if is_told else type(error).__qualname__
        again = await outbox.retry(self._database, message, reason)
        about = f"outbox message {message.id} ({message.topic})"
        if again is None:
            _log.error("%s is given up after %d attempts: %s", about, message.attempts, reason)
        else:
            _log.warning("%s failed, again at %s: %s", about, again, reason, exc_info=None if is_told else error)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def worker_of(hestami: Hestami) -> Worker:
    return Worker(
        hestami.database,
        handlers=hestami.handlers,
        chores=hestami.chores,
        shares=[hestami.audit_chain.seal],
        concurrency=hestami.settings.worker_concurrency,
        poll_seconds=hestami.settings.worker_poll_seconds,
    )


async def run(hestami: Hestami) -> None:
    """Work beside the service in its process, until cancelled."""
    await worker_of(hestami).run()


async def serve(settings: Settings) -> None:
    """Work until the process is asked to end."""
    hestami = assemble(settings)
    await hestami.open()
    worker = worker_of(hestami)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, worker.stop)
    _log.info("the worker is at work")
    try:
        await worker.run()
    finally:
        await hestami.close()
        _log.info("the worker has stopped")


def main() -> None:
    settings = Settings.load()
    logs.configure(level=settings.log_level, form=settings.log_format)
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
