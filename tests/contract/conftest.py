"""Stage of these tests: one for each worker and engine, since accounts and resources of several tests do not clash."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.actors import Company
from tests.contract.scenario import Stage
from tests.contract.success import Prepared, Successes
from tests.harness.service import Service


@pytest.fixture(scope="session")
async def stage(service: Service) -> AsyncIterator[Stage]:
    """Return the preparer of everything that a request refers to."""
    opened = Stage(service)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def successes(stage: Stage) -> Successes:
    """Return one success of each operation, for tests that only look at what came of it."""
    return Successes(stage)


@pytest.fixture(scope="session")
def prepared(stage: Stage) -> Prepared:
    """Return one request of each operation, for tests that see it refused."""
    return Prepared(stage)


@pytest.fixture(scope="session")
def company(stage: Stage) -> Company:
    """Return one person for each role and state."""
    return Company(stage)
