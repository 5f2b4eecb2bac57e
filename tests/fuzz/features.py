"""Pools, fills and rules of all features, collected from their own `fuzz.py`."""

from __future__ import annotations

from collections import Counter
from functools import cache

from tests.contract.contract_operations import OPERATIONS, parameters
from tests.contract.features import file_for, modules, strangers
from tests.fuzz.entries import Fill, Fuzzing, Spent
from tests.fuzz.pools import Pool

FILE = "fuzz.py"


@cache
def _features() -> dict[str, Fuzzing]:
    return {place: module.FUZZING for place, module in modules(FILE)}


def pools() -> list[Pool]:
    """Return the pools of all features."""
    return [pool for feature in _features().values() for pool in feature.pools]


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
        for fault in strangers({**feature.fills, **feature.spent, **feature.rules}, place, FILE)
    ]
    double = [
        f"two pools are called {name}" for name, count in Counter(pool.name for pool in pools()).items() if count > 1
    ]
    return [*lost, *misplaced, *double]
