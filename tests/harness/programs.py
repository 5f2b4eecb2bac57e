"""The service's programs as processes of their own, for what only a process can show: that it was killed."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Literal

from tests.harness.environment import clean_environment

_ROOT = Path(__file__).parents[2]
_PATIENCE = 60.0


class Program:
    """A running program, and what it has said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._said: list[str] = []
        self._news = asyncio.Condition()
        self._hearing = asyncio.create_task(self._hear())

    @property
    def said(self) -> str:
        """Return all of it so far."""
        return "".join(self._said)

    async def says(self, words: str) -> str:
        """Wait for a line with these words and return it."""
        async with asyncio.timeout(_PATIENCE), self._news:
            await self._news.wait_for(lambda: self._hearing.done() or self._line(words) is not None)
        line = self._line(words)
        assert line is not None, f"it ended without saying {words!r}:\n{self.said}"
        return line

    def shoot(self) -> None:
        """End it at once, as a machine that fails does; it does nothing more from here on."""
        self._process.send_signal(signal.SIGKILL)

    async def kill(self) -> None:
        """Shoot it, and wait until it is gone."""
        self.shoot()
        await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end, as an operator does; what it has begun, it finishes."""
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(_PATIENCE):
            assert await self._process.wait() == 0, self.said

    async def ended(self) -> None:
        """Leave nothing running, however the test went."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._hearing

    def _line(self, words: str) -> str | None:
        return next((line for line in self._said if words in line), None)

    async def _hear(self) -> None:
        assert self._process.stdout is not None
        try:
            async for line in self._process.stdout:
                async with self._news:
                    self._said.append(line.decode())
                    self._news.notify_all()
        finally:
            async with self._news:
                self._news.notify_all()


@contextlib.asynccontextmanager
async def running(
    module: Literal["impl.app", "impl.worker"], *arguments: str, folder: Path, settings: Mapping[str, str]
) -> AsyncIterator[Program]:
    """Start a program with these settings by their names in the environment; gone when the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(_ROOT), **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    program = Program(process)
    try:
        yield program
    finally:
        await program.ended()
