"""The harness runs tests on SQLite, and on PostgreSQL as well where the list or a mark says so."""

from __future__ import annotations

import pytest

from tests.harness.databases import ENGINES, ROOT
from tests.harness.engines import BOTH_ENGINES, OPTION, engines_for, engines_of


def test_what_runs_on_both_engines_is_there() -> None:
    for path in BOTH_ENGINES:
        file, _, test = path.partition("::")
        assert (ROOT / file).is_file() if file.endswith(".py") else (ROOT / file).is_dir(), path
        assert not test or f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), path


def test_everything_else_runs_on_one() -> None:
    assert engines_of("tests/kernel/test_reader.py") == ENGINES
    assert engines_of("tests/contract/test_turns.py::test_a_thing[createQuote]") == ENGINES
    assert engines_of("tests/contract/test_turns_of_others.py") == ("sqlite",)
    assert engines_of("tests/kernel_of_others/test_reader.py") == ("sqlite",)
    assert engines_of("tests/contract/test_strangers.py") == ("sqlite",)


@pytest.mark.both_engines
def test_a_mark_brings_the_other_engine(request: pytest.FixtureRequest) -> None:
    assert engines_for(request.node) == ENGINES


def test_without_a_mark_the_list_is_asked(request: pytest.FixtureRequest) -> None:
    assert engines_for(request.node) == (ENGINES if request.config.getoption(OPTION) else ("sqlite",))
