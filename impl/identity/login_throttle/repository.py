"""Counters of failures, each changed under its own lock."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.login_throttle.tables import LoginThrottle, Scope


class LoginThrottleRepository:
    async def get_locked(self, tx: AsyncSession, scope: Scope, key: bytes, *, now: datetime) -> LoginThrottle:
        """Make the counter first where there is none: a row that is not there cannot be locked."""
        insert = sqlite.insert if tx.get_bind().dialect.name == "sqlite" else postgresql.insert
        await tx.execute(
            insert(LoginThrottle)
            .values(scope=scope, key=key, failures=0, last_failed_at=now)
            .on_conflict_do_nothing(index_elements=[LoginThrottle.scope, LoginThrottle.key])
        )
        found = await self.find_locked(tx, scope, key)
        if found is None:
            raise LookupError("the counter went between two statements of one transaction")
        return found

    async def find_locked(self, tx: AsyncSession, scope: Scope, key: bytes) -> LoginThrottle | None:
        return await tx.scalar(
            select(LoginThrottle)
            .where(LoginThrottle.scope == scope, LoginThrottle.key == key)
            .with_for_update()
            .execution_options(populate_existing=True)
        )

    async def remove(self, tx: AsyncSession, scope: Scope, key: bytes) -> None:
        await tx.execute(delete(LoginThrottle).where(LoginThrottle.scope == scope, LoginThrottle.key == key))

    async def purge(self, tx: AsyncSession, *, before: datetime) -> int:
        gone = await tx.scalars(
            delete(LoginThrottle).where(LoginThrottle.last_failed_at < before).returning(LoginThrottle.key)
        )
        return len(gone.all())
