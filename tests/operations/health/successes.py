"""Successful requests of the operations of the service's health."""

from __future__ import annotations

from tests.contract.entries import Entries, as_administrator, as_anybody

SUCCESSES: Entries = {
    "getHealth": as_anybody,
    "getLiveness": as_anybody,
    "getReadiness": as_anybody,
    "getHealthDetails": as_administrator,
}
