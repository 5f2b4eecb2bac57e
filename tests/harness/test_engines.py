"""The harness runs tests on both engines unless the list gives a reason for one."""

from __future__ import annotations

from tests.harness.databases import ENGINES, ROOT
from tests.harness.engines import ONE_ENGINE, engines_of


def test_what_runs_on_one_engine_is_there() -> None:
    for path in ONE_ENGINE:
        file, _, test = path.partition("::")
        assert (ROOT / file).is_file() if file.endswith(".py") else (ROOT / file).is_dir(), path
        assert not test or f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), path


def test_everything_else_runs_on_both() -> None:
    assert engines_of("tests/contract/test_strangers.py") == ("sqlite",)
    assert engines_of("tests/contract/test_idempotency.py::test_a_malformed_key_is_422[createQuote]") == ("sqlite",)
    assert engines_of("tests/contract/test_idempotency.py::test_a_malformed_key_is_4220") == ENGINES
    assert engines_of("tests/contract/test_idempotency.py") == ENGINES
    assert engines_of("tests/gateways/test_mail.py") == ("sqlite",)
    assert engines_of("tests/gateways_of_others/test_mail.py") == ENGINES
    assert engines_of("tests/kernel/test_reader.py") == ENGINES
