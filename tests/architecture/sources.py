"""Files of the repository, as the rules of this folder read them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from tests.harness.databases import ROOT

IMPL = ROOT / "impl"
Definition = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
DOMAINS = ("identity", "marketplace", "operations")


@cache
def tracked() -> tuple[Path, ...]:
    """Return every file of the repository, committed or about to be; what git ignores is nobody's code."""
    return files_of(ROOT)


def files_of(root: Path) -> tuple[Path, ...]:
    """Return the files of a checkout, or of an export, which lacks git's list of files but has the same .gitignore."""
    if not (root / ".git").exists():
        return tuple(sorted(_exported(root)))
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    names = sorted(listed.stdout.decode().rstrip("\0").split("\0"))
    return tuple(path for name in names if (path := root / name).is_file())


def _exported(root: Path) -> Iterator[Path]:
    """Walk the files that no line of .gitignore names; its lines are plain paths and names with wildcards."""
    lines = (root / ".gitignore").read_text(encoding="utf-8").splitlines()
    ignored = [line.rstrip("/") for line in lines if line and not line.startswith("#")]

    def is_ours(path: Path) -> bool:
        whole = f"/{path.relative_to(root).as_posix()}"
        return not any(fnmatch(whole if line.startswith("/") else path.name, line) for line in ignored)

    for folder, folders, files in root.walk():
        folders[:] = [name for name in folders if is_ours(folder / name)]
        yield from (folder / name for name in files if is_ours(folder / name))


def python_files(*, below: str = "") -> list[Path]:
    """Return the Python files below a folder."""
    beginning = f"{below}/" if below else ""
    return [path for name, path in _python_files() if name.startswith(beginning)]


@cache
def _python_files() -> list[tuple[str, Path]]:
    """Return them with their names, since to ask hundreds of paths for each feature takes seconds."""
    return [(name_of(path), path) for path in tracked() if path.suffix == ".py"]


def is_written_by_hand(path: Path) -> bool:
    """Return whether a file is not made by the generator, whose files nobody edits and whose size is the contract's."""
    return not name_of(path).startswith(("generated/", "tests/codegen/golden/"))


@cache
def features() -> tuple[Path, ...]:
    """Return the folders of features, in a domain, and of capabilities, in its folder of that name."""
    folders = [folder for domain in DOMAINS for folder in _folders(IMPL / domain) if folder.name != "capabilities"]
    return (*folders, *(folder for domain in DOMAINS for folder in _folders(IMPL / domain / "capabilities")))


def is_capability(folder: Path) -> bool:
    """Return whether the folder holds what features share, and so has no handlers of its own."""
    return folder.parent.name == "capabilities"


def _folders(parent: Path) -> list[Path]:
    return folders_with(python_files(below=name_of(parent)), parent)


def folders_with(files: Iterable[Path], parent: Path) -> list[Path]:
    """Return the parent's own folders that hold one of the files, however deep; left-over caches are not among them."""
    below = [path.relative_to(parent) for path in files]
    return [parent / name for name in sorted({path.parts[0] for path in below if len(path.parts) > 1})]


@cache
def parsed(path: Path) -> ast.Module:
    """Parse a file once for all rules."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def definitions(path: Path) -> tuple[Definition, ...]:
    """Return the module, its classes and its functions, however deep: a definition stands among statements only."""
    return tuple(_definitions(parsed(path)))


def _definitions(node: ast.AST) -> Iterator[Definition]:
    if isinstance(node, Definition):
        yield node
    for part in ("body", "orelse", "handlers", "finalbody", "cases"):
        inner = getattr(node, part, ())
        if isinstance(inner, list):  # the body of a lambda or of a conditional expression is none
            for statement in inner:
                yield from _definitions(statement)


def name_of(path: Path) -> str:
    """Return a path as a person writes it: from the repository's root."""
    return path.relative_to(ROOT).as_posix()
