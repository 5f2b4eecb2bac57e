"""Real values for the fuzzer: one's own account."""

from __future__ import annotations

from itertools import count

from tests.fuzz.cases import Case, merge
from tests.fuzz.entries import Fuzzing, any_version
from tests.fuzz.pools import Pools

_numbers = count(1)


def _free_username(case: Case, _: Pools) -> None:
    """Choose a username that nobody has: the same few words come up for everybody."""
    if isinstance(case.body, dict) and isinstance(case.body.get("username"), str):
        merge(case, username=f"fuzz.own.{next(_numbers)}")


FUZZING = Fuzzing(
    fills={
        "replaceAccount": [any_version, _free_username],
        "updateAccount": [any_version, _free_username],
    },
)
