"""Every operation says how it succeeds and what the fuzzer needs for it, in its feature's folder."""

from __future__ import annotations

from tests.contract import successes
from tests.fuzz import features


def test_every_operation_says_how_it_succeeds() -> None:
    assert successes.faults() == []


def test_the_fuzzer_has_ids_for_every_operation() -> None:
    assert features.faults() == []
