"""Plugin of pytest with which the tests of an earlier release get databases that a later one has migrated."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from tests.harness import databases, processes, programs

_LATER = Path(os.environ["HESTAMI_MIGRATIONS"])


def _migrate(url: str, revision: str = "head") -> None:
    done = subprocess.run(
        [_LATER / ".venv" / "bin" / "python", "-m", "alembic", "upgrade", revision],
        cwd=_LATER,
        env={**os.environ, "DATABASE_URL": url, "ENVIRONMENT": "test"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)


def _running(
    *words: Any,  # noqa: ANN401 - the arguments of the earlier release, whatever they are
    settings: Mapping[str, str],
    **others: Any,  # noqa: ANN401 - as above
) -> AbstractAsyncContextManager[Any]:
    """Start a program that does not check idle connections, since tests count its statements."""
    return programs.running(*words, settings={"DATABASE_IDLE_SECONDS": "300", **settings}, **others)


vars(processes)["running"] = _running
databases.migrate = _migrate
