"""Parts of a run: some operations each, and the phases that they go through."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple, cast

from tests.contract.contract_operations import Node, resolve, responses
from tests.harness.contract import Operation

STATEFUL = "stateful"
# The sessions of a part live for an hour, in which as many go through the long profile.
_AT_MOST = 24


class Part(NamedTuple):
    """Operations that are sent requests after one seeding, and the phases for them."""

    operations: Sequence[Operation]
    phases: Sequence[str]


def whole(operations: Sequence[Operation], phases: Sequence[str]) -> list[Part]:
    """Return all as one part, without the phase that follows links where there are none."""
    return [Part(operations, phases if _are_linked(operations) else _without_links(phases))]


def divided(operations: Sequence[Operation], phases: Sequence[str]) -> list[Part]:
    """Return parts of some tags each, and one for the links between all operations."""
    groups: list[list[Operation]] = [[]]
    for _, of_tag in groupby(operations, key=lambda operation: operation.tag):
        tag = list(of_tag)
        if groups[-1] and len(groups[-1]) + len(tag) > _AT_MOST:
            groups.append([])
        groups[-1] += tag
    parts = [Part(group, _without_links(phases)) for group in groups]
    return [*parts, Part(operations, [STATEFUL])] if _are_linked(operations) else parts


def _without_links(phases: Sequence[str]) -> list[str]:
    return [phase for phase in phases if phase != STATEFUL]


def _are_linked(operations: Sequence[Operation]) -> bool:
    """Return whether an answer of one operation leads to another one, which the stateful phase follows."""
    targets = {
        resolve(link).get("operationId")
        for operation in operations
        for response in responses(operation).values()
        for link in cast("Node", response.get("links", {})).values()
    }
    return not targets.isdisjoint(operation.id for operation in operations)
