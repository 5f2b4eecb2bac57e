"""Successful request of the export of one's own data."""

from __future__ import annotations

from tests.contract.entries import Entries, as_homeowner

SUCCESSES: Entries = {"exportOwnData": as_homeowner}
