"""The harness runs tests on both engines unless the list gives a reason for one."""

from __future__ import annotations

import pytest

from tests.harness.databases import ENGINES, ROOT
from tests.harness.engines import ONE_ENGINE, engines_of


@pytest.mark.parametrize("path", ONE_ENGINE)
def test_what_runs_on_one_engine_is_there(path: str) -> None:
    file, _, test = path.partition("::")
    assert (ROOT / file).is_file() if file.endswith(".py") else (ROOT / file).is_dir()
    assert not test or f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")


def test_everything_else_runs_on_both() -> None:
    assert engines_of("tests/contract/test_strangers.py") == ("sqlite",)
    assert engines_of("tests/contract/test_owners.py::test_a_malformed_id_is_422[getJob]") == ("sqlite",)
    assert engines_of("tests/contract/test_owners.py::test_a_malformed_id_is_4220") == ENGINES
    assert engines_of("tests/contract/test_owners.py") == ENGINES
    assert engines_of("tests/gateways/test_mail.py") == ("sqlite",)
    assert engines_of("tests/gateways_of_others/test_mail.py") == ENGINES
    assert engines_of("tests/kernel/test_reader.py") == ENGINES
