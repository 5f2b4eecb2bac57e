"""Time-out of tests for what should happen at once; only a failure ever waits so long."""

from __future__ import annotations

from typing import Final

PATIENCE: Final = 180.0
"""Seconds after which a test gives up. No test may pass or fail by how fast a machine is."""
