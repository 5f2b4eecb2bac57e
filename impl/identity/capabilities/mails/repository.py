"""Queries and statements on the record of sent mails."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.mails.tables import MailKind, SentMail
from impl.kernel.database import take_turns


class MailRepository:
    async def find_decided(self, tx: AsyncSession, mail_id: UUID) -> SentMail | None:
        return await tx.get(SentMail, mail_id)

    async def take_turns(self, tx: AsyncSession, recipient: bytes) -> None:
        """Lock the decisions about mails to this address until the end of the transaction.

        Those of one account take turns at its row; several accounts can have one address written to.
        """
        await take_turns(tx, recipient)

    async def count(self, tx: AsyncSession, user_id: UUID, recipient: bytes, kind: MailKind, *, since: datetime) -> int:
        """Count the mails of the account or to the address, whichever is more.

        Two statements, because each is answered by an index of its own.
        """
        counted = select(func.count()).where(SentMail.kind == kind, SentMail.decided_at > since)
        for_account = await tx.scalar(counted.where(SentMail.user_id == user_id)) or 0
        to_address = await tx.scalar(counted.where(SentMail.recipient == recipient)) or 0
        return max(for_account, to_address)

    async def add(self, tx: AsyncSession, mail: SentMail) -> None:
        tx.add(mail)
        await tx.flush()
