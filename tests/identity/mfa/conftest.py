"""Account with a second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.identity.mfa.mfa_flows import Enrolled, enrol

if TYPE_CHECKING:
    from tests.harness.accounts import Account, Accounts
    from tests.harness.clock import MovableClock


@pytest.fixture
async def owner(accounts: Accounts) -> Account:
    return await accounts.make()


@pytest.fixture
async def enrolled(owner: Account, clock: MovableClock) -> Enrolled:
    return await enrol(owner, clock)
