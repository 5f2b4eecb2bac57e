"""Background coroutines of a service's process, whose failure does not end it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

_log: Final = logging.getLogger("hestami.app")


@asynccontextmanager
async def running(*runs: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run the coroutines until the block ends."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_reported(run)) for run in runs]
        yield
        for task in tasks:
            task.cancel()


async def _reported(run: Coroutine[Any, Any, None]) -> None:
    """Log the failure of a companion, so that requests are still answered: in the task group it would end them all."""
    try:
        await run
    except Exception:  # noqa: BLE001 - no failure of this kind may end in an error of a request
        _log.exception("a companion has failed, the service goes on without it")
