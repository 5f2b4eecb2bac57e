"""Run of the tests that records which lines they run; what has not changed since is not run again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from tools.mutants.lines import FOLDER_VARIABLE, keep, unrecorded

_ROOT: Final = Path(__file__).resolve().parents[2]
# Tests of the rules: the others are of tools and documents, or need programs of the system or minutes.
_FOLDERS: Final = ("kernel", "edge", "gateways", "identity", "marketplace", "operations", "runtime", "contract")
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
    *("-m", "not browser and not nginx and not pgbouncer"),
)

_RECORDED: Final = (
    int(pytest.ExitCode.OK),
    int(pytest.ExitCode.TESTS_FAILED),
    int(pytest.ExitCode.NO_TESTS_COLLECTED),
)


def record(folder: Path) -> list[str]:
    """Record the tests that are new or have changed, some folders at once; return all files that were recorded.

    A test that fails is recorded as well: it counts for no mutant that it fails without.
    """
    folder.mkdir(parents=True, exist_ok=True)
    patterns = [f"tests/{one}/*test_*.py" for one in _FOLDERS]
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True)
    files = [one for one in listed.stdout.split() if not one.startswith(_LEFT_OUT)]
    with ThreadPoolExecutor(int(os.environ.get("MUTANTS_LANES", "2"))) as lanes:
        list(lanes.map(lambda name: _record(folder, name, files), _FOLDERS))
    return files


def _record(folder: Path, name: str, files: Sequence[str]) -> None:
    missing = unrecorded(folder, [one for one in files if one.startswith(f"tests/{name}/")])
    if missing:
        print(f"recording {len(missing)} files of tests/{name}", file=sys.stderr, flush=True)
        environment = {**os.environ, FOLDER_VARIABLE: str(folder)}
        command = [sys.executable, "-m", "pytest", *_PYTEST, *missing]
        done = subprocess.run(command, cwd=_ROOT, env=environment, stdout=sys.stderr, check=False)
        if done.returncode not in _RECORDED:
            raise RuntimeError(f"the tests of tests/{name} could not be run: exit status {done.returncode}")
        for file in unrecorded(folder, missing):
            # None of its tests can be recorded.
            keep(folder, file, {}, {})
