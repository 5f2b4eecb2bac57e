"""Rules of this folder read the repository's own files, in a checkout and in an export of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.architecture.sources import files_of, folders_with
from tests.harness.databases import ROOT


def test_an_export_has_the_files_of_the_checkout(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes((ROOT / ".gitignore").read_bytes())
    ignored = (
        "impl/__pycache__/app.pyc",
        ".venv/lib/one.py",
        "docker/secrets/key",
        ".env",
        "clients/node_modules/a.js",
    )
    for name in ("impl/app.py", "docs/page.md", *ignored):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    exported = files_of(tmp_path)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)

    assert files_of(tmp_path) == exported
    assert [path.relative_to(tmp_path).as_posix() for path in exported] == [".gitignore", "docs/page.md", "impl/app.py"]


def test_a_folder_of_caches_is_no_feature(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("__pycache__/\n")
    for name in ("account/service.py", "moved_away/__pycache__/service.pyc"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()

    assert [folder.name for folder in folders_with(files_of(tmp_path), tmp_path)] == ["account"]
