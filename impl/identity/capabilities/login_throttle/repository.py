"""Statements on the counters of failed logins, each of which is changed under its own lock."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.login_throttle.tables import LoginThrottle, Scope
from impl.kernel.upserts import upsert_into

_FRESH: Final = {"populate_existing": True}


class LoginThrottleRepository:
    async def get_locked(self, tx: AsyncSession, scope: Scope, key: bytes, *, now: datetime) -> LoginThrottle:
        """Return the counter, locked; create it if there is none.

        In one statement: between two of them, somebody's success could remove what the first one has found.
        """
        locked = (
            upsert_into(tx, LoginThrottle)
            .values(scope=scope, key=key, failures=0, last_failed_at=now)
            .on_conflict_do_update(
                index_elements=[LoginThrottle.scope, LoginThrottle.key], set_={"failures": LoginThrottle.failures}
            )
            .returning(LoginThrottle)
        )
        found = await tx.scalars(select(LoginThrottle).from_statement(locked), execution_options=_FRESH)
        counter: LoginThrottle = found.one()
        return counter

    async def find_locked(self, tx: AsyncSession, scope: Scope, key: bytes) -> LoginThrottle | None:
        return await tx.scalar(
            select(LoginThrottle).where(LoginThrottle.scope == scope, LoginThrottle.key == key).with_for_update(),
            execution_options=_FRESH,
        )

    async def remove(self, tx: AsyncSession, scope: Scope, key: bytes) -> None:
        await tx.execute(delete(LoginThrottle).where(LoginThrottle.scope == scope, LoginThrottle.key == key))
