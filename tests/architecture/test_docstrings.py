"""Docstrings: the first line of each module, class, attribute and function stands alone."""

from __future__ import annotations

import ast

from tests.architecture.sources import is_written_by_hand, name_of, parsed, python_files

# What a first line cannot begin with if it is a sentence in the imperative; ruff's D401 knows verbs in other moods.
_NO_VERBS = frozenset(
    "A All An And Another Any Apart As At Before But By Each Every Everyone Everything False For From How In It Its"
    " Never No Nobody None Not Nothing Of On One Only Others Over Somebody That The Their These They This Those To True"
    " Twice Under Unless Until What Whatever When Where Whether Who Whoever Whose Why With Without".split()
)


def test_the_first_line_of_a_function_stands_alone() -> None:
    """An editor shows it without its neighbours: it is a sentence that begins with its verb."""
    found = []
    for path in python_files():
        if not is_written_by_hand(path):
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("test_"):
                text = ast.get_docstring(node) or "Pass"
                if text.split(maxsplit=1)[0].strip(",:;.") in _NO_VERBS:
                    found.append(f"{name_of(path)}:{node.lineno} {node.name}")

    assert found == []
