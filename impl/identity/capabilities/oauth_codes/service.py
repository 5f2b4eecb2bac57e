"""Service of one-time authorization codes.

A code is valid for 60 seconds, once, for the client, redirect URI and verifier that it was made for.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.gateways.oauth import challenge_of
from impl.identity.capabilities.authentication.service import SessionsService
from impl.identity.capabilities.authentication.tables import EndReason
from impl.identity.capabilities.oauth_codes.repository import OAuthCodeRepository
from impl.identity.capabilities.oauth_codes.tables import OAuthCode
from impl.identity.capabilities.second_factor.service import SecondFactorService
from impl.kernel import audit
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.ids import new_id
from impl.kernel.secrets import fingerprint, random_link_token

LIFETIME: Final = timedelta(seconds=60)
_FORM: Final = re.compile(r"ac_[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignInGrant:
    """Grant of a session, for the client that knows the code verifier."""

    client_id: str
    redirect_uri: str
    code_challenge: str
    user_id: UUID
    provider: str
    credential_epoch: int


@dataclass(frozen=True, slots=True)
class LinkGrant:
    """Grant that links an identity to the account whose session asked for it."""

    client_id: str
    redirect_uri: str
    user_id: UUID
    session_id: UUID
    provider: str
    subject: str
    email: str | None


class OAuthCodesService:
    def __init__(
        self, *, database: Database, clock: Clock, sessions: SessionsService, second_factor: SecondFactorService
    ) -> None:
        self._database = database
        self._clock = clock
        self._sessions = sessions
        self._second_factor = second_factor
        self._repository = OAuthCodeRepository(database.reader)

    async def find_client_of(self, session_id: UUID) -> str | None:
        """Return the client that a session was opened for; None for one that began with a password."""
        row = await self._repository.find_of_session(session_id)
        return None if row is None else row["client_id"]

    # ---- steps of other features, inside their transaction

    async def issue(self, tx: AsyncSession, grant: SignInGrant | LinkGrant) -> str:
        """Issue a random code, which cannot be derived again."""
        code, now = f"ac_{random_link_token()}", self._clock.now()
        link = grant if isinstance(grant, LinkGrant) else None
        await self._repository.add(
            tx,
            OAuthCode(
                id=new_id(),
                code_hash=fingerprint(code),
                client_id=grant.client_id,
                redirect_uri=grant.redirect_uri,
                code_challenge=grant.code_challenge if isinstance(grant, SignInGrant) else None,
                user_id=grant.user_id,
                provider=grant.provider,
                subject=None if link is None else link.subject,
                email=None if link is None else link.email,
                session_id=None if link is None else link.session_id,
                credential_epoch=grant.credential_epoch if isinstance(grant, SignInGrant) else None,
                created_at=now,
                expires_at=now + LIFETIME,
            ),
        )
        return code

    async def redeem(
        self, tx: AsyncSession, client: AnonymousClient, code: str, *, client_id: str, redirect_uri: str, verifier: str
    ) -> OAuthCode | None:
        """Redeem and lock a code, in which the caller notes the session that it opens; return None if it is invalid.

        Whoever presents it for another client, another URI or without its verifier did not get it from us: it is used
        up all the same. One that was used already has been copied, and what it opened ends (RFC 6749, section 4.1.2),
        be it a session or the half of a sign-in. So the caller's transaction has to commit, whatever comes back.
        """
        row = await self._find(tx, code)
        if row is None or row.code_challenge is None:
            return None
        now = self._clock.now()
        if row.used_at is not None:
            await self._replayed(tx, client, row)
            return None
        row.used_at = now
        fits = (
            row.expires_at > now
            and row.client_id == client_id
            and row.redirect_uri == redirect_uri
            and compare_digest(row.code_challenge, challenge_of(verifier))
        )
        return row if fits else None

    async def redeem_link(self, tx: AsyncSession, caller: Caller, code: str) -> OAuthCode | None:
        """Redeem a code for linking if this account's session asked for it."""
        row = await self._find(tx, code)
        now = self._clock.now()
        if row is None or row.subject is None or row.used_at is not None or row.expires_at <= now:
            return None
        if (row.user_id, row.session_id) != (caller.user_id, caller.session_id):
            return None
        row.used_at = now
        return row

    async def find_waiting(self, tx: AsyncSession, challenge_id: UUID) -> OAuthCode | None:
        """Lock the code whose sign-in waits for this second factor, for the caller to note the session in it.

        It has to be asked for before the challenge is used up: a replay locks both in this order.
        """
        return await self._repository.find_locked_of_challenge(tx, challenge_id)

    def note_session(self, code: OAuthCode, session_id: UUID) -> None:
        """Record the session that a redeemed code has opened."""
        code.session_id = session_id

    def note_challenge(self, code: OAuthCode, challenge_id: UUID) -> None:
        """Record the second factor that the sign-in of a redeemed code waits for."""
        code.challenge_id = challenge_id

    # ---- inside

    async def _find(self, tx: AsyncSession, code: str) -> OAuthCode | None:
        return await self._repository.find_locked(tx, fingerprint(code)) if _FORM.fullmatch(code) else None

    async def _replayed(self, tx: AsyncSession, client: AnonymousClient, row: OAuthCode) -> None:
        if row.session_id is not None:
            subject = ("session", row.session_id)
            has_ended = await self._sessions.end_one(tx, row.user_id, row.session_id, EndReason.CODE_REPLAYED)
        elif row.challenge_id is not None:
            subject = ("user", row.user_id)
            has_ended = await self._second_factor.void(tx, row.challenge_id)
        else:
            return
        if has_ended:
            await audit.record(tx, "session.code_replayed", client, actor_id=row.user_id, subject=subject)
