"""Backups and restorations that cannot be carried out say why, and leave everything as it was."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from tests.harness.databases import Databases, Engine
from tests.harness.launching import start
from tests.recovery.commands import Place, opened, refused, sealed

_LONG: Final = "/".join(["long" * 20] * 4)


@dataclass(frozen=True, slots=True)
class _Saved:
    """Place with a backup of it, and an empty place of the same engine."""

    place: Place
    key: Path
    archive: Path
    empty: Place
    engine: Engine

    def restore(self, archive: Path | None = None, to: Place | None = None, key: Path | None = None) -> list[str]:
        """Return what the command says that has to refuse, once nothing was changed by it."""
        there = to or self.empty
        before = (there.rows(), there.stored()) if to else None
        done = there.run("restore", archive or self.archive, "--identity", key or self.key)
        refused(done)
        assert ((there.rows(), there.stored()) if to else (_tables(there), there.stored())) == (before or ({}, {}))
        return done.stderr.splitlines()


def _tables(place: Place) -> dict[str, int]:
    file = Path(place.url.partition(":///")[2])
    return {} if place.url.startswith("sqlite") and not file.exists() else place.rows()


@pytest.fixture(scope="module")
def saved(
    databases: Databases, engine: Engine, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[_Saved]:
    folder = tmp_path_factory.mktemp("saved")
    place = Place(databases.migrated(engine, f"refusing_{worker_id}"), folder / "files")
    for name in ("photos/one", _LONG):
        path = place.files / name
        path.parent.mkdir(parents=True)
        path.write_bytes(name.encode() * 3000)
    key, archive = folder / "key.txt", folder / "one.age"
    recipient = place.run("backup-key", key).stdout.strip()
    done = place.run("backup", archive, "--recipient", recipient)
    assert done.returncode == 0, done.stderr
    empty = Place(databases.empty(engine, f"refused_{worker_id}"), folder / "empty")
    yield _Saved(place, key, archive, empty, engine)
    for url in (place.url, empty.url):
        databases.drop(url)


def test_what_is_not_empty_is_not_restored_into(saved: _Saved, tmp_path: Path) -> None:
    (said,) = saved.restore(to=saved.place)
    assert "is not empty" in said
    files = tmp_path / "files"
    (files / "photos").mkdir(parents=True)
    (files / "photos" / "other").write_bytes(b"somebody's")
    done = replace(saved.empty, files=files).run("restore", saved.archive, "--identity", saved.key)
    refused(done, "The storage is not empty, it has photos/other")
    assert _tables(saved.empty) == {}


def test_another_engine_is_refused(saved: _Saved, databases: Databases, worker_id: str, tmp_path: Path) -> None:
    other: Engine = "sqlite" if saved.engine == "postgresql" else "postgresql"
    url = databases.empty(other, f"other_{worker_id}")
    done = Place(url, tmp_path / "files").run("restore", saved.archive, "--identity", saved.key)
    refused(done, f"The archive is of {saved.engine}", f"is of {other}")
    databases.drop(url)


def test_a_wrong_key_is_refused(saved: _Saved, tmp_path: Path) -> None:
    other, none = tmp_path / "other.txt", tmp_path / "none.txt"
    saved.place.run("backup-key", other)
    none.write_text("AGE-SECRET-KEY-1MISTYPED\n")
    assert saved.restore(key=other) == ["The archive was encrypted to another key."]
    (said,) = saved.restore(key=none)
    assert "holds no private key" in said
    assert "MISTYPED" not in said
    (said,) = saved.restore(key=tmp_path / "missing.txt")
    assert "cannot be read" in said


def test_what_is_damaged_or_cut_off_is_refused(saved: _Saved, tmp_path: Path) -> None:
    whole, broken = saved.archive.read_bytes(), tmp_path / "broken.age"
    middle, last = len(whole) // 2, len(whole) - 1
    flipped = [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in (10, 400, middle, last)]
    for content in (b"", b"no archive at all", *flipped, *(whole[:size] for size in (100, 1000, middle, last))):
        broken.write_bytes(content)
        (said,) = saved.restore(broken)
        assert said.startswith("The archive "), said
    (said,) = saved.restore(tmp_path / "missing.age")
    assert "cannot be read" in said


def _changed(parts: dict[str, bytes], **changes: object) -> dict[str, bytes]:
    manifest = json.dumps({**json.loads(parts["manifest.json"]), **changes}).encode()
    return _summed({**parts, "manifest.json": manifest})


def _summed(parts: dict[str, bytes]) -> dict[str, bytes]:
    others = {name: part for name, part in parts.items() if name != "SHA256SUMS"}
    lines = [f"{hashlib.sha256(part).hexdigest()}  {name}\n" for name, part in others.items()]
    return {**others, "SHA256SUMS": "".join(lines).encode()}


def test_what_is_encrypted_well_and_is_no_backup_is_refused(saved: _Saved, tmp_path: Path) -> None:
    parts, forged = opened(saved.archive, saved.key), tmp_path / "forged.age"
    assert parts[f"files/{_LONG}"] == _LONG.encode() * 3000, "names may be longer than tar's own"
    unsummed = {name: part for name, part in parts.items() if name != "SHA256SUMS"}
    nobodys = {name: part for name, part in parts.items() if name != "manifest.json"}
    for made, words in (
        (_changed(parts, format=2), "the format 2"),
        (_changed(parts, rows="many"), "manifest is not understood"),
        (_changed(parts, revision="9999_from_later"), "9999_from_later"),
        ({}, "digests are missing"),
        (nobodys, "no manifest"),
        ({**nobodys, "manifest.json": parts["manifest.json"]}, "no manifest"),
        ({**parts, "manifest.json": b"[]"}, "no manifest"),
        (unsummed, "digests are missing"),
        ({**parts, "files/photos/one": b"changed"}, "not what its digest says"),
        ({**parts, "files/photos/two": b"more"}, "parts behind its end"),
        (_summed({**unsummed, "files/../up": b"escaped"}), "a file that no storage takes"),
        (_summed({**unsummed, "database/00000001": b"no database"}), ""),
    ):
        forged.write_bytes(sealed(made, saved.key))
        said = " ".join(saved.restore(forged))
        assert words in said, said


def test_a_backup_that_fails_leaves_nothing(saved: _Saved, tmp_path: Path) -> None:
    here, recipient = saved.place, _recipient(saved)
    folder = tmp_path / "backups"
    folder.mkdir()
    secret = saved.key.read_text().splitlines()[1]
    refused(here.run("backup", saved.archive, "--recipient", recipient), "is there already")
    refused(here.run("backup", folder / "no" / "one.age", "--recipient", recipient), "cannot be written")
    refused(here.run("backup", folder, "--recipient", "age1nobody"), "age1nobody is none")
    done = here.run("backup", folder, "--recipient", secret)
    refused(done, "what was given is none")
    assert secret not in done.stderr
    refused(here.run("backup-key", saved.key), "File exists")
    refused(saved.empty.run("backup", folder, "--recipient", recipient), "The database ")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")
def test_programs_of_postgresql_that_fail_are_heard(saved: _Saved, tmp_path: Path) -> None:
    recipient = _recipient(saved)
    folder, programs = tmp_path / "backups", tmp_path / "programs"
    folder.mkdir()
    programs.mkdir()
    words = ("backup", folder, "--recipient", recipient)
    failing = replace(saved.place, settings={"POSTGRES_PROGRAMS": str(programs)})
    refused(failing.run(*words), "pg_dump is not in", "POSTGRES_PROGRAMS")
    for name in ("pg_dump", "pg_restore"):
        (programs / name).write_text("#!/bin/sh\necho part; echo the disk is full >&2; exit 1\n")
        (programs / name).chmod(0o755)
    refused(failing.run(*words), "pg_dump failed: the disk is full")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")
def test_a_backup_that_is_stopped_leaves_nothing(saved: _Saved, tmp_path: Path) -> None:
    folder, programs, told = tmp_path / "backups", tmp_path / "programs", tmp_path / "told"
    for made in (folder, programs):
        made.mkdir()
    os.mkfifo(told)
    for name in ("pg_dump", "pg_restore"):
        (programs / name).write_text(f'#!/bin/sh\necho $$ >"{told}"\nexec sleep 600\n')
        (programs / name).chmod(0o755)
    stuck = replace(saved.place, settings={"POSTGRES_PROGRAMS": str(programs)})
    words = ("backup", str(folder), "--recipient", _recipient(saved))
    with (tmp_path / "log").open("w+b") as log:
        process = start("impl.cli", *words, environment=stuck.environment(), output=log)
        dump = int(told.read_text())
        assert len(list(folder.iterdir())) == 1, "what is not complete has another name"
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 1
        log.seek(0)
        assert log.read().decode() == "Stopped; what had been written was removed.\n"
    assert list(folder.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(dump, 0)


def _recipient(saved: _Saved) -> str:
    return saved.key.read_text().splitlines()[0].removeprefix("# public key: ")
