"""Values that many requests have alike, such as `limit` or a price: one reader reads them, whoever has them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple, cast

from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario

from tests.contract.contract_operations import OPERATIONS, Node, bodies, parameters, resolve
from tests.fuzz.cases import Case, is_valid, operation_id
from tests.harness.contract import Operation

_SEVERAL: Final = 5
"""Number of places that are sent such values, where so many are read alike; of fewer places, every second one is."""
_LEAST: Final = 2
_SENT_EVERYWHERE: Final = frozenset(
    {
        CoverageScenario.EXAMPLE_VALUE,
        CoverageScenario.MISSING_PARAMETER,
        CoverageScenario.OBJECT_ONLY_REQUIRED,
        CoverageScenario.OBJECT_REQUIRED_AND_OPTIONAL,
    }
)
"""Scenarios that do not depend on how a value is read."""
_VALID: Final = "(valid)"
"""Name of a whole body of which nothing is spoilt."""
_BODY: Final = "(spoilt)"
"""Name of a whole body that is spoilt, but not in one of its members."""


class _Place(NamedTuple):
    """Place of a value: a parameter of an operation, a member of a body of this media type, or a whole body."""

    operation: str
    within: str
    name: str


def is_left_to_another(case: Case, data: CoveragePhaseData) -> bool:
    """Return whether another place, which the same reader reads, is sent what this case has to say."""
    return _place_of(case, data) in _left_out()


def _place_of(case: Case, data: CoveragePhaseData) -> _Place | None:
    location, operation = data.parameter_location, operation_id(case)
    if location is None or data.parameter is None or data.scenario in _SENT_EVERYWHERE:
        return None
    if location is ParameterLocation.BODY:
        if is_valid(case):
            return _Place(operation, data.parameter, _VALID)
        _, steps, member, *inner = [*(data.location or "").split("/"), "", "", ""]
        return _Place(operation, data.parameter, member if steps == "properties" and any(inner) else _BODY)
    # Valid values of paths and queries may reach the database by statements of the operation's own.
    if is_valid(case) and location is not ParameterLocation.HEADER:
        return None
    return _Place(operation, location.value, data.parameter)


@cache
def _left_out() -> frozenset[_Place]:
    """Return the places whose values are left to others: all but the first of those that are read alike, and some."""
    alike: defaultdict[str, list[_Place]] = defaultdict(list)
    for operation in OPERATIONS:
        for place, words in _described(operation):
            alike[words].append(place)
    return frozenset(
        place
        for places in alike.values()
        for nth, place in enumerate(places)
        if nth % max(_LEAST, len(places) // _SEVERAL) != 0
    )


def _described(operation: Operation) -> Iterator[tuple[_Place, str]]:
    """Walk the places of an operation, each with the words that tell which reader reads it."""
    for location in ("path", "query", "header"):
        for name, found in parameters(operation, location).items():
            # An id in a path has another name for each kind of thing.
            words = found["schema"] if location == "path" else found
            yield _Place(operation.id, location, name), f"{location} {_written(words)}"
    for media_type, body in bodies(operation).items():
        schema = cast("Node", body["schema"])
        # A valid body goes its own way in each operation; the media types of one are read alike.
        yield _Place(operation.id, media_type, _VALID), f"{operation.id} {_written(schema)}"
        yield _Place(operation.id, media_type, _BODY), _written(schema)
        for name, member in cast("Node", resolve(schema).get("properties", {})).items():
            # Without a reference, the reader of the member is a part of the reader of the body.
            words = _written(member)
            yield (
                _Place(operation.id, media_type, name),
                words if "$ref" in words else f"{_written(schema)} {name} {words}",
            )


def _written(node: object) -> str:
    return json.dumps(node, sort_keys=True)
