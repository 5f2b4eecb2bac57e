"""Service of the token endpoint for public clients: grants are exchanged for tokens, and tokens revoked."""

from dataclasses import dataclass
from typing import Final

from impl.identity.capabilities.authentication.errors import InvalidRefreshToken
from impl.identity.capabilities.authentication.service import NewSession, SessionsService, SignedIn
from impl.identity.capabilities.authentication.tables import EndReason
from impl.identity.capabilities.external_identities.service import ExternalIdentitiesService, may_sign_in
from impl.identity.capabilities.oauth_clients.service import OAuthClients
from impl.identity.capabilities.oauth_codes.service import OAuthCodesService
from impl.identity.capabilities.second_factor.errors import MfaRequired
from impl.identity.capabilities.second_factor.service import METHODS, Challenge
from impl.identity.capabilities.users.service import UsersService
from impl.identity.oauth_token.errors import InvalidClient, InvalidGrant, InvalidRequest, UnsupportedGrantType
from impl.kernel import audit
from impl.kernel.caller import AnonymousClient
from impl.kernel.database import Database
from impl.kernel.errors import AccountSuspended, InvalidToken

AUTHORIZATION_CODE: Final = "authorization_code"
REFRESH_TOKEN: Final = "refresh_token"
_SPENT: Final = "The code is unknown, used or expired, or was made for somebody else."
_ENDED: Final = "The refresh token does not work any more. Sign in again."


@dataclass(frozen=True, slots=True)
class Grant:
    """Token request of RFC 6749, sections 4.1.3 and 6, as it came."""

    grant_type: str
    client_id: str
    code: str | None
    redirect_uri: str | None
    code_verifier: str | None
    refresh_token: str | None


class OAuthTokenService:
    def __init__(
        self,
        *,
        database: Database,
        users: UsersService,
        sessions: SessionsService,
        external_identities: ExternalIdentitiesService,
        codes: OAuthCodesService,
        clients: OAuthClients,
    ) -> None:
        self._database = database
        self._users = users
        self._sessions = sessions
        self._external_identities = external_identities
        self._codes = codes
        self._clients = clients

    async def exchange(self, client: AnonymousClient, grant: Grant) -> SignedIn:
        if grant.grant_type not in {AUTHORIZATION_CODE, REFRESH_TOKEN}:
            raise UnsupportedGrantType(f"Send {AUTHORIZATION_CODE} or {REFRESH_TOKEN}.")
        self._check_client(grant.client_id)
        if grant.grant_type == REFRESH_TOKEN:
            if grant.refresh_token is None:
                raise InvalidRequest("refresh_token is missing.")
            return await self._refresh(client, grant.client_id, grant.refresh_token)
        if grant.code is None or grant.redirect_uri is None or grant.code_verifier is None:
            raise InvalidRequest("code, redirect_uri and code_verifier are needed.")
        opened = await self._open(client, grant.client_id, grant.code, grant.redirect_uri, grant.code_verifier)
        if opened is None:
            raise InvalidGrant(_SPENT)
        if isinstance(opened, Challenge):
            raise MfaRequired(opened.token, expires_in=opened.expires_in, methods=METHODS)
        return self._sessions.signed_in(opened, client_id=grant.client_id)

    async def revoke(self, client: AnonymousClient, *, client_id: str, token: str) -> None:
        """Revoke a token (RFC 7009): an unknown one is no error (section 2.2), another client's is (section 2.1)."""
        self._check_client(client_id)
        held = await self._sessions.find_by_token(token)
        if held is None:
            return
        if await self._codes.find_client_of(held.session_id) != client_id:
            raise InvalidGrant("The token was given to somebody else.")
        async with self._database.begin() as tx:
            if await self._sessions.end_one(tx, held.user_id, held.session_id, EndReason.SIGNED_OUT):
                subject = ("session", held.session_id)
                await audit.record(tx, "session.ended", client, actor_id=held.user_id, subject=subject)

    async def _open(
        self, client: AnonymousClient, client_id: str, code: str, redirect_uri: str, verifier: str
    ) -> NewSession | Challenge | None:
        async with self._database.begin() as tx:
            redeemed = await self._codes.redeem(
                tx, client, code, client_id=client_id, redirect_uri=redirect_uri, verifier=verifier
            )
            if redeemed is None:
                return None
            user = await self._users.find_locked(tx, redeemed.user_id)
            # The owner has taken the account back since, which voids earlier codes.
            if user is None or user.credential_epoch != redeemed.credential_epoch:
                return None
            if not may_sign_in(user):
                await audit.record(
                    tx,
                    "session.refused",
                    client,
                    subject=("user", redeemed.user_id),
                    data={"reason": "account-suspended"},
                )
                return None
            if not await self._external_identities.has_any(tx, user.id, redeemed.provider):
                # The identity was unlinked since, which voids its pending codes.
                return None
            opened = await self._sessions.open_session(tx, client, user, provider=redeemed.provider)
            if isinstance(opened, NewSession):
                self._codes.note_session(redeemed, opened.session.id)
            else:
                self._codes.note_challenge(redeemed, opened.challenge_id)
        return opened

    async def _refresh(self, client: AnonymousClient, client_id: str, refresh_token: str) -> SignedIn:
        """Refresh a session for the client that it was opened for, and for no other."""
        try:
            held = await self._sessions.find_by_token(refresh_token)
            if held is None or await self._codes.find_client_of(held.session_id) != client_id:
                raise InvalidGrant(_ENDED)
            opened = await self._sessions.refresh(client, refresh_token)
        except (InvalidRefreshToken, AccountSuspended, InvalidToken):
            raise InvalidGrant(_ENDED) from None
        return self._sessions.signed_in(opened, client_id=client_id)

    def _check_client(self, client_id: str) -> None:
        if not self._clients.knows(client_id):
            raise InvalidClient("No client of this id is registered.")
