"""Service of refreshing: tokens for the client that a session was opened for."""

from impl.identity.capabilities.authentication.service import SessionsService, SignedIn
from impl.identity.capabilities.oauth_codes.service import OAuthCodesService
from impl.kernel.caller import AnonymousClient


class RefreshService:
    def __init__(self, *, sessions: SessionsService, codes: OAuthCodesService) -> None:
        self._sessions = sessions
        self._codes = codes

    async def refresh(self, client: AnonymousClient, refresh_token: str) -> SignedIn:
        opened = await self._sessions.refresh(client, refresh_token)
        return self._sessions.signed_in(opened, client_id=await self._codes.find_client_of(opened.session.id))
