"""Each habit of CONTRIBUTING.md has a target, and the small programs behind these targets tell right from wrong."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.harness.databases import ROOT

_NAMED = sorted(set(re.findall(r"`make ([a-z-]+)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))))
_WHO = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def _run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **_WHO}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@cache
def _help() -> str:
    return _run(ROOT, "make", "help").stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a small repository with the tools of this one, a branch and a change on it."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "tests").mkdir()
    (tmp_path / "docs" / "decisions").mkdir(parents=True)
    (tmp_path / "docs/decisions/0009-nine.md").write_text("# 0009: Nine\n")
    (tmp_path / "docs/decisions/README.md").write_text("| page | decision |\n|---|---|\n")
    (tmp_path / ".gitignore").write_text(".venv\n.cache\n")
    (tmp_path / "value.py").write_text("VALUE = 1\n")
    for command in ("init -q -b main", "add -A", "commit -qm whatever", "checkout -qb branch"):
        assert _run(tmp_path, "git", *command.split()).returncode == 0
    (tmp_path / "value.py").write_text("VALUE = 2\n")
    (tmp_path / "tests/test_value.py").write_text(
        "from value import VALUE\n\n\n"
        "def test_changed():\n    assert VALUE == 2\n\n\n"
        "def test_same():\n    assert VALUE > 0\n"
    )
    return tmp_path


@pytest.mark.parametrize("target", _NAMED)
def test_a_habit_has_its_target_in_the_help(target: str) -> None:
    assert re.search(rf"^  make {target} ", _help(), re.MULTILINE)


def test_a_test_that_passes_without_the_change_is_refused(checkout: Path) -> None:
    shown = _run(checkout, "tools/fails-before", "tests/test_value.py::test_changed")
    unshown = _run(checkout, "tools/fails-before", "tests/test_value.py::test_same")
    lost = _run(checkout, "tools/fails-before", "tests/test_value.py::test_gone")

    assert (shown.returncode, unshown.returncode, lost.returncode) == (0, 1, 1), shown.stderr
    assert "passes without the change" in unshown.stderr
    assert "shows nothing" in lost.stderr
    assert _run(checkout, "git", "worktree", "list").stdout.count("\n") == 1


def test_a_decision_gets_the_next_number_and_a_line(checkout: Path) -> None:
    first = _run(checkout, "tools/decision", "Prices are integers, not floats")
    _run(checkout, "tools/decision", "Another")

    assert first.stdout == "docs/decisions/0010-prices-are-integers-not-floats.md\n"
    assert (checkout / first.stdout.strip()).read_text().startswith("# 0010: Prices are integers, not floats\n")
    listed = (checkout / "docs/decisions/README.md").read_text().splitlines()
    assert listed[-1] == "| [0011](0011-another.md) | Another |"


def test_a_subject_without_an_area_is_named(checkout: Path) -> None:
    for subject in ("edge: refuse what is too long", "Refuse what is too long"):
        assert _run(checkout, "git", "commit", "-q", "--allow-empty", "-m", subject).returncode == 0
    checked = _run(checkout, "tools/subjects")

    assert checked.returncode == 1
    named = [line for line in checked.stderr.splitlines() if line.startswith("    ")]
    assert [line.split(maxsplit=1)[1] for line in named] == ["Refuse what is too long"]
