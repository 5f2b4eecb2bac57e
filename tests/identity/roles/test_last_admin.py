"""The last administrator remains, however many changes are requested at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from impl.assembly import Services, assemble
from impl.identity.capabilities.access_control.errors import LastAdmin
from impl.identity.capabilities.users.tables import AccountState, User
from impl.identity.registration.service import NewAccount
from tests.harness.settings import make_settings


@pytest.fixture
async def place(fresh_database_url: str) -> AsyncIterator[Services]:
    """Return a service in whose database nobody is an administrator yet."""
    assembled = assemble(make_settings(fresh_database_url, web_port=1, smtp_port=1))
    await assembled.open()
    yield assembled
    await assembled.close()


async def _hire(place: Services, role: str = "STAFF_ADMIN") -> UUID:
    new = NewAccount(f"{uuid4().hex}@example.test", "Some Staff", roles=(role,))
    return await place.identity.registration.create_verified(new, password_hash="none")


async def _suspend(place: Services, user_id: UUID) -> None:
    async with place.database.begin() as tx:
        await place.identity.users.get_locked(tx, user_id)
        await place.identity.roles.refuse_losing_last_admin(tx, user_id)
        await tx.execute(update(User).where(User.id == user_id).values(state=AccountState.SUSPENDED))


async def test_only_administrators_who_can_sign_in_count(place: Services) -> None:
    first, second, moderator = await _hire(place), await _hire(place), await _hire(place, "STAFF_MODERATOR")
    await _suspend(place, first)
    with pytest.raises(LastAdmin):
        await _suspend(place, second)
    await _suspend(place, moderator)
    await _suspend(place, first)  # who is no live administrator any more is not the last one either


async def test_of_those_who_go_at_once_one_stays(place: Services) -> None:
    admins = [await _hire(place) for _ in range(5)]
    outcomes = await asyncio.gather(*(_suspend(place, user_id) for user_id in admins), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [LastAdmin]
