"""Handlers of the token endpoints."""

from typing import override

from generated import models
from generated.routers.oauth_token import AbstractOauthTokenHandlers, ExchangeTokenOk, RevokeTokenOk
from impl.identity.oauth_token.service import Grant, OAuthTokenService
from impl.kernel.caller import AnonymousClient, Caller


class OauthTokenHandlers(AbstractOauthTokenHandlers[Caller, AnonymousClient]):
    def __init__(self, service: OAuthTokenService) -> None:
        self._service = service

    @override
    async def exchange_token(self, client: AnonymousClient, *, body: models.TokenForm) -> ExchangeTokenOk:
        signed_in = await self._service.exchange(
            client,
            Grant(
                grant_type=body.grant_type,
                client_id=body.client_id,
                code=body.code,
                redirect_uri=body.redirect_uri,
                code_verifier=body.code_verifier,
                refresh_token=body.refresh_token,
            ),
        )
        return ExchangeTokenOk(
            {
                "access_token": signed_in.access_token,
                "token_type": "Bearer",
                "expires_in": signed_in.expires_in,
                "refresh_token": signed_in.refresh_token,
            },
        )

    @override
    async def revoke_token(self, client: AnonymousClient, *, body: models.RevocationForm) -> RevokeTokenOk:
        await self._service.revoke(client, client_id=body.client_id, token=body.token)
        return RevokeTokenOk()
