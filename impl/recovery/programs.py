"""Client programs of PostgreSQL: where they lie, and how one of them is run."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from impl.recovery.errors import RecoveryError

_COMPLAINTS_MAX: Final = 2000


def find(name: str, programs: Path | None) -> str:
    found = shutil.which(name, path=None if programs is None else str(programs))
    if found is None:
        where = f"in {programs}, the folder of POSTGRES_PROGRAMS" if programs else "on the PATH"
        raise RecoveryError(f"{name} is not {where}: install the client programs of PostgreSQL, as new as its server.")
    return found


@asynccontextmanager
async def running(
    program: str, *words: str, environment: Mapping[str, str]
) -> AsyncIterator[tuple[Process, asyncio.Task[str]]]:
    """Start a program, which is killed if the context ends before it."""
    # Variables of the operator's own shell would lead elsewhere.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    process = await asyncio.create_subprocess_exec(
        program, *words, stdin=PIPE, stdout=PIPE, stderr=PIPE, env={**inherited, **environment}
    )
    said = asyncio.create_task(_end_of_complaints(process))
    try:
        yield process, said
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        await said


async def _end_of_complaints(process: Process) -> str:
    """Read all that a program complains of, and return the end of it."""
    last = b""
    if process.stderr is not None:
        while chunk := await process.stderr.read(_COMPLAINTS_MAX):
            last = (last + chunk)[-_COMPLAINTS_MAX:]
    return " ".join(last.decode(errors="replace").split())
