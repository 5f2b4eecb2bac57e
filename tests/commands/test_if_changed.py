"""tools/if-changed: a check that has passed is not repeated on the same files, and is on any others."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.harness.databases import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "if-changed", tmp_path / "tools")
    (tmp_path / "rules").mkdir()
    (tmp_path / "contract.yaml").write_text("one")
    (tmp_path / "rules" / "first.py").write_text("one")
    return tmp_path


def check(checkout: Path, *, passes: bool = True, name: str = "lint") -> bool:
    """Run a check, and return whether it was one."""
    ran = checkout / "ran"
    ran.unlink(missing_ok=True)
    command = f"echo ran > ran; {'true' if passes else 'false'}"
    done = subprocess.run(
        ["tools/if-changed", name, "contract.yaml", "rules", "--", "sh", "-c", command], cwd=checkout, check=False
    )
    assert (done.returncode == 0) == (passes or not ran.exists())
    return ran.exists()


def test_what_has_passed_is_not_repeated(checkout: Path) -> None:
    assert check(checkout)
    assert not check(checkout)
    assert check(checkout, name="another"), "each check remembers for itself"


@pytest.mark.parametrize("file", ["contract.yaml", "rules/first.py", "rules/second.py"])
def test_other_files_are_checked(checkout: Path, file: str) -> None:
    assert check(checkout)
    (checkout / file).write_text("two")
    assert check(checkout)
    assert not check(checkout)


def test_a_file_that_is_gone_is_a_change(checkout: Path) -> None:
    (checkout / "rules" / "second.py").write_text("one")
    assert check(checkout)
    (checkout / "rules" / "second.py").unlink()
    assert check(checkout)


def test_what_has_failed_is_not_remembered(checkout: Path) -> None:
    assert check(checkout, passes=False)
    assert check(checkout, passes=False)
    assert check(checkout)
    assert not check(checkout)


def test_another_check_of_that_name_is_run(checkout: Path) -> None:
    assert check(checkout)
    assert check(checkout, passes=False)
