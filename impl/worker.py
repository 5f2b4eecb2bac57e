"""The other program: delivers what the outbox holds, and cleans up behind everyone."""

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

from impl.assembly import Hestami, assemble
from impl.edge import logs
from impl.kernel import outbox
from impl.kernel.database import Database
from impl.kernel.errors import Unavailable
from impl.kernel.settings import Settings

type Chore = Callable[[], Awaitable[object]]
# Does some of a work that never ends, and tells whether more of it is waiting.
type Share = Callable[[], Awaitable[bool]]

_log = logging.getLogger("hestami.worker")
# Well within the lease: another worker must not begin while this one may still succeed.
_DELIVERY_SECONDS = (outbox.LEASE - timedelta(seconds=30)).total_seconds()
_CHORES_EVERY = timedelta(hours=1)
_SHARES_EVERY_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0


class Worker:
    """Claims messages, hands each to its topic's handler, and settles it.

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
        self._shares_due = time.monotonic()

    def stop(self) -> None:
        """Finish what is being delivered, claim nothing more."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until `stop`; a database that is away makes it wait, not end."""
        pause = self._poll_seconds
        while not self._stopping.is_set():
            try:
                await self._do_chores_when_due()
                busy = await self._deliver_some() == self._concurrency
                busy |= await self._do_shares_when_due()
            except (Unavailable, OSError) as error:
                _log.warning("the worker waits for the database: %s", type(error).__qualname__)
                busy, pause = False, min(pause * 2, _LONGEST_PAUSE_SECONDS)
            else:
                pause = self._poll_seconds
            if not busy:
                await self._rest(pause)

    async def run_once(self) -> int:
        """Deliver all that is due now; gives the number of messages that were tried."""
        tried = 0
        while found := await self._deliver_some():
            tried += found
        return tried

    async def do_chores(self) -> None:
        for name, chore in self._chores.items():
            try:
                await chore()
            except Exception:  # noqa: BLE001 - one that fails must not keep the others from being done
                _log.exception("the chore %s failed", name)

    async def _do_chores_when_due(self) -> None:
        now = self._database.clock.now()
        if now >= self._chores_due:
            self._chores_due = now + _CHORES_EVERY
            await self.do_chores()

    async def _do_shares_when_due(self) -> bool:
        # By the machine's time, and not at each turn: on SQLite it takes turns with all who write.
        if (now := time.monotonic()) < self._shares_due:
            return False
        more = [await self._do_share(share) for share in self._shares]
        if not any(more):
            self._shares_due = now + _SHARES_EVERY_SECONDS
        return any(more)

    @staticmethod
    async def _do_share(share: Share) -> bool:
        try:
            return await share()
        except (Unavailable, OSError):
            raise
        except Exception:  # noqa: BLE001 - mail must go out whatever is wrong with the rest
            _log.exception("a share of the work failed")
            return False

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
