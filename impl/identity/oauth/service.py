"""Service of sign-ins with an identity provider: to the provider, back, and on to the client with a code."""

import logging
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.gateways.oauth import Identified, IdentityProvider, ProviderRefused, ProviderUnavailable
from impl.identity.capabilities.external_identities.service import (
    ExternalIdentitiesService,
    SignInRefusal,
    known_address,
)
from impl.identity.capabilities.oauth_clients.service import Failure, OAuthClients, SignInRequest
from impl.identity.capabilities.oauth_codes.service import LinkGrant, OAuthCodesService, SignInGrant
from impl.identity.oauth.errors import UnknownClient, UnknownFlow, UnknownProvider
from impl.identity.oauth.repository import OAuthFlowRepository
from impl.identity.oauth.tables import OAuthFlow
from impl.kernel import audit, audit_intake
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.ids import new_id
from impl.kernel.secrets import derive_link_token, fingerprint, random_link_token

LIFETIME: Final = timedelta(minutes=10)
_STATE: Final = re.compile(r"([0-9a-f]{32})\.[A-Za-z0-9_-]{43}", re.ASCII)
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_log = logging.getLogger("hestami.oauth")


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """Authorization request of RFC 6749, section 4.1.1, as it came; an absent parameter is empty (section 3.1)."""

    client_id: str
    redirect_uri: str
    response_type: str
    response_mode: str
    state: str
    scope: str
    code_challenge: str
    code_challenge_method: str
    provider: str


@dataclass(frozen=True, slots=True)
class StartedFlow:
    start_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Redirect:
    """Redirect of the browser, with the cookie secret to set, or the order to delete the one that it has."""

    location: str
    browser: str | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class ProviderResponse:
    """Parameters and cookie that a browser brings back from the provider."""

    provider: str
    cookies: tuple[str, ...]
    state: str | None
    code: str | None
    issuer: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class _RedeemedFlow:
    """Sign-in that is used up, with the values that it had."""

    id: UUID
    start: SignInRequest
    user_id: UUID | None
    session_id: UUID | None


