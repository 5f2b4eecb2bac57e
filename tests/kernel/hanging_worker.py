"""Worker that says when it holds a message and then hangs, to be killed at that moment: a program with a URL."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from impl.kernel.engines.connecting import connect
from impl.worker import Worker

if TYPE_CHECKING:
    from impl.kernel.outbox import Message


async def _hang(_: Message) -> None:
    sys.stdout.write("delivering\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def main(url: str) -> None:
    """Deliver messages of the topic `mail`, of which none comes to its end."""
    database = connect(url)
    await database.open()
    await Worker(database, handlers={"mail": _hang}, cleanup_jobs={}).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
