"""Docstrings: the first line of each module, class, attribute and function stands alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.architecture.sources import definitions, is_written_by_hand, name_of, python_files

# What a first line cannot begin with if it is a sentence in the imperative; ruff's D401 knows verbs in other moods.
_NO_VERBS = frozenset(
    "A All An And Another Any Apart As At Before But By Each Every Everyone Everything False For From How In It Its"
    " Never No Nobody None Not Nothing Of On One Only Others Over Somebody That The Their These They This Those To True"
    " Twice Under Unless Until What Whatever When Where Whether Who Whoever Whose Why With Without".split()
)


def test_the_first_line_of_a_function_stands_alone() -> None:
    """An editor shows it without its neighbours: it is a sentence that begins with its verb, the same for the same."""
    found = []
    for path in python_files():
        if not is_written_by_hand(path):
            continue
        for node in definitions(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("test_"):
                text = ast.get_docstring(node) or "Pass"
                if text.split(maxsplit=1)[0].strip(",:;.") in _NO_VERBS or text.startswith("Tell whether"):
                    found.append(f"{name_of(path)}:{node.lineno} {node.name}")

    assert found == []


# What leaves the subject to the reader. The first line of a test module states the rule that it tests, so it may begin
# with any subject, but not with a question.
_QUESTIONS = frozenset("How Of Told What Whatever When Where Whether Which Who Whoever Whom Whose Why".split())
_NO_NOUNS = (_QUESTIONS | _NO_VERBS) - {"A", "An", "The"}
_RELATIVE = re.compile(r"The (other|only|same)\b|(One|Some)[, ]")


def _described(path: Path) -> Iterator[tuple[int, str, str]]:
    """Give the line, name and docstring of a module, its classes and their attributes."""
    for node in definitions(path):
        if isinstance(node, ast.Module | ast.ClassDef):
            name = node.name if isinstance(node, ast.ClassDef) else "module"
            yield getattr(node, "lineno", 1), name, ast.get_docstring(node) or ""
            for before, after in pairwise(node.body):
                match before, after:
                    case ast.Assign() | ast.AnnAssign(), ast.Expr(ast.Constant(str(text))):
                        yield after.lineno, f"{name}.{ast.unparse(before).split(maxsplit=1)[0]}", text


def test_the_first_line_of_a_module_or_class_stands_alone() -> None:
    """An editor shows it without its neighbours: it names what it describes, or says in a sentence what that does."""
    found = []
    for path in python_files():
        is_test = name_of(path).startswith("tests/")
        for line, name, text in _described(path) if is_written_by_hand(path) else ():
            first = (text or "Nothing is said").split(maxsplit=1)[0].strip(",:;.")
            is_rule = is_test and name == "module"
            if text and (first in (_QUESTIONS if is_rule else _NO_NOUNS) or (_RELATIVE.match(text) and not is_rule)):
                found.append(f"{name_of(path)}:{line} {name}: {text.splitlines()[0]}")

    assert found == []


def test_an_error_says_when_it_is_raised() -> None:
    classes = [
        (path, node)
        for path in python_files()
        if is_written_by_hand(path)
        for node in definitions(path)
        if isinstance(node, ast.ClassDef)
    ]
    errors = {"Exception", "Problem"}
    for _ in range(3):
        errors |= {node.name for _, node in classes if any(_is_error(base, errors) for base in node.bases)}
    found = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path, node in classes
        if node.name in errors and not (ast.get_docstring(node) or "").startswith("Raised ")
    ]

    assert found == []


def _is_error(base: ast.expr, known: set[str]) -> bool:
    name = ast.unparse(base).rpartition(".")[2]
    return name in known or (name.endswith("Error") and name != "FieldError")
