"""Properties of a generated request that the hooks decide by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemathesis import Case as GenericCase

type Case = GenericCase[Any]


def operation_id(case: Case) -> str:
    """Return the contract's name of the operation."""
    return str(case.operation.definition.raw["operationId"])


def phase(case: Case) -> str:
    """Return the name of the phase that sends it."""
    return "" if case.meta is None else case.meta.phase.name.value


def is_valid(case: Case) -> bool:
    """Return whether the case is meant to be valid."""
    return case.meta is not None and case.meta.generation.mode.is_positive


def url(case: Case) -> str:
    """Return the address of the service with the prefix of its API."""
    return str(case.operation.base_url)


def merge(case: Case, **values: Any) -> None:  # noqa: ANN401 - JSON, which schemathesis types by a name of its own
    """Put values into a body that is an object."""
    if isinstance(case.body, dict):
        case.body = {**case.body, **values}


def name_in_path(case: Case, **ids: str) -> None:
    """Put ids into the path."""
    case.path_parameters = {**case.path_parameters, **ids}


def act_as(case: Case, authorization: str) -> None:
    """Send the request as somebody else, unless it is meant to be sent as nobody."""
    if "Authorization" in case.headers:
        case.headers["Authorization"] = authorization
