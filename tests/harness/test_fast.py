"""The fast run passes by what its list names, and nothing else."""

from __future__ import annotations

import pytest

from tests.harness import fast
from tests.harness.databases import ROOT


def test_what_a_fast_run_leaves_out_is_there() -> None:
    for path in fast.LEFT_OUT:
        file, _, test = path.partition("::")
        assert (ROOT / file).is_file() if file.endswith(".py") else (ROOT / file).is_dir(), path
        assert not test or f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), path


def test_only_a_fast_run_passes_by(pytestconfig: pytest.Config) -> None:
    chosen = fast.is_fast(pytestconfig)
    assert fast.need_not_be_read(ROOT / "tests/fuzz/test_fuzz.py", pytestconfig) is chosen
    assert not fast.need_not_be_read(ROOT / "tests/identity/account/test_account.py", pytestconfig)
    # A test of this file is left out by its name, and the others are read.
    assert not fast.need_not_be_read(ROOT / "tests/contract/test_owners.py", pytestconfig)
