"""Programs that are started again whenever they are killed, as an orchestrator does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import httpx

from tests.harness.client import open_client
from tests.harness.launching import Parent
from tests.harness.programs import Program, running

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class Kept:
    """Program that runs until the block ends, in one process after another."""

    def __init__(
        self,
        module: Literal["impl.app", "impl.worker"],
        folder: Path,
        settings: dict[str, str],
        *,
        after_kill: Callable[[], Awaitable[None]] | None = None,
        parent: Parent | None = None,
    ) -> None:
        self.kills = 0
        self.is_up = asyncio.Event()
        self._module: Literal["impl.app", "impl.worker"] = module
        self._folder = folder
        self._settings = settings
        self._after_kill = after_kill
        self._parent = parent
        self._stack = AsyncExitStack()
        self._program: Program | None = None
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        await self._start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    @property
    def client(self) -> httpx.AsyncClient:
        """Return a client of the process that runs now."""
        assert self._client is not None
        return self._client

    async def kill(self) -> None:
        """Kill the process where it stands, and start another one."""
        self.kills += 1
        await self._renew(self._running.kill)

    async def renew(self) -> None:
        """Ask the process to end in peace, and start another one."""
        await self._renew(self._running.stop)

    async def replace(self) -> Callable[[], Awaitable[None]]:
        """Start another process in its place; give what ends the first one, which goes on serving until then."""
        old, before, self._stack = self._stack, self._program, AsyncExitStack()
        await self._start()
        assert before is not None
        first = before

        async def end() -> None:
            await first.stop()
            await old.aclose()

        return end

    async def stop(self) -> None:
        """Ask it to end in peace."""
        self.is_up.clear()
        assert self._program is not None
        await self._program.stop()

    @property
    def _running(self) -> Program:
        assert self._program is not None
        return self._program

    async def _renew(self, end: Callable[[], Awaitable[None]]) -> None:
        self.is_up.clear()
        await end()
        if self._after_kill is not None:
            await self._after_kill()
        # Whoever waits for an answer of the old one is told by its connection's end.
        old, self._stack = self._stack, AsyncExitStack()
        await self._start()
        await old.aclose()

    async def _start(self) -> None:
        arguments = ("--port", "0") if self._module == "impl.app" else ()
        program = await self._stack.enter_async_context(
            running(self._module, *arguments, folder=self._folder, settings=self._settings, parent=self._parent)
        )
        if self._module == "impl.app":
            address = _ADDRESS.search(await program.wait_for_line("Uvicorn running"))
            assert address is not None
            self._client = await self._stack.enter_async_context(open_client(address[0]))
        else:
            await program.wait_for_line("has started")
        self._program = program
        self.is_up.set()
