"""Service that lists, links and unlinks the identities of the caller's account."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from impl.identity.capabilities.authentication.service import SessionsService
from impl.identity.capabilities.external_identities.service import ExternalIdentitiesService
from impl.identity.capabilities.oauth_clients.service import SignInRequest
from impl.identity.capabilities.oauth_codes.service import OAuthCodesService
from impl.identity.capabilities.one_time_tokens.errors import InvalidOneTimeToken
from impl.identity.capabilities.reauthentication.service import ReauthenticationService
from impl.identity.identities.errors import IdentityTaken, LastWayIn
from impl.identity.oauth.service import OAuthService, StartedFlow
from impl.kernel import audit
from impl.kernel.caller import Caller
from impl.kernel.database import Database
from impl.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class LinkedIdentity:
    id: UUID
    provider: str
    display_name: str
    email: str | None
    created_at: datetime
    last_used_at: datetime | None


class IdentitiesService:
    def __init__(
        self,
        *,
        database: Database,
        sessions: SessionsService,
        external_identities: ExternalIdentitiesService,
        codes: OAuthCodesService,
        oauth: OAuthService,
        reauthentication: ReauthenticationService,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._external_identities = external_identities
        self._codes = codes
        self._oauth = oauth
        self._reauthentication = reauthentication

    async def list(self, caller: Caller) -> list[LinkedIdentity]:
        rows = await self._external_identities.list_of(caller.user_id)
        return [
            LinkedIdentity(
                row["id"],
                row["provider"],
                self._oauth.display_name(row["provider"]),
                row["email"],
                row["created_at"],
                row["last_used_at"],
            )
            for row in rows
        ]

    async def begin_link(self, caller: Caller, start: SignInRequest) -> StartedFlow:
        """Begin a link under a fresh sign-in, asked for now, since the way through the browser may take long."""
        await self._reauthentication.refuse_stale(caller)
        return await self._oauth.begin_flow(start, link_to=caller)

    async def confirm_link(self, caller: Caller, code: str) -> LinkedIdentity:
        """Confirm a link by the session that asked for it, which proves who came back from the provider.

        Were the identity linked when its browser comes back, a start URL that is sent to somebody else would link that
        person's identity to the sender's account.
        """
        async with self._database.begin() as tx:
            redeemed = await self._codes.redeem_link(tx, caller, code)
            if redeemed is None or redeemed.subject is None:
                raise InvalidOneTimeToken("The code is unknown, used or expired, or was made for another session.")
            await self._sessions.get_own_locked(tx, caller)
            provider, subject = redeemed.provider, redeemed.subject
            is_ours = await self._external_identities.link(
                tx, caller, caller.user_id, provider=provider, subject=subject, email=redeemed.email
            )
            identity = await self._external_identities.find(tx, provider, subject)
        # Raised after the transaction, because the code is used up in any case.
        if not is_ours or identity is None:
            raise IdentityTaken("This identity is linked to another account.")
        return LinkedIdentity(
            identity.id,
            provider,
            self._oauth.display_name(provider),
            identity.email,
            identity.created_at,
            identity.last_used_at,
        )

    async def unlink(self, caller: Caller, identity_id: UUID) -> None:
        async with self._database.begin() as tx:
            # Locked, so that of two identities not both can be removed at once.
            user = await self._sessions.get_own_locked(tx, caller)
            identities = await self._external_identities.all_of(tx, user.id)
            found = next((identity for identity in identities if identity.id == identity_id), None)
            if found is None:
                raise NotFound
            others = [one for one in identities if one.id != identity_id and self._oauth.offers(one.provider)]
            if user.password_hash is None and not others:
                raise LastWayIn("Set a password before you unlink the last identity provider.")
            await self._external_identities.remove(tx, found)
            await audit.record(
                tx,
                "identity.unlinked",
                caller,
                subject=("identity", identity_id),
                data={"provider": found.provider},
            )
