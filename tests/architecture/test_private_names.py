"""Private names stay in their module: others import none, and replace none; ruff's SLF001 sees to attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.sources import name_of, parsed, python_files

_OURS = frozenset({"bench", "clients", "generated", "impl", "migrations", "openapi", "tests", "tools"})


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _reached(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the private names of our own modules that are imported, or named to `setattr`, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in _OURS:
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            yield from ((node.lineno, name) for name in names if _is_private(name))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in {"setattr", "getattr"}:
            match node.args:
                case [ast.Name(), ast.Constant(str(name)), *_] if _is_private(name):
                    yield node.lineno, name


def test_no_module_reaches_for_a_private_name_of_another() -> None:
    found = [f"{name_of(path)}:{line} {name}" for path in python_files() for line, name in _reached(parsed(path))]

    assert found == [], "give it a public name, or test it through what is public"
