"""Parts of a long run: each operation goes once through each phase that it has, and its session outlives it."""

from __future__ import annotations

from collections import Counter
from inspect import getclosurevars

import pytest

from tests.contract.contract_operations import OPERATIONS
from tests.fuzz import features, parts
from tests.fuzz.parts import STATEFUL
from tests.fuzz.pools import Pool

_PHASES = ("examples", "coverage", "fuzzing", STATEFUL)
_MOST = 30  # operations that a part goes through within the hour that a session lives


def test_each_operation_is_in_one_part_for_each_phase() -> None:
    divided = parts.divided(OPERATIONS, _PHASES)
    sent = Counter((operation.id, phase) for part in divided for phase in part.phases for operation in part.operations)
    assert sent == {(operation.id, phase): 1 for operation in OPERATIONS for phase in _PHASES}
    assert max(len(part.operations) for part in divided if STATEFUL not in part.phases) <= _MOST


def test_a_part_has_the_pools_that_its_features_borrow() -> None:
    of_identities = [operation for operation in OPERATIONS if operation.tag == "identities"]
    assert "logins" in {pool.name for pool in features.pools(of_identities)}
    assert len(features.pools(of_identities)) < len(features.pools(OPERATIONS))


def test_each_fill_takes_from_pools_that_a_run_of_its_operation_alone_has() -> None:
    missing: list[str] = []
    for operation in OPERATIONS:
        made = features.pools([operation])
        for fill in features.fills().get(operation.id, ()):
            named = getclosurevars(fill)
            taken = (one for one in (*named.nonlocals.values(), *named.globals.values()) if isinstance(one, Pool))
            missing += [f"{operation.id}: {pool.name}" for pool in taken if pool not in made]
    assert missing == []


@pytest.mark.parametrize("id_", ["listForbiddenWords", "matchProviders"])
def test_no_links_are_followed_where_there_are_none(id_: str) -> None:
    alone = [operation for operation in OPERATIONS if operation.id == id_]
    assert [part.phases for part in parts.whole(alone, _PHASES)] == [["examples", "coverage", "fuzzing"]]
    assert [part.phases for part in parts.divided(alone, _PHASES)] == [["examples", "coverage", "fuzzing"]]
