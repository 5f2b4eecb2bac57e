"""Walks through state machines: a feature's `states.py` says how its things come about and what they are asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import httpx

from tests.contract.contract_operations import OPERATIONS
from tests.contract.features import DOMAINS, modules
from tests.harness.accounts import Accounts
from tests.harness.databases import ROOT
from tests.harness.service import Service
from tests.marketplace.payloads import Json


class Edge(NamedTuple):
    """Transition that a test is about to make: the step, and the state that it has to lead to."""

    step: str
    target: str


@dataclass(frozen=True, slots=True)
class World:
    """Two services with accounts of their own: one where staff review, and the `auto` one where nobody does."""

    service: Service
    accounts: Accounts
    auto_service: Service
    auto: Accounts


type Make[SubjectT] = Callable[[World, str, Edge | None], Awaitable[SubjectT]]
type Send[SubjectT] = Callable[[World, SubjectT, str], Awaitable[httpx.Response | None]]


@dataclass(frozen=True, slots=True)
class Walk[SubjectT]:
    """Ways of a thing through its states.

    `make` returns a new thing in this state, for this edge or (None) to see it refused. `send` has, for each step of
    the table, the request that leads a thing to this state; whatever else that takes, it does first. What a program
    does of itself it makes happen, and returns None. `read` returns the present state, and None where nothing is to be
    seen any more. `unseen` has states with the steps of those who do not see a thing in them, for whom it is 404.
    """

    make: Make[SubjectT]
    send: Mapping[str, Send[SubjectT]]
    read: Callable[[World, SubjectT], Awaitable[str | None]]
    unseen: frozenset[tuple[str, str]] = frozenset()


def walks() -> dict[str, Walk[Json]]:
    """Return the walks of all features' `states.py`, by the schema of the state."""
    return {name: walk for _, module in modules("states.py") for name, walk in module.WALKS.items()}


def file_for(steps: Iterable[str]) -> str:
    """Return where the walk of a machine is written: in the folder of its first operation's tag."""
    tags = {operation.id: operation.tag.replace("-", "_") for operation in OPERATIONS}
    folder = next(tags[step] for step in steps if step in tags)
    domain = next((found for found in DOMAINS if (ROOT / "impl" / found / folder).is_dir()), "<domain>")
    return f"tests/{domain}/{folder}/states.py"
