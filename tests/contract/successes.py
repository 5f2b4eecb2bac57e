"""Successful request of each operation: one entry for each, collected from the features' own `successes.py`.

An entry takes an example of the request, prepares the account, token or resource to which the example refers, and
returns sender, ids and body. Everything that these tests generate starts here.
"""

from __future__ import annotations

from functools import cache
from typing import cast

from tests.contract.contract_operations import OPERATIONS, bodies, example_body
from tests.contract.entries import Entries
from tests.contract.features import file_for, modules, strangers
from tests.contract.requests import Call
from tests.contract.scenario import Stage
from tests.harness.contract import Operation

_FILE = "successes.py"


@cache
def successes() -> Entries:
    """Return the entries of all features."""
    return {name: entry for _, module in modules(_FILE) for name, entry in cast("Entries", module.SUCCESSES).items()}


@cache
def changing_no_etag() -> frozenset[str]:
    """Return the writes that change nothing which a reading with an ETag shows."""
    return frozenset().union(*(getattr(module, "CHANGES_NO_ETAG", ()) for _, module in modules(_FILE)))


async def prepare(stage: Stage, operation: Operation, media_type: str | None = None, example: object = None) -> Call:
    """Prepare a request that succeeds: from the example given, else from the operation's first."""
    if media_type is None and bodies(operation):
        media_type, example = example_body(operation)
    assert example is None or isinstance(example, dict)
    assert operation.id in successes(), _missing(operation)
    ready = await successes()[operation.id](stage, example or {})
    return Call(operation, ready.by, ready.ids, media_type, ready.body, ready.query, ready.headers)


def faults() -> list[str]:
    """Name each operation without an entry and each entry that is misplaced, with the file where it belongs."""
    missing = [_missing(operation) for operation in OPERATIONS if operation.id not in successes()]
    misplaced = [
        fault
        for place, module in modules(_FILE)
        for fault in strangers([*module.SUCCESSES, *getattr(module, "CHANGES_NO_ETAG", ())], place, _FILE)
    ]
    return [*missing, *misplaced]


def _missing(operation: Operation) -> str:
    return f"{operation.id}: no entry says how it succeeds; write one into SUCCESSES of {file_for(operation, _FILE)}"
