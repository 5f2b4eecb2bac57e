"""Public pages are read from tables that have a version: others are never kept, and each request makes them anew."""

from __future__ import annotations

import ast
import re
from typing import Final

import pytest

import impl.assembly  # noqa: F401 - every table is mapped
from generated.policies import OPERATIONS
from impl.kernel.tables import SCHEMAS, Table
from openapi.runtime.wire import Operation
from tests.architecture.reachable import Place, reached
from tests.architecture.sources import IMPL, definitions, parsed
from tests.harness.databases import ROOT

_NAMED: Final = re.compile(rf"\b(?:{'|'.join(SCHEMAS)})\.\w+\b(?!\()")
_COUNTING: Final = "count_table_change"
_KEPT: Final = [one for one in OPERATIONS if one.cache is not None and one.cache.scope == "public" and one.cache.shared]


# Counted since 0086, and read by no page: a sketch finds duplicates, and a listing is filed under the ancestors.
_READ_BY_NONE: Final = {"marketplace.listing_sketches", "marketplace.category_ancestors"}
# Read by `leave_out_reads`: how long answers take changes each midnight, and a page may be older than that by its age.
_LEFT_OUT: Final = {"marketplace.inquiry_recipients"}


def _versioned() -> set[str]:
    """Return the tables whose changes triggers of a migration count."""
    found: set[str] = set()
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        if _COUNTING in path.read_text(encoding="utf-8"):
            for part in parsed(path).body:
                if isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) == "_TABLES":
                    found |= {f"marketplace.{table}" for table in ast.literal_eval(part.value)}
    return found


def _handler(operation: Operation) -> tuple[Place, str]:
    method = re.sub(r"(?=[A-Z])", "_", operation.id).lower()
    found = [
        (Place(".".join(path.relative_to(ROOT).with_suffix("").parts), one.name), method)
        for path in IMPL.glob("*/*/handlers.py")
        for one in definitions(path)
        if isinstance(one, ast.ClassDef)
        and any(isinstance(part, ast.AsyncFunctionDef) and part.name == method for part in one.body)
    ]
    assert len(found) == 1, f"{operation.id} has {len(found)} handlers"
    return found[0]


def _tables(operation: Operation) -> set[str]:
    """Return the tables that the code names which the handler of an operation may run."""
    mapped = {Place(one.class_.__module__, one.class_.__name__): one.local_table for one in Table.registry.mappers}
    found = reached(*_handler(operation))
    named = {str(mapped[place]) for place in found.places & mapped.keys()}
    return named | {name for text in found.texts for name in _NAMED.findall(text)}


@pytest.mark.parametrize("operation", _KEPT, ids=lambda one: one.id)
def test_a_page_that_is_kept_is_read_from_tables_with_versions(operation: Operation) -> None:
    assert _tables(operation) - _versioned() <= _LEFT_OUT, "a migration has to give them triggers (docs/caching.md)"


def test_every_table_with_versions_is_read_by_a_page_that_is_kept() -> None:
    """Otherwise each of its changes is counted for nobody, or the walk over the code misses who reads it."""
    assert _versioned() - set().union(*map(_tables, _KEPT)) == _READ_BY_NONE
