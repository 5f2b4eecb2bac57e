"""Service of sessions: it opens and ends them, refreshes their tokens and checks each signed-in request."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import AccountState
from impl.gateways.tokens import FIRST_PARTY, AccessTokens
from impl.identity.capabilities.access_control.service import AccessControlService
from impl.identity.capabilities.authentication.errors import InvalidRefreshToken
from impl.identity.capabilities.authentication.repository import SessionRepository, SessionStateRow, SummaryRow
from impl.identity.capabilities.authentication.tables import EndReason, RefreshToken, Session
from impl.identity.capabilities.known_devices.service import KnownDevices
from impl.identity.capabilities.second_factor.errors import MfaRequired
from impl.identity.capabilities.second_factor.service import METHODS, Challenge, SecondFactorService
from impl.identity.capabilities.users.service import UsersService
from impl.identity.capabilities.users.tables import User
from impl.kernel import audit
from impl.kernel.caller import AnonymousClient, Caller, CallerDetails
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import AccountSuspended, InvalidToken, Problem
from impl.kernel.ids import new_id
from impl.kernel.secrets import derive_token, fingerprint

LOCAL: Final = "local"
# A client whose answer was lost may repeat a refresh for so long before the repetition counts as theft.
LOST_ANSWER: Final = timedelta(seconds=10)
_SEEN_EVERY: Final = timedelta(minutes=1)
_REFRESH_FORM: Final = re.compile(r"rt_([0-9a-f]{32})\.[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Tokens and lifetime of a session; `expires_in` counts the seconds of the access token."""

    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_at: datetime
    session_id: UUID
    device_token: str | None


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """Summary of a session and of its account."""

    session_id: UUID
    device_id: UUID
    provider: str
    created_at: datetime
    expires_at: datetime
    username: str | None
    full_name: str
    locale: str
    state: AccountState

    @property
    def throttle_key(self) -> str:
        """Return the key that counts failed proofs in this session: its device, or its provider, which opens many."""
        return str(self.device_id) if self.provider == LOCAL else self.provider


@dataclass(frozen=True, slots=True)
class OwnedSession:
    """Session together with the id of the account that owns it."""

    session_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True)
class NewSession:
    """Values of a new session from which its tokens are made after the transaction."""

    session: Session
    user: User
    refresh_token: str
    new_user: bool


