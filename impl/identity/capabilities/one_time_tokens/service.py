"""Service of one-time tokens.

A token is an id and a secret that is derived from it: the worker can write the mail later, and no link is stored.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.one_time_tokens.errors import AlreadyUsed, InvalidOneTimeToken
from impl.identity.capabilities.one_time_tokens.repository import OneTimeTokenRepository
from impl.identity.capabilities.one_time_tokens.tables import OneTimeToken, Purpose
from impl.identity.capabilities.users.tables import User
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.secrets import derive_link_token, fingerprint

LIFETIME: Final = timedelta(minutes=60)
_SAME_CLICK: Final = timedelta(minutes=1)
_SECRET_LENGTH: Final = 32
_DONE: Final[Mapping[Purpose, str]] = {
    Purpose.VERIFY_EMAIL: "The address is verified; sign in.",
    Purpose.RESET_PASSWORD: "The new password is set; sign in with it.",
    Purpose.RESTORE_ACCOUNT: "The account is open again; sign in.",
    Purpose.CHANGE_EMAIL: "The account has its new address; sign in with it.",
}
_FORM: Final = re.compile(r"([0-9a-f]{32})\.[A-Za-z0-9_-]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Presented:
    """One-time token that was valid when it was looked up; redeeming it checks again."""

    token_id: UUID
    user_id: UUID
    purpose: Purpose


class OneTimeTokensService:
    def __init__(self, *, database: Database, clock: Clock, secret_key: bytes) -> None:
        self._database = database
        self._clock = clock
        self._secret_key = secret_key
        self._repository = OneTimeTokenRepository(database.reader)

    async def issue(
        self,
        tx: AsyncSession,
        token_id: UUID,
        user: User,
        purpose: Purpose,
        *,
        email_key: str,
        until: datetime | None = None,
    ) -> str | None:
        """Issue the token to mail, under the account's lock; earlier ones of the purpose stop working.

        It is bound to the address that it is mailed to, and lives an hour, unless it is good `until` another time. The
        id is the mail's: a second try to send it gets the same token. None when its time has passed, and when a mail
        that was asked for later has overtaken this one, whose arrival must not void the later one's token.
        """
        now = self._clock.now()
        known = await self._repository.find(tx, token_id)
        if known is not None:
            is_live = known.used_at is None and known.voided_at is None and known.expires_at > now
            return self._token(token_id, user, purpose, email_key) if is_live else None
        newest_id = await self._repository.find_newest_id(tx, user.id, purpose)
        if newest_id is not None and newest_id > token_id:
            return None
        await self._repository.void(tx, user.id, purpose, now=now)
        token = self._token(token_id, user, purpose, email_key)
        row = OneTimeToken(
            id=token_id,
            user_id=user.id,
            purpose=purpose,
            email_key=email_key,
            token_hash=fingerprint(token),
            created_at=now,
            expires_at=until or now + LIFETIME,
        )
        await self._repository.add(tx, row)
        return token

    async def has_fresh(self, tx: AsyncSession, user: User, purpose: Purpose, *, asked_at: datetime) -> bool:
        """Return whether a link that works was mailed to the account only a moment before another was asked for.

        People click twice: a second mail would void the link in the first one, which they are about to open.
        """
        made_at = await self._repository.find_live_since(tx, user.id, purpose, user.email_key, now=self._clock.now())
        return made_at is not None and asked_at < made_at + _SAME_CLICK

    async def has_lapsed(self, tx: AsyncSession, token_id: UUID) -> bool:
        """Return whether a token only expired: it was not used, and none came after it."""
        known = await self._repository.find(tx, token_id)
        if known is None or known.used_at is not None or known.voided_at is not None:
            return False
        return known.expires_at <= self._clock.now()

    async def present(self, token: str, purpose: Purpose) -> Presented:
        """Check a token without using it up, so that it still works after a refused password.

        Raises InvalidOneTimeToken, and AlreadyUsed for whoever opens a link again.
        """
        form = _FORM.fullmatch(token)
        if form is None:
            raise InvalidOneTimeToken
        row = await self._repository.find_presented(UUID(hex=form[1]), purpose, now=self._clock.now())
        if row is None or not compare_digest(row["token_hash"], fingerprint(token)):
            raise InvalidOneTimeToken
        if row["is_used"]:
            raise AlreadyUsed(_DONE[purpose])
        if not row["is_live"]:
            raise InvalidOneTimeToken
        return Presented(row["id"], row["user_id"], purpose)

    async def redeem(self, tx: AsyncSession, presented: Presented, user: User, *, email_key: str | None = None) -> None:
        """Use the token up, which succeeds for one of concurrent requests; raises what `present` raises.

        It must have been mailed to the account's address, unless that `email_key` is another's.
        """
        key = user.email_key if email_key is None else email_key
        if await self._repository.use(tx, presented.token_id, key, now=self._clock.now()):
            return
        if await self._repository.is_used(tx, presented.token_id):
            raise AlreadyUsed(_DONE[presented.purpose])
        raise InvalidOneTimeToken

    async def void(self, tx: AsyncSession, user_id: UUID, purpose: Purpose | None = None) -> None:
        """Void the tokens that were mailed before and not used."""
        await self._repository.void(tx, user_id, purpose, now=self._clock.now())

    def _token(self, token_id: UUID, user: User, purpose: Purpose, email_key: str) -> str:
        secret = derive_link_token(self._secret_key, "one-time-token", token_id, user.id, purpose.value, email_key)
        return f"{token_id.hex}.{secret[:_SECRET_LENGTH]}"
