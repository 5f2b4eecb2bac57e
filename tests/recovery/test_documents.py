"""The commands of docs/recovery.md do what the page says, in its order, and other people's tools read an archive."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pyrage

from tests.harness.databases import ROOT, Databases
from tests.recovery.commands import Place

_PAGE = (ROOT / "docs" / "recovery.md").read_text(encoding="utf-8")
_COMMANDS = [
    line.removeprefix("python -m impl.cli ")
    for block in re.findall(r"^```sh\n(.*?)^```", _PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.startswith("python -m impl.cli ")
]


def test_the_commands_of_the_page_save_and_restore(databases: Databases, worker_id: str, tmp_path: Path) -> None:
    place = Place(databases.migrated("sqlite", f"documented_{worker_id}"), tmp_path / "files")
    empty = Place(databases.empty("sqlite", f"documented_new_{worker_id}"), tmp_path / "new")
    place.files.mkdir()
    (place.files / "one").write_bytes(b"picture")
    key, backups = tmp_path / "key.txt", tmp_path / "backups"
    backups.mkdir()
    make, save, restore, verify, *others = _COMMANDS
    # They are of test_point_in_time.py.
    assert {line.split()[0] for line in others} == {"undelete", "delete-unnamed"}
    told = {"key.txt": str(key), "/var/backups/hestami": str(backups)}

    told["age1..."] = _run(place, make, told).strip()
    _run(place, save, told)
    (archive,) = backups.iterdir()
    told["hestami-20261129T030000Z.age"] = str(archive)
    assert re.fullmatch(r"hestami-\d{8}T\d{6}Z\.age", archive.name)
    _run(empty, restore, told)
    _run(empty, verify, told)
    assert empty.stored() == {"one": b"picture"}
    _by_hand(archive, key, tmp_path / "by-hand", place)
    for one in (place, empty):
        databases.drop(one.url)


def test_the_timer_runs_the_command_of_the_page() -> None:
    (started,) = re.findall(r"^ExecStart=\S+ -m impl\.cli (.+)$", _PAGE, re.MULTILINE)
    assert started == _COMMANDS[1]


def _run(place: Place, command: str, told: dict[str, str]) -> str:
    done = place.run(*(told.get(word, word) for word in shlex.split(command)))
    assert done.returncode == 0, done.stderr
    return done.stdout


def _by_hand(archive: Path, key: Path, folder: Path, place: Place) -> None:
    """Take an archive apart with the tools that the page names; the format of age has a library here."""
    folder.mkdir()
    identity = pyrage.x25519.Identity.from_str(key.read_text().splitlines()[-1])
    content = pyrage.decrypt(archive.read_bytes(), [identity])
    subprocess.run(["tar", "-x"], cwd=folder, input=content, check=True)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    subprocess.run(["/bin/sh", "-c", "cat database/* >whole.db"], cwd=folder, check=True)
    copy = replace(place, url=f"sqlite+aiosqlite:///{folder}/whole.db")
    assert copy.rows() == place.rows()
