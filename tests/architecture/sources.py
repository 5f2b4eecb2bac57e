"""Files of the repository, as the rules of this folder read them."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

from tests.harness.databases import ROOT

IMPL = ROOT / "impl"
DOMAINS = ("identity", "marketplace", "operations")


@cache
def tracked() -> tuple[Path, ...]:
    """Return every file of the repository, committed or about to be; what git ignores is nobody's code."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = sorted(listed.stdout.decode().rstrip("\0").split("\0"))
    return tuple(path for name in names if (path := ROOT / name).is_file())


def python_files(*, below: str = "") -> list[Path]:
    """Return the Python files below a folder."""
    return [path for path in tracked() if path.suffix == ".py" and path.is_relative_to(ROOT / below)]


def is_written_by_hand(path: Path) -> bool:
    """Return whether a file is not made by the generator, whose files nobody edits and whose size is the contract's."""
    return not name_of(path).startswith(("generated/", "tests/codegen/golden/"))


def features() -> list[Path]:
    """Return the folders of features, in a domain, and of capabilities, in its folder of that name."""
    folders = [folder for domain in DOMAINS for folder in _folders(IMPL / domain) if folder.name != "capabilities"]
    return [*folders, *(folder for domain in DOMAINS for folder in _folders(IMPL / domain / "capabilities"))]


def is_capability(folder: Path) -> bool:
    """Return whether the folder holds what features share, and so has no handlers of its own."""
    return folder.parent.name == "capabilities"


def _folders(parent: Path) -> list[Path]:
    return [path for path in sorted(parent.iterdir()) if path.is_dir() and path.name != "__pycache__"]


@cache
def parsed(path: Path) -> ast.Module:
    """Parse a file once for all rules."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(path: Path) -> str:
    """Return a path as a person writes it: from the repository's root."""
    return path.relative_to(ROOT).as_posix()
