"""tools/one-at-a-time: of several commands that would install into one folder, one does and the others wait for it."""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path

import pytest

from tests.harness.databases import ROOT

_TURN = f"turn=turns/folder; . {ROOT}/tools/one-at-a-time"


def start(folder: Path, script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["sh", "-euc", f"{_TURN}; {script}"], cwd=folder, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_each_waits_until_the_one_before_has_ended(tmp_path: Path) -> None:
    shells = [start(tmp_path, "echo begin >>log; ls / >list; ls /; echo end >>log") for _ in range(8)]
    for shell in shells:
        shell.communicate()
    assert (tmp_path / "log").read_text().split() == ["begin", "end"] * 8


def test_a_turn_ends_with_its_shell_even_when_that_is_killed(tmp_path: Path) -> None:
    shell = start(tmp_path, "echo mine; read forever")
    assert shell.stdout is not None
    assert shell.stdout.readline() == "mine\n"
    with (tmp_path / "turns" / "folder").open() as turn:
        with pytest.raises(BlockingIOError):
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shell.kill()
        shell.communicate()
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
