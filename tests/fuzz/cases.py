"""Properties of a generated request that the hooks decide by."""

from __future__ import annotations

from typing import Any

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
