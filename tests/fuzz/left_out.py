"""Requests of the coverage phase that the short profile leaves out: other ones, or other tests, show the same."""

from __future__ import annotations

from collections import Counter
from typing import Final

from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario

from tests.contract.contract_operations import FORM
from tests.fuzz import repeated
from tests.fuzz.cases import Case, is_valid, operation_id

_OF_A_LIST: Final = 4
_OF_WRONG_TYPES: Final = 4
_OF_METHODS: Final = 3
_MULTIPART: Final = "multipart/form-data"
_met: Counter[tuple[str | None, ...]] = Counter()
_places: dict[tuple[str | None, ...], int] = {}
_paths: dict[str, int] = {}
_methods: dict[str | None, int] = {}


def is_left_out(case: Case, data: CoveragePhaseData) -> bool:
    """Return whether the short profile does without a request of the coverage phase."""
    return (
        _is_sent_by_another_test(case, data)
        or _is_spoilt_twice(case, data)
        or _is_one_of_many(case, data)
        or repeated.is_left_to_another(case, data)
    )


def _is_sent_by_another_test(case: Case, data: CoveragePhaseData) -> bool:
    """Return whether tests of `tests/contract` send such a request to every operation.

    `test_closed.py` sends unknown members and parameters, and other media types; an unknown header is no reason to
    refuse, and every HTTP client sends some.
    """
    match data.scenario:
        case CoverageScenario.OBJECT_UNEXPECTED_PROPERTIES:
            if data.parameter_location is ParameterLocation.BODY:
                return data.location == "/additionalProperties" and case.media_type != FORM
            return True
        case CoverageScenario.UNSUPPORTED_CONTENT_TYPE:
            return True
        case CoverageScenario.MALFORMED_CONTENT_TYPE:
            # Where nothing but the media type is looked at, a form without a boundary is one that is not read.
            return all(body.media_type != _MULTIPART for body in case.operation.body)
    return False


def _is_spoilt_twice(case: Case, data: CoveragePhaseData) -> bool:
    """Return whether a parameter is spoilt beside some of the others, which has been spoilt beside all of them."""
    return (
        not is_valid(case)
        and data.parameter_location is not ParameterLocation.BODY
        and data.location is None
        and data.description.startswith(f"{data.parameter}: ")
    )


def _is_one_of_many(case: Case, data: CoveragePhaseData) -> bool:
    """Return whether enough values of a list, values of a wrong type, or methods are sent to the place.

    All 150 currencies are alike, and were two thirds of what the coverage phase makes of valid requests. That each of
    them is the same word in the contract, the code and the database is what `tests/contract/test_vocabulary.py` tests.
    A value of a wrong type is refused by the reader of that type, which all places of the type share. A method that no
    path has is refused by the router.
    """
    if data.scenario is CoverageScenario.UNSPECIFIED_HTTP_METHOD:
        # One for each path, in turn.
        path = _paths.setdefault(case.operation.path, len(_paths))
        return (path + _methods.setdefault(case.method, len(_methods))) % _OF_METHODS != 0
    place = operation_id(case), case.media_type, data.parameter, str(data.parameter_location), data.description
    nth = _met[place]
    _met[place] += 1
    if data.description.endswith("Enum value"):
        return nth >= _OF_A_LIST
    if data.scenario is CoverageScenario.INCORRECT_TYPE:
        # The first one, and of the others one in so many, another one at each place: each wrong type is sent somewhere.
        return nth != 0 and (nth + _places.setdefault(place, len(_places))) % _OF_WRONG_TYPES != 0
    return False
