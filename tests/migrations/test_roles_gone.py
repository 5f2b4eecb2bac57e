"""Businesses whose owner's role was taken away, while that hid nothing yet, are hidden by a migration."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import AccountState, ProfileState
from impl.identity.capabilities.access_control.tables import UserRole
from impl.identity.capabilities.role_catalogue.service import HOMEOWNER, PROVIDER
from impl.identity.capabilities.users.tables import User
from impl.kernel.database import Database
from impl.kernel.ids import new_id
from impl.marketplace.provider_profile.tables import ProviderProfile
from tests.harness.patience import PATIENCE
from tests.migrations.test_migrations import VERSIONS, step
from tests.migrations.test_words import connected

BEFORE = VERSIONS[[path.stem.endswith("_roles_gone") for path in VERSIONS].index(True) - 1].stem
NOW = datetime(2026, 2, 1, tzinfo=UTC)
STAMPS = {"created_at": NOW, "updated_at": NOW, "version": 1}
# More than a batch.
MANY = 501
_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def _add(
    database: Database, *, roles: tuple[str, ...], concealed_at: datetime | None = None, many: int = 1
) -> list[UUID]:
    """Add owners of businesses with these roles."""
    owners = [new_id() for _ in range(many)]
    known = {"locale": "en-US", "state": AccountState.ACTIVE, "email_verified_at": NOW, "password_changed_at": NOW}
    business: dict[str, object] = {
        "business_name": "Taps",
        "licences": [],
        "state": ProfileState.APPROVED,
        "concealed_at": concealed_at,
    }
    people = [
        {"id": one, "email": f"{one}@example.test", "email_key": f"{one}@example.test", "full_name": "Someone"}
        for one in owners
    ]
    async with database.begin() as tx:
        await tx.execute(insert(User), [{**one, **known, "credential_epoch": 1, **STAMPS} for one in people])
        profiles = [{"id": new_id(), "user_id": one, "slug": f"taps-{one}", **business, **STAMPS} for one in owners]
        await tx.execute(insert(ProviderProfile), profiles)
        for owner in owners:
            await _grant(tx, owner, roles)
    return owners


async def _grant(tx: AsyncSession, owner: UUID, roles: tuple[str, ...]) -> None:
    if roles:
        granted = [{"user_id": owner, "role_name": one, "granted_at": NOW} for one in roles]
        await tx.execute(insert(UserRole), granted)


async def _concealed(database: Database) -> dict[UUID, datetime | None]:
    async with database.begin() as tx:
        rows = await tx.execute(select(ProviderProfile.user_id, ProviderProfile.concealed_at))
        return {row.user_id: row.concealed_at for row in rows}


async def test_who_has_no_role_of_a_provider_is_hidden(fresh_database_url: str) -> None:
    await step(fresh_database_url, command.downgrade, BEFORE)
    async with connected(fresh_database_url) as database:
        gone = [*await _add(database, roles=(), many=MANY), *await _add(database, roles=(HOMEOWNER,))]
        (shown,) = await _add(database, roles=(HOMEOWNER, PROVIDER))
        (away,) = await _add(database, roles=(PROVIDER,), concealed_at=NOW)
        (both,) = await _add(database, roles=(), concealed_at=NOW)
        await step(fresh_database_url, command.upgrade, "head")
        found = await _concealed(database)
    assert [found[one] for one in (shown, away, both)] == [None, NOW, NOW]
    assert {one for one in gone if found[one] is None} == set()
    assert abs((datetime.now(UTC) - (found[gone[0]] or NOW)).total_seconds()) < PATIENCE


# SQLite has one writer at a time.
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_who_gets_the_role_back_meanwhile_stays_in_sight(fresh_database_url: str) -> None:
    await step(fresh_database_url, command.downgrade, BEFORE)
    async with connected(fresh_database_url) as database:
        (owner,) = await _add(database, roles=())
        async with database.begin() as tx:
            await tx.execute(update(User).where(User.id == owner).values(version=2))
            await _grant(tx, owner, (PROVIDER,))
            migrating = asyncio.create_task(step(fresh_database_url, command.upgrade, "head"))
            async with asyncio.timeout(PATIENCE), database.begin() as looking:
                while await looking.scalar(text(_WAITS)) == 0:
                    # A transaction sees it as of its first look otherwise.
                    await looking.execute(text("SELECT pg_stat_clear_snapshot()"))
        await migrating
        assert await _concealed(database) == {owner: None}
