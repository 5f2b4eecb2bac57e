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
        self._stream = output
        self._lines: list[str] = []
        self._changed = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @property
    def output(self) -> str:
        """Return the output so far."""
        return "".join(self._lines)

    @property
    def pid(self) -> int:
        """Return the id of the process."""
        return self._process.pid

    async def wait_for_line(self, words: str) -> str:
        """Wait for a line with these words and return it."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: self._reading.done() or self._line(words) is not None)
        line = self._line(words)
        assert line is not None, f"it ended without a line with {words!r}:\n{self.output}"
        return line

    def send_kill(self) -> None:
        """Send SIGKILL, after which the program does nothing more, as on a machine that fails."""
        self._process.send_signal(signal.SIGKILL)

    async def kill(self) -> None:
        """Kill the program, and wait for its end."""
        self.send_kill()
        await asyncio.to_thread(self._process.wait)

    def terminate(self) -> None:
        """Send SIGTERM, as an operator and an orchestrator do."""
        self._process.send_signal(signal.SIGTERM)

    async def exit_status(self) -> int:
        """Wait until the program has ended by itself, and return its status."""
        async with asyncio.timeout(PATIENCE):
            return await asyncio.to_thread(self._process.wait)

    async def stop(self) -> None:
        """Terminate the program, wait until it has finished what it had begun, and assert that it did."""
        self.terminate()
        assert await self.exit_status() == 0, self.output

    async def end(self) -> None:
        """Kill the program if it still runs, however the test went."""
        self._process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(self._process.wait)
        await self._reading

    def _line(self, words: str) -> str | None:
        return next((line for line in self._lines if words in line), None)

    async def _read(self) -> None:
        try:
            async for line in self._stream:
                async with self._changed:
                    self._lines.append(line.decode())
                    self._changed.notify_all()
        finally:
            async with self._changed:
                self._changed.notify_all()


@contextlib.asynccontextmanager
async def running(
    module: Literal["impl.app", "impl.worker", "tests.kernel.hanging_worker"],
    *arguments: str,
    folder: Path,
    settings: Mapping[str, str],
    parent: Parent | None = None,
) -> AsyncIterator[Program]:
    """Start a program with these settings, by their names in the environment, and kill it when the block ends."""
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
        await program.end()
        transport.close()
