"""Every test that the security page and the decision on identity name exists."""

from __future__ import annotations

import re

import pytest

from tests.contract.contract_operations import OPERATIONS
from tests.docs.references import missing_tests, named_tests, rows
from tests.harness.databases import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
DECISION = (ROOT / "docs" / "decisions" / "0009-identity-without-fastapi-users.md").read_text(encoding="utf-8")
LINES = {int(cells[0]): cells for cells in rows(PAGE) if cells[0].isdigit()}


def test_every_line_has_its_row() -> None:
    assert list(LINES) == list(range(1, 30))


@pytest.mark.parametrize("line", LINES)
def test_a_line_names_tests_that_are_there_and_its_state(line: int) -> None:
    _, held, tests, state = LINES[line]
    assert held
    assert list(missing_tests(tests)) == []
    assert re.match(r"holds\b|comes with step \d", state), state
    assert bool(named_tests(tests)) == state.startswith("holds"), "what holds is shown by a test, and nothing else is"


def test_every_row_of_the_parity_table_names_its_operations_and_tests() -> None:
    known = {operation.id for operation in OPERATIONS}
    parity = [cells for cells in rows(DECISION) if cells[0] != "fastapi-users"]
    assert len(parity) >= 10
    for offered, ours, tests in parity:
        assert list(missing_tests(tests)) == [], offered
        assert named_tests(tests) or "comes with step" in tests, offered
        assert set(re.findall(r"`([a-z]+[A-Z]\w+|login|logout|register)`", ours)) <= known, offered
