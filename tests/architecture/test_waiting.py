"""Tests that wait for a lock look anew at who waits: a transaction sees `pg_stat_activity` as of its first look."""

from __future__ import annotations

from tests.architecture.sources import tracked
from tests.harness.databases import ROOT

TESTS = ROOT / "tests"
_ACTIVITY, _LOOK_AGAIN = "pg_stat_activity", "pg_stat_clear_snapshot"


def test_who_waits_for_a_lock_is_looked_at_anew() -> None:
    files = {path: path.read_text(encoding="utf-8") for path in tracked() if path.suffix == ".py"}
    waiting = {
        path.relative_to(ROOT).as_posix(): text
        for path, text in files.items()
        if path.is_relative_to(TESTS) and f"FROM {_ACTIVITY}" in text and "wait_event_type = 'Lock'" in text
    }
    assert waiting
    assert [name for name, text in waiting.items() if _LOOK_AGAIN not in text] == []
