"""Guard of operations: authentication, permissions, rate limits, media types and idempotency keys."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from impl.edge.compression import accepted_coding
from impl.edge.limits import enforce
from impl.edge.negotiation import preferred, takes_any
from impl.edge.request_context import RequestContext, context_of
from impl.kernel import idempotency
from impl.kernel.addresses import network_of
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.engines.replicas import lagging_reads
from impl.kernel.errors import (
    AccountSuspended,
    Forbidden,
    InvalidToken,
    MfaEnrolmentRequired,
    Problem,
    Unauthenticated,
)
from impl.kernel.idempotency import IdempotencyRecord
from openapi.runtime.wire import Refusal, Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from impl.edge.denials import Denials
    from impl.edge.limits import RateLimits
    from impl.edge.page_cache import PageCache
    from impl.kernel.encryption import Cipher
    from impl.kernel.reader import Reader
    from openapi.runtime.wire import Operation

_TOKEN_MAX: Final = 4096
# RFC 6750, section 2.1: the b64token syntax.
_TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_KEY_HEADER: Final = "idempotency-key"
_REPLAYED: Final = "idempotent-replayed"
_NOT_ACCEPTABLE: Final = "The answer is {}, or application/problem+json, which Accept excludes."


class Authenticator(Protocol):
    async def authenticate(self, token: str, client: AnonymousClient) -> Caller: ...


class EdgeGuard:
    """Checks each request against the contract's policies before its body is read; generated routes call it."""

    def __init__(
        self,
        *,
        authenticator: Authenticator,
        limits: RateLimits,
        denials: Denials,
        reader: Reader,
        cipher: Cipher,
        pages: PageCache | None,
    ) -> None:
        self._cipher = cipher
        self._authenticator = authenticator
        self._limits = limits
        self._denials = denials
        self._reader = reader
        self._pages = pages

    async def admit(self, request: Request, operation: Operation) -> AnonymousClient:
        context = context_of(request.scope)
        context.operation = operation
        await enforce(self._limits, context, operation.rate_limit, network_of(context.address))
        _refuse_unacceptable(context, operation)
        client = context.client()
        return replace(client, is_head=True) if request.method == "HEAD" else client

    async def authorize(self, request: Request, operation: Operation) -> Caller:
        context = context_of(request.scope)
        context.operation = operation
        caller = await self._authenticated(request, operation, context)
        context.caller_id = caller.user_id
        refusal = refusal_of(caller, operation)
        if refusal is not None:
            await self._deny(caller, operation, refusal)
            raise refusal
        await enforce(self._limits, context, operation.rate_limit, limit_key(operation, caller))
        _refuse_unacceptable(context, operation)
        return caller

    async def once(self, request: Request, operation: Operation, caller: Caller, payload: bytes) -> Caller | Reply:
        # Its format is checked with the other parameters, before the body.
        key = request.headers.get(_KEY_HEADER)
        if key is None:
            return caller
        record = IdempotencyRecord(
            key=key.strip('"'),
            operation=operation.id,
            caller_id=caller.user_id,
            fingerprint=_fingerprint(request, payload),
        )
        kept = await idempotency.find_reply(self._reader, record)
        if kept is None:
            return replace(caller, idempotency_record=record)
        kept = idempotency.decrypt_reply(self._cipher, record, kept)
        return Reply(kept.status, {**kept.headers, _REPLAYED: "true"}, kept.body)

    async def cached(self, request: Request, operation: Operation, make: Callable[[], Awaitable[Reply]]) -> Reply:
        if self._pages is None or operation.cache is None or not operation.cache.shared:
            if operation.cache is None or operation.cache.scope != "public" or "authorization" in request.headers:
                return await make()
            # Whoever is signed in may have changed just now what is read here. Kept pages are made of the primary: they
            # have the versions of its tables.
            with lagging_reads():
                return await make()
        coding = accepted_coding(request.scope["headers"])
        return await self._pages.page(request.scope, operation, make, max_age=operation.cache.max_age, coding=coding)

    def preferred[MediaT: str](self, request: Request, offered: tuple[MediaT, ...]) -> MediaT:
        return preferred(context_of(request.scope).accept, offered)

    async def _authenticated(self, request: Request, operation: Operation, context: RequestContext) -> Caller:
        try:
            token = _bearer(request.headers.getlist("authorization"))
            return await self._authenticator.authenticate(token, context.client())
        except (Unauthenticated, InvalidToken, AccountSuspended) as refusal:
            self._denials.count(operation, refusal.slug, context.address)
            raise

    async def _deny(self, caller: Caller, operation: Operation, refusal: Problem) -> None:
        status = await self._limits.hit(operation.rate_limit, limit_key(operation, caller))
        if status.allowed:
            await self._denials.record(caller, operation, refusal.slug)
        else:
            self._denials.count(operation, refusal.slug, caller.address)


def _bearer(values: list[str]) -> str:
    if not values:
        raise Unauthenticated("Sign in and send the access token as a bearer token.")
    value, *others = values
    scheme, _, token = value.partition(" ")
    token = token.strip(" ")
    if others or scheme.lower() != "bearer" or len(token) > _TOKEN_MAX or not _TOKEN.fullmatch(token):
        raise InvalidToken("The Authorization header holds no single bearer token.")
    return token


def refusal_of(caller: Caller, operation: Operation) -> Problem | None:
    """Return the problem of a caller who may not use the operation; None for one who may."""
    if not operation.permissions:
        return None
    if caller.mfa_required and not caller.mfa_enrolled:
        return MfaEnrolmentRequired("A role of the account requires a second factor: switch it on first.")
    if caller.permissions.issuperset(operation.permissions):
        return None
    return Forbidden("The account lacks a permission that this operation needs.")


def _refuse_unacceptable(context: RequestContext, operation: Operation) -> None:
    """Refuse an Accept that excludes all there is; an operation whose success has no content lists no 406."""
    if 406 in operation.statuses and not takes_any(context.accept, operation.texts):
        raise Refusal(406, "not-acceptable", _NOT_ACCEPTABLE.format(", ".join(("application/json", *operation.texts))))


def limit_key(operation: Operation, caller: Caller) -> str:
    """Return the key that the operation's rate limit counts: the client's network, or the account."""
    return network_of(caller.address) if operation.rate_limit.partition == "address" else str(caller.user_id)


def _fingerprint(request: Request, payload: bytes) -> bytes:
    """Hash the payload with the path: the same body below another object is another request."""
    digest = hashlib.sha256(request.scope["path"].encode("utf-8", "surrogateescape"))
    digest.update(b"\0")
    digest.update(payload)
    return digest.digest()
