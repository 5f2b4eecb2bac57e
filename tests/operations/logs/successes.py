"""Successful requests of the operations of the log."""

from __future__ import annotations

from tests.contract.entries import Entries, as_administrator

SUCCESSES: Entries = {"listLogEntries": as_administrator}
