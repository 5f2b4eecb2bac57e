"""Clock that tests move."""

from __future__ import annotations

import pytest

from tests.harness.clock import MovableClock


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()
