"""The last administrator remains, however many changes are requested at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from generated.states import AccountState
from impl.assembly import Services, assemble
from impl.identity.capabilities.access_control.errors import LastAdmin
from impl.identity.capabilities.access_control.service import AccessControlService
from impl.identity.capabilities.role_catalogue.service import RoleCatalogueService
from impl.identity.capabilities.users.tables import User
from impl.identity.registration.service import NewAccount
from tests.harness.settings import make_settings


@pytest.fixture
async def services(fresh_database_url: str) -> AsyncIterator[Services]:
    """Return a service in whose database nobody is an administrator yet."""
    assembled = assemble(make_settings(fresh_database_url, web_port=1, smtp_port=1))
    await assembled.open()
    yield assembled
    await assembled.close()


async def _hire(services: Services, role: str = "STAFF_ADMIN") -> UUID:
    new = NewAccount(f"{uuid4().hex}@example.test", "Some Staff", roles=(role,))
    return await services.identity.registration.create_verified(new, password_hash="none")


async def _suspend(services: Services, user_id: UUID) -> None:
    clock = services.database.clock
    catalogue = RoleCatalogueService(database=services.database, clock=clock)
    access_control = AccessControlService(clock=clock, catalogue=catalogue, mfa_roles=())
    async with services.database.begin() as tx:
        await services.identity.users.get_locked(tx, user_id)
        await access_control.refuse_losing_last_admin(tx, user_id)
        await tx.execute(update(User).where(User.id == user_id).values(state=AccountState.SUSPENDED))


async def test_only_administrators_who_can_sign_in_count(services: Services) -> None:
    first, second, moderator = await _hire(services), await _hire(services), await _hire(services, "STAFF_MODERATOR")
    await _suspend(services, first)
    with pytest.raises(LastAdmin):
        await _suspend(services, second)
    await _suspend(services, moderator)
    await _suspend(services, first)  # who is no live administrator any more is not the last one either


@pytest.mark.both_engines
async def test_of_those_who_go_at_once_one_stays(services: Services) -> None:
    admins = [await _hire(services) for _ in range(5)]
    outcomes = await asyncio.gather(*(_suspend(services, user_id) for user_id in admins), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [LastAdmin]