class OAuthService:
    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        providers: Mapping[str, IdentityProvider],
        clients: OAuthClients,
        external_identities: ExternalIdentitiesService,
        codes: OAuthCodesService,
        secret_key: bytes,
        base_url: str,
    ) -> None:
        """Take the dependencies; `base_url` is where /auth is reached from outside."""
        self._database = database
        self._clock = clock
        self._providers = providers
        self._clients = clients
        self._external_identities = external_identities
        self._codes = codes
        self._secret_key = secret_key
        self._base_url = base_url
        self._repository = OAuthFlowRepository(database.reader)

    def providers(self) -> list[tuple[str, str]]:
        """Return the providers' names, and the names to show."""
        return [(name, provider.display_name) for name, provider in self._providers.items()]

    def display_name(self, provider: str) -> str:
        found = self._providers.get(provider)
        return provider if found is None else found.display_name

    def offers(self, provider: str) -> bool:
        return provider in self._providers

    async def begin_flow(self, start: SignInRequest, *, link_to: Caller | None = None) -> StartedFlow:
        if start.provider not in self._providers:
            raise UnknownProvider("There is no such identity provider.")
        self._require_registered(start)
        token, expires_at = await self._begin(start, link_to)
        return StartedFlow(f"{self._base_url}/start/{token}", expires_at)

    async def authorize(self, request: AuthorizationRequest) -> Redirect:
        """Begin and start a flow at once; errors are sent to a registered address, and to no other."""
        provider = request.provider or (next(iter(self._providers)) if len(self._providers) == 1 else "")
        start = SignInRequest(provider, request.client_id, request.redirect_uri, request.state, request.code_challenge)
        self._require_registered(start)
        fault = self._fault(request, provider)
        if fault is not None:
            return Redirect(self._clients.refusal(start, fault))
        token, _ = await self._begin(start, None)
        return await self.start(token, ())

    async def start(self, token: str, cookies: Collection[str], *, binds: bool = True) -> Redirect:
        """Bind the flow to the first browser that opens it: whoever learns the URL later cannot finish or stop it."""
        row = await self._repository.find_waiting(fingerprint(token), now=self._clock.now())
        if row is None:
            raise UnknownFlow
        bound = row["browser_hash"]
        browser = _bound_to(bound, cookies)
        if bound is not None and browser is None:
            raise UnknownFlow
        start = SignInRequest(row["provider"], row["client_id"], row["redirect_uri"], row["client_state"])
        provider = self._provider_of(start)
        flow_id = row["id"]
        try:
            location = await provider.authorization_url(
                redirect_uri=self._callback_url(provider.name),
                state=self._state(flow_id),
                nonce=self._derived("nonce", flow_id),
                verifier=self._derived("verifier", flow_id),
            )
        except ProviderUnavailable as error:
            _log.warning("identity provider %s is unavailable: %s", provider.name, error)
            return Redirect(self._clients.refusal(start, Failure.UNAVAILABLE))
        if browser is not None or not binds:  # mail scanners send HEAD before the person follows the link
            return Redirect(location, browser)
        secret = random_link_token()
        async with self._database.begin() as tx:
            if not await self._repository.bind(tx, flow_id, fingerprint(secret)):
                raise UnknownFlow
        return Redirect(location, secret)

    async def finish(self, client: AnonymousClient, returned: ProviderResponse) -> Redirect:
        flow = await self._redeem(returned)
        if isinstance(flow, SignInRequest):
            return Redirect(self._clients.refusal(flow, Failure.FLOW))
        outcome = await self._identify(flow, returned)
        async with self._database.begin() as tx:
            grant: SignInGrant | LinkGrant | SignInRefusal | Failure
            grant = outcome if isinstance(outcome, Failure) else await self._grant(tx, client, flow, outcome)
            if isinstance(grant, SignInGrant | LinkGrant):
                code = await self._codes.issue(tx, grant)
                await audit.record(
                    tx,
                    "sign_in.identified",
                    client,
                    actor_id=grant.user_id,
                    subject=("user", grant.user_id),
                    data={"provider": grant.provider, "link": isinstance(grant, LinkGrant)},
                )
                return Redirect(self._clients.answer(flow.start, code=code), is_over=True)
            data = {"provider": flow.start.provider, "reason": grant.value}
            if flow.user_id is None:
                await audit_intake.defer(tx, "sign_in.refused", client, account_id=None, data=data)
            else:
                await audit.record(tx, "sign_in.refused", client, actor_id=flow.user_id, data=data)
        return Redirect(self._clients.refusal(flow.start, grant), is_over=True)

    # ---- inside

    async def _begin(self, start: SignInRequest, link_to: Caller | None) -> tuple[str, datetime]:
        """Store a flow; return the token that opens it, and until when."""
        token, now = random_link_token(), self._clock.now()
        flow = OAuthFlow(
            id=new_id(),
            token_hash=fingerprint(token),
            provider=start.provider,
            client_id=start.client_id,
            redirect_uri=start.redirect_uri,
            client_state=start.state,
            code_challenge=start.code_challenge,
            user_id=None if link_to is None else link_to.user_id,
            session_id=None if link_to is None else link_to.session_id,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        async with self._database.begin() as tx:
            await self._repository.add(tx, flow)
        return token, flow.expires_at

    def _fault(self, request: AuthorizationRequest, provider: str) -> Failure | None:
        if not request.response_type:
            return Failure.NO_RESPONSE_TYPE
        if request.response_type != "code":
            return Failure.RESPONSE_TYPE
        if request.response_mode not in {"", "query"}:
            return Failure.RESPONSE_MODE
        # RFC 6749, section 3.3: if a scope were ignored, every answer would have to name the granted one.
        if request.scope:
            return Failure.SCOPE
        if request.code_challenge_method != "S256" or not _CHALLENGE.fullmatch(request.code_challenge):
            return Failure.PKCE
        return None if provider in self._providers else Failure.PROVIDER

    async def _redeem(self, returned: ProviderResponse) -> _RedeemedFlow | SignInRequest:
        """Redeem the flow of this state in this browser, once.

        Else how it began: the state is one that we made, so the person may be led back to the client that asked for it,
        and is told no more there than that it has to begin again. The flow itself stays as it is.
        """
        form = _STATE.fullmatch(returned.state or "")
        if form is None or returned.state is None:
            raise UnknownFlow
        flow_id, now = UUID(hex=form[1]), self._clock.now()
        if not compare_digest(returned.state, self._state(flow_id)):
            raise UnknownFlow
        async with self._database.begin() as tx:
            flow = await self._repository.find_locked(tx, flow_id)
            if flow is None:
                raise UnknownFlow
            start = SignInRequest(
                flow.provider, flow.client_id, flow.redirect_uri, flow.client_state, flow.code_challenge
            )
            waits = flow.used_at is None and flow.expires_at > now and flow.provider == returned.provider
            is_redeemed = waits and _bound_to(flow.browser_hash, returned.cookies) is not None
            if is_redeemed:
                flow.used_at = now
            redeemed = _RedeemedFlow(flow.id, start, flow.user_id, flow.session_id)
        self._provider_of(start)
        return redeemed if is_redeemed else start

    async def _identify(self, flow: _RedeemedFlow, returned: ProviderResponse) -> Identified | Failure:
        provider = self._provider_of(flow.start)
        # RFC 9207: a code of another provider, to which an attacker led the browser, must not be redeemed here.
        if returned.issuer is not None and returned.issuer != provider.issuer:
            return Failure.REFUSED
        if returned.error is not None:
            is_down = returned.error in {"temporarily_unavailable", "server_error"}
            return Failure.UNAVAILABLE if is_down else Failure.DENIED
        if not returned.code:
            return Failure.REFUSED
        try:
            return await provider.identify(
                code=returned.code,
                redirect_uri=self._callback_url(provider.name),
                nonce=self._derived("nonce", flow.id),
                verifier=self._derived("verifier", flow.id),
            )
        except ProviderUnavailable as error:
            _log.warning("identity provider %s is unavailable: %s", provider.name, error)
            return Failure.UNAVAILABLE
        except ProviderRefused as error:
            _log.warning("identity provider %s is not trusted: %s", provider.name, error)
            return Failure.REFUSED

    async def _grant(
        self, tx: AsyncSession, client: AnonymousClient, flow: _RedeemedFlow, who: Identified
    ) -> SignInGrant | LinkGrant | SignInRefusal:
        start = flow.start
        if flow.user_id is not None and flow.session_id is not None:
            return LinkGrant(
                start.client_id,
                start.redirect_uri,
                flow.user_id,
                flow.session_id,
                start.provider,
                who.subject,
                known_address(who.email),
            )
        user = await self._external_identities.resolve(tx, client, start.provider, who)
        if isinstance(user, SignInRefusal):
            return user
        challenge = start.code_challenge or ""
        return SignInGrant(
            start.client_id, start.redirect_uri, challenge, user.id, start.provider, user.credential_epoch
        )

    def _require_registered(self, start: SignInRequest) -> None:
        if not self._clients.allow(start):
            raise UnknownClient("No client with this redirect URI is registered.")

    def _provider_of(self, start: SignInRequest) -> IdentityProvider:
        """Return the flow's provider and client, unless the operator removed one of them since it began."""
        provider = self._providers.get(start.provider)
        if provider is None or not self._clients.allow(start):
            raise UnknownFlow
        return provider

    def _callback_url(self, provider: str) -> str:
        return f"{self._base_url}/callback/{provider}"

    def _state(self, flow_id: UUID) -> str:
        return f"{flow_id.hex}.{self._derived('state', flow_id)}"

    def _derived(self, purpose: str, flow_id: UUID) -> str:
        """Derive a secret of the flow instead of storing it, so that the database reveals nothing of use."""
        return derive_link_token(self._secret_key, f"oauth-{purpose}", flow_id)


def _bound_to(browser_hash: bytes | None, cookies: Collection[str]) -> str | None:
    """Return the cookie of the browser that opened the flow, if it is this one."""
    if browser_hash is None:
        return None
    return next((one for one in cookies if compare_digest(browser_hash, fingerprint(one))), None)
