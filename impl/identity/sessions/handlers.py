"""Handlers of sessions; JSON and the OAuth 2 password form are two encodings of one login."""

from typing import override

from generated import models
from generated.routers.sessions import (
    AbstractSessionsHandlers,
    GetCurrentSessionOk,
    LoginOk,
    LogoutNoContent,
    RefreshSessionOk,
)
from impl.identity.capabilities.authentication.service import SessionsService
from impl.identity.capabilities.authentication.wire import tokens_to_wire
from impl.identity.sessions.service import SignInService
from impl.kernel.caller import AnonymousClient, Caller


class SessionsHandlers(AbstractSessionsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: SignInService, sessions: SessionsService) -> None:
        self._service = service
        self._sessions = sessions

    @override
    async def login(self, client: AnonymousClient, *, body: models.LoginRequest | models.LoginForm) -> LoginOk:
        login = body.username if isinstance(body, models.LoginForm) else body.login
        signed_in = await self._service.login(
            client, login=login, password=body.password, device_token=body.device_token
        )
        return LoginOk(tokens_to_wire(signed_in))

    @override
    async def refresh_session(self, client: AnonymousClient, *, body: models.RefreshRequest) -> RefreshSessionOk:
        return RefreshSessionOk(tokens_to_wire(await self._service.refresh(client, body.refresh_token)))

    @override
    async def logout(self, caller: Caller) -> LogoutNoContent:
        await self._service.logout(caller)
        return LogoutNoContent()

    @override
    async def get_current_session(self, caller: Caller) -> GetCurrentSessionOk:
        summary = await self._sessions.get_summary(caller)
        return GetCurrentSessionOk(
            {
                "session": {
                    "id": summary.session_id,
                    "provider": summary.provider,
                    "created_at": summary.created_at,
                    "expires_at": summary.expires_at,
                },
                "account": {
                    "id": caller.user_id,
                    "email": caller.email,
                    "username": summary.username,
                    "full_name": summary.full_name,
                    "locale": summary.locale,
                    "state": summary.state,
                    # Constant, because nobody can sign in before.
                    "email_verified": True,
                },
                "roles": sorted(caller.roles),
                "permissions": sorted(caller.permissions),
            }
        )
