"""Handlers of the browser's part: redirects, and the cookie that binds a sign-in to its browser."""

from typing import Final, override

from generated import models
from generated.routers.oauth import (
    AbstractOauthHandlers,
    BeginSignInOk,
    FinishSignInSeeOther,
    ListIdentityProvidersOk,
    RequestAuthorizationSeeOther,
    StartSignInSeeOther,
)
from impl.identity.capabilities.oauth_clients.service import SignInRequest
from impl.identity.oauth.service import (
    LIFETIME,
    AuthorizationRequest,
    OAuthService,
    ProviderResponse,
    Redirect,
)
from impl.kernel.caller import AnonymousClient, Caller

_NAME: Final = "sign_in"


class OauthHandlers(AbstractOauthHandlers[Caller, AnonymousClient]):
    def __init__(self, service: OAuthService, *, is_secure: bool) -> None:
        """Choose the cookie: over plain HTTP, in development, browsers refuse `Secure` and `__Host-` ones."""
        self._service = service
        self._is_secure = is_secure

    @override
    async def list_identity_providers(self, client: AnonymousClient) -> ListIdentityProvidersOk:
        providers = self._service.providers()
        return ListIdentityProvidersOk(
            {"items": [{"name": name, "display_name": display_name} for name, display_name in providers]}
        )

    @override
    async def begin_sign_in(self, client: AnonymousClient, *, body: models.SignInStart) -> BeginSignInOk:
        begun = await self._service.begin_flow(
            SignInRequest(body.provider, body.client, body.redirect_uri, body.state, body.code_challenge)
        )
        return BeginSignInOk({"start_url": begun.start_url, "expires_at": begun.expires_at})

    @override
    async def request_authorization(
        self,
        client: AnonymousClient,
        *,
        client_id: str,
        redirect_uri: str,
        response_type: str | None,
        response_mode: str | None,
        state: str | None,
        scope: str | None,
        code_challenge: str | None,
        code_challenge_method: str | None,
        provider: str | None,
    ) -> RequestAuthorizationSeeOther:
        request = AuthorizationRequest(
            client_id=client_id,
            redirect_uri=redirect_uri,
            response_type=response_type or "",
            response_mode=response_mode or "",
            state=state or "",
            scope=scope or "",
            code_challenge=code_challenge or "",
            code_challenge_method=code_challenge_method or "",
            provider=provider or "",
        )
        sent = await self._service.authorize(request)
        return RequestAuthorizationSeeOther(location=sent.location, set_cookie=self._set_cookie(sent))

    @override
    async def start_sign_in(
        self, client: AnonymousClient, *, flow: str, host_sign_in: str | None, sign_in: str | None
    ) -> StartSignInSeeOther:
        sent = await self._service.start(flow, self._cookies(host_sign_in, sign_in), binds=not client.is_head)
        return StartSignInSeeOther(location=sent.location, set_cookie=self._set_cookie(sent))

    @override
    async def finish_sign_in(
        self,
        client: AnonymousClient,
        *,
        provider: str,
        state: str | None,
        code: str | None,
        iss: str | None,
        error: str | None,
        host_sign_in: str | None,
        sign_in: str | None,
    ) -> FinishSignInSeeOther:
        returned = ProviderResponse(provider, self._cookies(host_sign_in, sign_in), state, code, iss, error)
        sent = await self._service.finish(client, returned)
        # A browser that returns with an older sign-in keeps the cookie of the newer one.
        return FinishSignInSeeOther(location=sent.location, set_cookie=self._cookie("", 0) if sent.is_over else None)

    def _cookies(self, host_sign_in: str | None, sign_in: str | None) -> tuple[str, ...]:
        """Return the flow's cookies; a plain one, which any page of the domain can set, counts in development only.

        There the browser may send several, in an order that tells nothing: any program on the same host can have set
        one of the name for another path, and neither the other's nor ours may be the one that is not looked at.
        """
        sent = host_sign_in if self._is_secure else sign_in
        return () if sent is None else tuple(sent.split("; "))

    def _set_cookie(self, sent: Redirect) -> str | None:
        return None if sent.browser is None else self._cookie(sent.browser, int(LIFETIME.total_seconds()))

    def _cookie(self, value: str, seconds: int) -> str:
        name, end = (f"__Host-{_NAME}", "; Secure") if self._is_secure else (_NAME, "")
        return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{end}"
