"""Pools, fills and rules of all features, collected from their own `fuzz.py`."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from tests.contract.contract_operations import OPERATIONS, parameters
from tests.contract.features import file_for, modules, strangers
from tests.fuzz.entries import Fill, Fuzzing, Spent
from tests.fuzz.pools import Pool
from tests.harness.contract import Operation

FILE = "fuzz.py"
ONLY = "FUZZ_ONLY"
"""Variable with a pattern of the operationIds or tags to which a run is confined."""


@cache
def chosen() -> Sequence[Operation]:
    """Return the operations of the run: all of them, or those whose id or whose tag the pattern matches as a whole."""
    if not (only := os.environ.get(ONLY)):
        return OPERATIONS
    found = [each for each in OPERATIONS if any(re.fullmatch(only, name) for name in (each.id, each.tag))]
    assert found, f"no operation has an id or a tag that {ONLY}={only} matches"
    return found


@cache
def _features() -> dict[str, Fuzzing]:
    return {place: module.FUZZING for place, module in modules(FILE)}


def _pools() -> list[Pool]:
    return [pool for feature in _features().values() for pool in feature.pools]


def pools(operations: Sequence[Operation]) -> list[Pool]:
    """Return the pools that the operations may take from: their feature's own, and what it borrows."""
    places = {file_for(operation, FILE) for operation in operations}
    known = [
        item
        for place, module in modules(FILE)
        if place in places
        for item in (*module.FUZZING.pools, *vars(module).values())
        if isinstance(item, Pool)
    ]
    return [pool for pool in _pools() if pool in known]


@cache
def fills() -> dict[str, list[Fill]]:
    """Return what fills the requests of each operation that needs something real."""
    return {name: list(found) for feature in _features().values() for name, found in feature.fills.items()}


@cache
def spent() -> dict[str, Spent]:
    """Return the operations that nobody can do twice."""
    return {name: found for feature in _features().values() for name, found in feature.spent.items()}


@cache
def rules() -> dict[str, set[str]]:
    """Return the problems by which a valid request of an operation may be refused."""
    return {name: found for feature in _features().values() for name, found in feature.rules.items()}


@cache
def shared() -> dict[str, frozenset[str]]:
    """Return the operations that show a thing to others as well, with the states in which they do."""
    return {name: states for feature in _features().values() for name, states in feature.shared.items()}


@cache
def always_filled() -> frozenset[str]:
    """Return the operations whose valid requests are never sent as they were generated."""
    return frozenset().union(*(feature.always for feature in _features().values()))


def faults() -> list[str]:
    """Name what is missing or misplaced, with the file where it belongs."""
    lost = [
        f"{operation.id}: nothing fills the ids in its path; write a fill into {file_for(operation, FILE)}"
        for operation in OPERATIONS
        if parameters(operation, "path") and operation.id not in fills().keys() | spent().keys()
    ]
    misplaced = [
        fault
        for place, feature in _features().items()
        for fault in strangers({**feature.fills, **feature.spent, **feature.rules, **feature.shared}, place, FILE)
    ]
    double = [
        f"two pools are called {name}" for name, count in Counter(pool.name for pool in _pools()).items() if count > 1
    ]
    return [*lost, *misplaced, *double]