class SessionsService:
    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        users: UsersService,
        access_control: AccessControlService,
        second_factor: SecondFactorService,
        access_tokens: AccessTokens,
        secret_key: bytes,
        access_token_lifetime: timedelta,
        session_lifetime: timedelta,
    ) -> None:
        self._database = database
        self._clock = clock
        self._users = users
        self._access_control = access_control
        self._second_factor = second_factor
        self._access_tokens = access_tokens
        self._secret_key = secret_key
        self._access_token_lifetime = access_token_lifetime
        self._session_lifetime = session_lifetime
        self._devices = KnownDevices(secret_key)
        self._repository = SessionRepository(database.reader)
        self._touching: set[UUID] = set()

    # ---- the check of every request

    async def is_live(self, caller: Caller) -> bool:
        """Return whether a caller would be let in again: for what lasts longer than a request."""
        row = await self._repository.find_session_state(caller.session_id)
        return row is not None and _refusal_of(row, self._clock.now()) is None

    async def authenticate(self, token: str, client: AnonymousClient) -> Caller:
        """Return who holds this access token now, by one read, whatever happened since the token was issued."""
        claims = self._access_tokens.verify(token)
        row = await self._repository.find_session_state(claims.session_id)
        now = self._clock.now()
        if row is None or row["user_id"] != claims.user_id:
            raise InvalidToken("The session has ended.")
        if refusal := _refusal_of(row, now):
            raise refusal
        access = await self._access_control.access(row["roles"] or "", row["roles_version"])
        is_enrolled = row["mfa_enrolled_at"] is not None
        if now - row["last_seen_at"] >= _SEEN_EVERY:
            await self._touch(claims.session_id, now)
        return Caller(
            address=client.address,
            user_agent=client.user_agent,
            request_id=client.request_id,
            user_id=row["user_id"],
            session_id=claims.session_id,
            email=row["email"],
            roles=access.roles,
            permissions=frozenset() if access.mfa_required and not is_enrolled else access.permissions,
            details=CallerDetails(
                username=row["username"],
                full_name=row["full_name"],
                phone=row["phone"],
                locale=row["locale"],
                has_password=row["has_password"],
                created_at=row["created_at"],
                updated_at=row["updated_at"],
                version=row["version"],
            ),
            mfa_required=access.mfa_required,
            mfa_enrolled=is_enrolled,
        )

    # ---- tokens

    async def refresh(self, client: AnonymousClient, refresh_token: str) -> NewSession:
        """Redeem a refresh token; the caller knows the client that the session's tokens are issued to."""
        form = _REFRESH_FORM.fullmatch(refresh_token)
        if form is None:
            raise InvalidRefreshToken
        async with self._database.begin() as tx:
            outcome = await self._redeem(tx, client, UUID(hex=form[1]), refresh_token)
        # Raised after the transaction, because the end of a session whose token was stolen must be committed.
        if isinstance(outcome, Problem):
            raise outcome
        return outcome

    async def get_summary(self, caller: Caller) -> SessionSummary:
        row = await self._repository.find_summary(caller.session_id)
        if row is None:
            raise InvalidToken("The session has ended.")
        return _summary(row)

    # ---- steps of other features, inside their transaction

    async def get_own_locked(self, tx: AsyncSession, caller: Caller) -> User:
        """Lock the caller's account, and check the session again behind its lock.

        What takes an account back from somebody ends their sessions under that lock. A request of theirs that was let
        in before would come after it, and leave an identity of theirs behind for example. Raises InvalidToken.
        """
        user = await self._users.get_own_locked(tx, caller)
        if not await self._repository.is_live(tx, caller.session_id, now=self._clock.now()):
            raise InvalidToken("The session has ended.")
        return user

    async def open_session(
        self, tx: AsyncSession, client: AnonymousClient, user: User, *, provider: str, device_id: UUID | None = None
    ) -> NewSession | Challenge:
        """Open a session, or demand the second factor where the account has one; every way to sign in ends here.

        That the account may have a session is the caller's to know. The account must be locked: whatever ends all its
        sessions meanwhile would not see this one.
        """
        challenge = await self._second_factor.demand(tx, user, provider=provider, device_id=device_id)
        if challenge is None:
            return await self.open_passed(tx, client, user, provider=provider, device_id=device_id)
        await audit.record(tx, "session.mfa_required", client, subject=("user", user.id), data={"provider": provider})
        return challenge

    async def open_passed(
        self, tx: AsyncSession, client: AnonymousClient, user: User, *, provider: str, device_id: UUID | None
    ) -> NewSession:
        """Open the session of somebody who has passed every factor that the account has.

        Only the step of the second factor calls it; every other way in calls `open_session`.
        """
        now = self._clock.now()
        new_user = self._users.record_login(user, now)
        session = Session(
            id=new_id(),
            user_id=user.id,
            device_id=device_id or new_id(),
            provider=provider,
            address=client.address,
            user_agent=client.user_agent,
            created_at=now,
            last_seen_at=now,
            expires_at=now + self._session_lifetime,
        )
        # The first token is random: who has the database and the key could derive it from ids alone.
        first, secret = self._refresh_token(session.id, None, token_urlsafe(32))
        await self._repository.add(tx, session, first)
        await audit.record(
            tx,
            "session.started",
            client,
            actor_id=user.id,
            subject=("session", session.id),
            data={"provider": provider},
        )
        return NewSession(session, user, secret, new_user)

    def signed_in(self, opened: NewSession, *, with_device: bool = False, client_id: str | None = None) -> SignedIn:
        """Issue the session's tokens after its transaction; only a login by password makes a device known.

        `client_id` is the OAuth client that a code was made for; without one the tokens are our own front end's.
        """
        session, user = opened.session, opened.user
        now = self._clock.now()
        expires_at = min(now + self._access_token_lifetime, session.expires_at)
        access_token = self._access_tokens.issue(
            user_id=user.id,
            session_id=session.id,
            email=user.email,
            provider=session.provider,
            client_id=FIRST_PARTY if client_id is None else client_id,
            new_user=opened.new_user,
            expires_at=expires_at,
        )
        return SignedIn(
            access_token=access_token,
            expires_in=max(1, int((expires_at - now).total_seconds())),
            refresh_token=opened.refresh_token,
            refresh_expires_at=session.expires_at,
            session_id=session.id,
            device_token=self._devices.token(user, session.device_id) if with_device else None,
        )

    def signed_in_or_challenged(self, outcome: NewSession | Challenge) -> SignedIn:
        """Return the tokens after a right password, or raise MfaRequired if a second factor is enrolled."""
        if isinstance(outcome, Challenge):
            raise MfaRequired(outcome.token, expires_in=outcome.expires_in, methods=METHODS)
        return self.signed_in(outcome, with_device=True)

    async def end_all(self, tx: AsyncSession, user_id: UUID, reason: EndReason, *, but: UUID | None = None) -> int:
        """End the account's sessions, perhaps except one, and return their number; access tokens stop at once."""
        return await self._repository.end_all(tx, user_id, reason, now=self._clock.now(), but=but)

    async def end_one(self, tx: AsyncSession, user_id: UUID, session_id: UUID, reason: EndReason) -> bool:
        """End one session of the account; return False if it has no such live session."""
        now = self._clock.now()
        return await self._repository.end(tx, session_id, reason, now=now, user_id=user_id)

    async def find_by_token(self, token: str) -> OwnedSession | None:
        """Return the session of a refresh or access token, live or not."""
        form = _REFRESH_FORM.fullmatch(token)
        if form is None:
            try:
                claims = self._access_tokens.verify(token)
            except InvalidToken:
                return None
            return OwnedSession(claims.session_id, claims.user_id)
        row = await self._repository.find_by_token(UUID(hex=form[1]))
        if row is None or not compare_digest(row["token_hash"], fingerprint(token)):
            return None
        return OwnedSession(row["session_id"], row["user_id"])

    # ---- inside

    async def _redeem(
        self, tx: AsyncSession, client: AnonymousClient, token_id: UUID, presented: str
    ) -> NewSession | Problem:
        now = self._clock.now()
        session = await self._repository.find_locked_by_token(tx, token_id)
        token = await self._repository.find_token(tx, token_id)
        if session is None or token is None or not compare_digest(token.token_hash, fingerprint(presented)):
            return InvalidRefreshToken()
        if session.ended_at is not None or session.expires_at <= now:
            return InvalidRefreshToken()
        user = await self._users.find(tx, session.user_id)
        if user is not None and user.state is AccountState.SUSPENDED:
            return AccountSuspended()
        if user is None or user.state is not AccountState.ACTIVE:
            return InvalidRefreshToken()
        if token.used_at is None:
            token.used_at = session.last_seen_at = now
            successor, secret = self._refresh_token(session.id, token.id, presented)
            await self._repository.add_token(tx, successor)
            return NewSession(session, user, secret, new_user=False)
        known = await self._repository.find_successor(tx, token.id)
        if known is not None and known.used_at is None and now - token.used_at <= LOST_ANSWER:
            return NewSession(session, user, self._refresh_secret(known.id, presented), new_user=False)
        await self.end_one(tx, user.id, session.id, EndReason.REFRESH_REUSED)
        await audit.record(tx, "session.refresh_reused", client, actor_id=user.id, subject=("session", session.id))
        return InvalidRefreshToken()

    def _refresh_token(self, session_id: UUID, predecessor_id: UUID | None, presented: str) -> tuple[RefreshToken, str]:
        token_id = new_id()
        secret = self._refresh_secret(token_id, presented)
        row = RefreshToken(
            id=token_id,
            session_id=session_id,
            predecessor_id=predecessor_id,
            token_hash=fingerprint(secret),
            created_at=self._clock.now(),
        )
        return row, secret

    def _refresh_secret(self, token_id: UUID, presented: str) -> str:
        """Derive a refresh token from its predecessor: a repeated request gets it again, and no database reveals it."""
        return f"rt_{token_id.hex}.{derive_token(self._secret_key, 'refresh-token', token_id, presented)}"

    async def _touch(self, session_id: UUID, now: datetime) -> None:
        """Record that the session was seen; of concurrent requests one writes, and the others do not wait."""
        if session_id in self._touching:
            return
        self._touching.add(session_id)
        try:
            async with self._database.begin() as tx:
                await self._repository.touch(tx, session_id, now=now, before=now - _SEEN_EVERY + timedelta(seconds=1))
        finally:
            self._touching.discard(session_id)


def _summary(row: SummaryRow) -> SessionSummary:
    return SessionSummary(
        session_id=row["id"],
        device_id=row["device_id"],
        provider=row["provider"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        username=row["username"],
        full_name=row["full_name"],
        locale=row["locale"],
        state=row["state"],
    )


def _refusal_of(row: SessionStateRow, now: datetime) -> Problem | None:
    """Return why a session is no longer valid, or None while it is."""
    if row["ended_at"] is not None or row["expires_at"] <= now:
        return InvalidToken("The session has ended.")
    if row["state"] == AccountState.SUSPENDED:
        return AccountSuspended()
    if row["state"] != AccountState.ACTIVE or row["closed_at"] is not None:
        return InvalidToken("The session has ended.")
    return None
