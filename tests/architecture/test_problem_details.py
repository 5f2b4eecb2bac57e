"""Details of problems: a person who is shown `detail` and nothing else reads more than the title again."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module

from impl.kernel.errors import Problem
from tests.architecture.sources import name_of, parsed, python_files


def _without_detail(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the names of the errors that are raised without a detail, with their lines."""
    for node in ast.walk(tree):
        match node:
            case ast.Raise(exc=ast.Name(name)) | ast.Raise(exc=ast.Call(func=ast.Name(name), args=[])):
                yield node.lineno, name


def _repeats_its_title(path: str, name: str) -> bool:
    found = getattr(import_module(path.removesuffix(".py").replace("/", ".")), name, None)
    if not (isinstance(found, type) and issubclass(found, Problem)) or "__init__" in vars(found):
        return False
    return found().detail == f"{found.title}."


def test_no_problem_is_raised_whose_detail_repeats_its_title() -> None:
    found = [
        f"{name_of(path)}:{line} {name}"
        for path in python_files(below="impl")
        for line, name in _without_detail(parsed(path))
        if _repeats_its_title(name_of(path), name)
    ]

    assert found == [], "say what to do, in `default_detail` of its class or where it is raised"
