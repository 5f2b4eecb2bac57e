"""Questions about what was mailed."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.mails.tables import MailKind, SentMail

# Two addresses that begin alike wait for each other, and nothing worse.
_TURN: Final = select(func.pg_advisory_xact_lock(bindparam("turn", type_=BigInteger())))


class MailRepository:
    async def find_decided(self, tx: AsyncSession, mail_id: UUID) -> SentMail | None:
        return await tx.get(SentMail, mail_id)

    async def take_turns(self, tx: AsyncSession, recipient: bytes) -> None:
        """Until the end of the transaction, nobody else decides what goes to this address.

        Those of one account take turns at its row; several accounts can have one address written to. SQLite has one
        writer at a time.
        """
        if tx.get_bind().dialect.name == "postgresql":
            await tx.execute(_TURN, {"turn": int.from_bytes(recipient[:8], signed=True)})

    async def count(self, tx: AsyncSession, user_id: UUID, recipient: bytes, kind: MailKind, *, since: datetime) -> int:
        """Of those for the account and those to the address the more; two statements, as each has its index."""
        counts = [
            (await tx.execute(select(func.count()).where(whose, SentMail.kind == kind, SentMail.decided_at > since)))
            for whose in (SentMail.user_id == user_id, SentMail.recipient == recipient)
        ]
        return max(count.scalar_one() for count in counts)

    async def add(self, tx: AsyncSession, mail: SentMail) -> None:
        tx.add(mail)
        await tx.flush()
