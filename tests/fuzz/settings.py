"""Settings of schemathesis: the file at the root, and the statuses that each operation may answer with."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.contract.contract_operations import errors_of, parameters, responses
from tests.fuzz import features
from tests.harness.contract import Operation
from tests.harness.databases import ROOT

# Whoever sends a valid request may be nobody, somebody else, too late or too often.
_CALLER = frozenset({401, 403, 404, 409, 429})
# What is looked at before the values of a request that is not valid.
_FORM = frozenset({400, 406, 415, 422})

_LEFT_OUT = [
    # An example is repeated for each id that any answer held, and the fills put an id of their own in place of all.
    "[phases.examples]",
    "extra-data-sources = {responses = false}",
    # The other methods are what tests/contract/test_methods.py sends to every path.
    "[phases.coverage]",
    'unexpected-methods = ["OPTIONS", "QUERY", "TRACE"]',
]


def write(path: Path, operations: Sequence[Operation], *, thorough: bool) -> None:
    """Write the settings of a run, with what the short profile leaves out.

    Operations with the same statuses share a block: schemathesis asks each block anew for each part of each request.
    """
    lines = [(ROOT / "schemathesis.toml").read_text(encoding="utf-8")]
    if not thorough:
        lines += _LEFT_OUT
    blocks: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for operation in operations:
        blocks[tuple(_checks(operation))].append(operation.id)
    for checks, names in blocks.items():
        lines += ["[[operations]]", f"include-operation-id = {json.dumps(names)}", *checks]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")


def _checks(operation: Operation) -> Iterator[str]:
    yield f"checks.positive_data_acceptance.expected-statuses = {_written(_valid(operation))}"
    if "If-Match" in parameters(operation, "header"):
        statuses = {*_CALLER, *_FORM, *_guards(operation)}
        yield f"checks.negative_data_rejection.expected-statuses = {_written(statuses)}"
    if operation.id in features.shared():
        # `hidden_from_others` (tests/fuzz/hooks.py) makes this check where a thing is not in a state to be shared.
        yield "checks.object_level_authorization.enabled = false"


def _valid(operation: Operation) -> Iterator[int]:
    """Walk the statuses by which an operation may answer a valid request."""
    for status in responses(operation):
        if status < 400 or status in _CALLER:
            yield status
    # Where a rule may refuse, `refused_by_a_rule` (tests/fuzz/hooks.py) looks at the problem.
    if operation.id in features.rules():
        yield 400 if errors_of(operation) == "oauth" else 422
    yield from _guards(operation)


def _guards(operation: Operation) -> Iterator[int]:
    """Walk the statuses of well-formed headers and cursors that are not what the service knows."""
    if "If-Match" in parameters(operation, "header"):
        yield from {400, 412, 428} & responses(operation).keys()
    if "Idempotency-Key" in parameters(operation, "header") or "cursor" in parameters(operation, "query"):
        yield 422


def _written(statuses: Iterable[int]) -> list[str]:
    return [str(status) for status in sorted(set(statuses))]
