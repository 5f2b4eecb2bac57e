"""Programs of the service as processes of their own, which tests can kill."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Literal

from tests.harness.environment import clean_environment
from tests.harness.launching import Parent, Process, start
from tests.harness.patience import PATIENCE


class Program:
    """Running program, with its output."""

    def __init__(self, process: Process, output: asyncio.StreamReader) -> None:
        self._process = process
        self._output = output
        self._said: list[str] = []
        self._news = asyncio.Condition()
        self._hearing = asyncio.create_task(self._hear())

    @property
    def said(self) -> str:
        """Return all of it so far."""
        return "".join(self._said)

    @property
    def pid(self) -> int:
        """Return the number by which the system knows it."""
        return self._process.pid

    async def says(self, words: str) -> str:
        """Wait for a line with these words and return it."""
        async with asyncio.timeout(PATIENCE), self._news:
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
        await asyncio.to_thread(self._process.wait)

    def ask_to_end(self) -> None:
        """Ask it to end, as an operator and an orchestrator do."""
        self._process.send_signal(signal.SIGTERM)

    async def exit_status(self) -> int:
        """Wait until it has ended by itself."""
        async with asyncio.timeout(PATIENCE):
            return await asyncio.to_thread(self._process.wait)

    async def stop(self) -> None:
        """Ask it to end; what it has begun, it finishes."""
        self.ask_to_end()
        assert await self.exit_status() == 0, self.said

    async def ended(self) -> None:
        """Leave nothing running, however the test went."""
        self._process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(self._process.wait)
        await self._hearing

    def _line(self, words: str) -> str | None:
        return next((line for line in self._said if words in line), None)

    async def _hear(self) -> None:
        try:
            async for line in self._output:
                async with self._news:
                    self._said.append(line.decode())
                    self._news.notify_all()
        finally:
            async with self._news:
                self._news.notify_all()


@contextlib.asynccontextmanager
async def running(
    module: Literal["impl.app", "impl.worker"],
    *arguments: str,
    folder: Path,
    settings: Mapping[str, str],
    parent: Parent | None = None,
) -> AsyncIterator[Program]:
    """Start a program with these settings by their names in the environment; gone when the block ends."""
    readable, writable = os.pipe()
    output = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(output), os.fdopen(readable, "rb")
    )
    with os.fdopen(writable, "wb") as theirs:
        environment = clean_environment(**settings)
        process = await asyncio.to_thread(
            start, module, *arguments, environment=environment, folder=folder, output=theirs, parent=parent
        )
    program = Program(process, output)
    try:
        yield program
    finally:
        await program.ended()
        transport.close()
