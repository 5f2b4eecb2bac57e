"""Run of the tests that records which lines they run; what has not changed since is not run again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from tools.mutants.lines import FOLDER_VARIABLE, unrecorded

_ROOT: Final = Path(__file__).resolve().parents[2]
# Tests of the rules: the others are of tools and documents, or need programs of the system, minutes or PostgreSQL.
_FOLDERS: Final = ("contract", "edge", "gateways", "identity", "kernel", "marketplace", "operations", "runtime")
_LEFT_OUT: Final = (
    "tests/contract/test_handlers.py",
    "tests/edge/test_path_prefix.py",
    "tests/identity/oauth/test_certified_software.py",
    "tests/identity/oauth/test_standard_software.py",
    "tests/identity/races/",
    "tests/identity/test_two_processes.py",
)
_PYTEST: Final = (
    *("-q", "--no-header", "-n", "0", "-p", "tools.mutants.lines"),
    *("-k", "not postgresql", "-m", "not browser and not nginx and not pgbouncer"),
)


def record(folder: Path) -> list[str]:
    """Record the tests that are new or have changed, by folder; return all files of tests that were recorded."""
    folder.mkdir(parents=True, exist_ok=True)
    patterns = [f"tests/{one}/*test_*.py" for one in _FOLDERS]
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True)
    files = [one for one in listed.stdout.split() if not one.startswith(_LEFT_OUT)]
    for name in _FOLDERS:
        missing = unrecorded(folder, [one for one in files if one.startswith(f"tests/{name}/")])
        if missing:
            print(f"recording {len(missing)} files of tests/{name}", file=sys.stderr, flush=True)
            environment = {**os.environ, FOLDER_VARIABLE: str(folder)}
            command = [sys.executable, "-m", "pytest", *_PYTEST, *missing]
            subprocess.run(command, cwd=_ROOT, env=environment, stdout=sys.stderr, check=True)
    return files
