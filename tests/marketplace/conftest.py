"""People that many tests of the marketplace begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.marketplace.payloads import approve_business

if TYPE_CHECKING:
    from tests.harness.accounts import Account, Accounts


@pytest.fixture
async def seller(accounts: Accounts) -> Account:
    """Return a provider of the test's own with an approved profile."""
    provider = await accounts.make("SERVICE_PROVIDER")
    await approve_business(provider)
    return provider


@pytest.fixture
async def moderator(accounts: Accounts) -> Account:
    """Return somebody who decides on what others publish and report."""
    return await accounts.staff("STAFF_MODERATOR")
