"""Type of a feature's `fuzz.py`, and the fills that several features use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.fuzz import cases
from tests.fuzz.cases import Case
from tests.fuzz.pools import Item, Pool, Pools

type Fill = Callable[[Case, Pools], None]


@dataclass(frozen=True, slots=True)
class Spent:
    """Substitute for the run's own person where nobody can do something twice, such as to log out."""

    pool: Pool
    fill: Callable[[Case, Item], None] | None = None  # what their request needs besides, when it is meant to succeed


@dataclass(frozen=True, slots=True)
class Fuzzing:
    """Pools, fills and rules of the operations of a feature."""

    pools: Sequence[Pool] = ()
    fills: Mapping[str, Sequence[Fill]] = field(default_factory=dict)
    spent: Mapping[str, Spent] = field(default_factory=dict)
    # Problems by which a valid request may be refused, because JSON Schema cannot say the rule.
    rules: Mapping[str, set[str]] = field(default_factory=dict)
    # Operations whose every valid request is filled, because by themselves they would take away what others need.
    always: frozenset[str] = frozenset()
    # Operations that show a thing to others as well while it is in one of these states.
    shared: Mapping[str, frozenset[str]] = field(default_factory=dict)


def lasting_id(pool: Pool, parameter: str) -> Fill:
    """Name something in the path that works again and again."""

    def fill(case: Case, pools: Pools) -> None:
        cases.name_in_path(case, **{parameter: pools.turn(pool)["id"]})

    return fill


def single_id(pool: Pool, parameter: str) -> Fill:
    """Name something in the path that works once."""

    def fill(case: Case, pools: Pools) -> None:
        if (item := pools.take(pool, cases.phase(case))) is not None:
            cases.name_in_path(case, **{parameter: item["id"]})

    return fill


def single_body(pool: Pool, *members: str) -> Fill:
    """Put into the body what works once, a mailed token for one."""

    def fill(case: Case, pools: Pools) -> None:
        if (item := pools.take(pool, cases.phase(case))) is not None:
            cases.merge(case, **{member: item[member] for member in members})

    return fill


def single_person(pool: Pool) -> Fill:
    """Send the request as somebody who can do it once."""

    def fill(case: Case, pools: Pools) -> None:
        if (item := pools.take(pool, cases.phase(case))) is not None:
            cases.act_as(case, item["authorization"])

    return fill


def any_version(case: Case, _: Pools) -> None:
    """Say that the version does not matter, where one must be named."""
    case.headers["If-Match"] = "*"


def nothing_known(case: Case, _: Pools) -> None:
    """Say that no version is known, else the example's tag may be the current one, and the answer 304."""
    case.headers.pop("If-None-Match", None)


def current_password(case: Case, item: Item) -> None:
    """Prove who is acting with the password of the person who does."""
    cases.merge(case, current_password=item["password"])
