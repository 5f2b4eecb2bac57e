"""References of a document to tests and operations, and whether these exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.harness.databases import ROOT

_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def _defined(path: str) -> frozenset[str]:
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def named_tests(text: str) -> list[str]:
    """Return the tests that a text names, as `path::test`."""
    return [f"{path}::{name}" for path, name in _TEST.findall(text)]


def missing_tests(text: str) -> Iterator[str]:
    """Give those that are not there."""
    for path, name in _TEST.findall(text):
        if name not in _defined(path):
            yield f"{path}::{name}"


def rows(text: str) -> Iterator[list[str]]:
    """Give the cells of every row of every table, but for headings and rules."""
    for line in text.splitlines():
        if line.startswith("|") and not line.startswith(("|---", "| ---")):
            yield [cell.strip() for cell in line.strip("|").split("|")]
