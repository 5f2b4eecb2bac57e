"""Plugin of pytest with which the tests of an earlier release get databases that a later one has migrated."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.harness import databases

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


databases.migrate = _migrate
