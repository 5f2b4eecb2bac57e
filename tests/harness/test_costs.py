"""The harness itself: a run can say what it has cost, whichever processes did the work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

_TESTS = """
import pytest

@pytest.fixture(scope="module")
def shared(): return 1

@pytest.mark.parametrize("number", range(3))
def test_small(shared, number): pass
"""
_CONFTEST = """
from tests.harness import costs

def pytest_addoption(parser): costs.add_option(parser)

def pytest_configure(config): costs.configure(config)
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_files_and_shared_fixtures_are_listed_with_what_they_took(tmp_path: Path, workers: str) -> None:
    folder = tmp_path / "tests" / "small"
    folder.mkdir(parents=True)
    (folder / "test_small.py").write_text(_TESTS)
    (tmp_path / "conftest.py").write_text(_CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    # Not what the outer run tells its own workers and their coverage.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "no:cacheprovider", "-n", workers, "--costs", "tests"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d+ CPU seconds for 3 tests", done.stdout), done.stdout
    for line in (
        r"\d+\.\d +\d+\.\d +3  tests/small",
        r"\d+\.\d +\d+\.\d +3  tests/small/test_small\.py",
        r"\d+\.\d +\d+\.\d +3  tests/small/test_small\.py::test_small",
        r"\d+\.\d +shared of tests/small/test_small\.py",
        r"\d+\.\d +collection and imports",
    ):
        assert re.search(f"^ *{line}$", done.stdout, re.MULTILINE), done.stdout
