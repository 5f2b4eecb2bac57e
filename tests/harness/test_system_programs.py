"""The harness names a test that needs a program of the system as not run where it is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_TEST = """
import pytest
from tests.harness.system_programs import SystemPrograms

@pytest.mark.browser
def test_page(): pass

@pytest.mark.nginx
def test_proxy(): pass

def test_other(): pass
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_without_a_program_the_run_says_what_it_left_out(tmp_path: Path, workers: str) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests.harness.system_programs import SystemPrograms\n"
        "def pytest_configure(config): config.pluginmanager.register(SystemPrograms())\n"
    )
    (tmp_path / "test_pages.py").write_text(_TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  browser\n  nginx\n")
    root = Path(__file__).parents[2]
    # Not what the outer run tells its own workers and their coverage.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "no:cacheprovider", "-n", workers, str(tmp_path)],
        cwd=tmp_path,
        env={**environment, "PATH": "", "PYTHONPATH": str(root), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "not run: no Chromium" in done.stdout
    assert "test_pages.py::test_page" in done.stdout
    assert "not run: no nginx" in done.stdout
    assert "test_pages.py::test_proxy" in done.stdout
    assert "1 passed" in done.stdout
