"""Successful requests of the operations of the usage figures."""

from __future__ import annotations

from tests.contract.entries import Entries, as_administrator

SUCCESSES: Entries = {"getUsage": as_administrator}
