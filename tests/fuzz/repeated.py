"""Parameters that many operations have alike, such as `limit`: one reader refuses what is wrong, whoever has it."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from typing import Final, NamedTuple

from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario

from tests.contract.contract_operations import OPERATIONS, parameters

_MANY: Final = 20
"""Number of operations that have it: each way in which it can be wrong is sent to several of them."""
_SPOILT: Final = frozenset(
    {
        CoverageScenario.STRING_ABOVE_MAX_LENGTH,
        CoverageScenario.STRING_BELOW_MIN_LENGTH,
        CoverageScenario.VALUE_ABOVE_MAXIMUM,
        CoverageScenario.VALUE_BELOW_MINIMUM,
        CoverageScenario.INVALID_FORMAT,
        CoverageScenario.INVALID_PATTERN,
        CoverageScenario.INCORRECT_TYPE,
    }
)


class Repeated(NamedTuple):
    """Repeated parameter of an operation, which has this place among those that have it."""

    name: str
    place: int


def parameter_of(data: CoveragePhaseData, operation: str) -> Repeated | None:
    """Return the repeated parameter of the operation that a value of the coverage phase spoils."""
    if data.scenario not in _SPOILT or data.parameter is None or data.parameter_location is None:
        return None
    return _repeated().get((operation, data.parameter_location.value, data.parameter))


@cache
def _repeated() -> dict[tuple[str, str, str], Repeated]:
    having: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for operation in OPERATIONS:
        for location in ("query", "header"):
            for name, described in parameters(operation, location).items():
                having[location, name, json.dumps(described, sort_keys=True)].append(operation.id)
    return {
        (operation, location, name): Repeated(name, place)
        for (location, name, _), operations in having.items()
        if len(operations) >= _MANY
        for place, operation in enumerate(operations)
    }
