"""A provider that lies, stalls or never ends signs nobody in, and only configured hosts are called."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr
from starlette.responses import JSONResponse, RedirectResponse, Response

from impl.gateways.oauth import Identified, OpenIdProvider, ProviderRefused, ProviderUnavailable
from impl.kernel.settings.oauth import OAuthProvider
from tests.harness.clock import MovableClock
from tests.harness.openid import CLIENT_ID, CLIENT_SECRET, OpenId, Person, Trade, serving
from tests.harness.patience import PATIENCE
from tests.harness.sockets import listen

_BACK = "http://127.0.0.1/callback"
_NOBODY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
async def openid() -> AsyncIterator[OpenId]:
    with listen() as listener:
        provider = OpenId(MovableClock(), port=listener.getsockname()[1])
        async with serving(provider.app, listener):
            yield provider


@pytest.fixture
async def gateway(openid: OpenId) -> AsyncIterator[OpenIdProvider]:
    settings = OAuthProvider(
        issuer=openid.issuer("google"), client_id=CLIENT_ID, client_secret=SecretStr(CLIENT_SECRET)
    )
    made = OpenIdProvider("google", settings, clock=openid.clock, timeout=PATIENCE)
    yield made
    await made.close()


async def _identify(openid: OpenId, gateway: OpenIdProvider, person: Person | None = None) -> Identified:
    url = await gateway.authorization_url(redirect_uri=_BACK, state="s", nonce="n", verifier="v" * 43)
    code = openid.code(url, person or Person(sub="paula"))
    return await gateway.identify(code=code, redirect_uri=_BACK, nonce="n", verifier="v" * 43)


async def test_an_honest_provider_is_believed(openid: OpenId, gateway: OpenIdProvider) -> None:
    found = await _identify(openid, gateway)
    assert (found.subject, found.email_verified) == ("paula", True)
    await _identify(openid, gateway)
    assert openid.asked == ["metadata", "token", "keys", "token"]


async def test_the_address_is_asked_for_where_the_token_has_none(openid: OpenId, gateway: OpenIdProvider) -> None:
    found = await _identify(openid, gateway, Person(sub="paula", email=None))
    assert (found.email, found.email_verified) == ("paula@userinfo.test", True)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.test"},
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"]},
        {"aud": []},
        {"azp": "another-client"},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": "\ud800"},
        {"exp": 1},
        {"exp": "soon"},
        {"exp": 1e300},
        {"iat": 1},
        {"iat": 32503680000},
        {"nbf": 32503680000},
        {"sub": ""},
        {"sub": 5},
        {"sub": "x" * 256},
        {"sub": None},
    ],
    ids=str,
)
async def test_a_token_that_says_something_else_is_refused(
    openid: OpenId, gateway: OpenIdProvider, changes: dict[str, Any]
) -> None:
    async def answer(trade: Trade) -> Response:
        changed = {**openid.claims(trade), **changes}
        return openid.tokens(
            openid.signed({name: value for name, value in changed.items() if value is not None}), access_token="x"
        )

    openid.answer = answer
    with pytest.raises(ProviderRefused):
        await _identify(openid, gateway)


@pytest.mark.parametrize("how", ["none", "hs256", "other key", "unknown kid", "crit", "no token", "cut", "long"])
async def test_a_token_that_the_provider_did_not_sign_is_refused(
    openid: OpenId, gateway: OpenIdProvider, how: str
) -> None:
    async def answer(trade: Trade) -> Response:
        claims = openid.claims(trade)
        makers: dict[str, Callable[[], str]] = {
            "none": lambda: jwt.encode(claims, "", "none", {"kid": "first"}),
            "hs256": lambda: jwt.encode(claims, "k" * 64, "HS256", {"kid": "first"}),
            "other key": lambda: jwt.encode(claims, _NOBODY, "ES256", {"kid": "first"}),
            "unknown kid": lambda: jwt.encode(claims, _NOBODY, "ES256", {"kid": "second"}),
            "crit": lambda: openid.signed(claims, crit=["x"], x=1),
            "no token": lambda: "nonsense",
            "cut": lambda: openid.signed(claims)[:-8],
            "long": lambda: openid.signed({**claims, "pad": "x" * 20_000}),
        }
        return openid.tokens(makers[how](), access_token="x")

    openid.answer = answer
    with pytest.raises(ProviderRefused):
        await _identify(openid, gateway)


async def test_an_unknown_kid_asks_for_keys_once_a_minute(openid: OpenId, gateway: OpenIdProvider) -> None:
    clock = openid.clock
    assert isinstance(clock, MovableClock)

    async def answer(trade: Trade) -> Response:
        made = jwt.encode(openid.claims(trade), _NOBODY, "ES256", {"kid": "new"})
        return openid.tokens(made, access_token="x")

    openid.answer = answer
    for _ in range(5):
        with pytest.raises(ProviderRefused):
            await _identify(openid, gateway)
    assert openid.asked.count("keys") == 1
    clock.advance(timedelta(minutes=1))
    key = {**jwt.algorithms.ECAlgorithm.to_jwk(_NOBODY.public_key(), as_dict=True), "kid": "new"}
    openid.keys = lambda: {"keys": [key, "nonsense"]}
    assert (await _identify(openid, gateway)).subject == "paula"
    assert openid.asked.count("keys") == 2


@pytest.mark.parametrize(
    "answer",
    [
        RedirectResponse("http://127.0.0.1:1/elsewhere", 307),
        JSONResponse([], 200),
        Response("<html>", 200),
        Response("[" * 100_000, 200),
        Response("x" * 300_000, 200),
        Response("{}", 200, headers={"content-encoding": "gzip"}),
        Response("{}", 500),
    ],
    ids=["redirect", "array", "html", "deep", "huge", "compressed", "broken"],
)
async def test_an_answer_that_is_none_is_no_sign_in(openid: OpenId, gateway: OpenIdProvider, answer: Response) -> None:
    async def given(_: Trade) -> Response:
        return answer

    openid.answer = given
    with pytest.raises(ProviderUnavailable):
        await _identify(openid, gateway)


async def test_an_answer_that_does_not_come_is_not_waited_for(openid: OpenId, gateway: OpenIdProvider) -> None:
    left = asyncio.Event()

    async def given(_: Trade) -> Response:
        await left.wait()
        return Response("{}")

    openid.answer = given
    # The metadata are known by now: only the answer that never comes meets the short time-out.
    await gateway.authorization_url(redirect_uri=_BACK, state="s", nonce="n", verifier="v" * 43)
    gateway.client.timeout = 0.1
    with pytest.raises(ProviderUnavailable):
        await _identify(openid, gateway)
    left.set()


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://elsewhere.test"},
        {"token_endpoint": "http://169.254.169.254/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": "http://[::1"},
        {"token_endpoint": None},
        {"jwks_uri": "http://elsewhere.test/jwks"},
        {"userinfo_endpoint": "http://elsewhere.test/me"},
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
        {"id_token_signing_alg_values_supported": "ES256"},
    ],
    ids=str,
)
async def test_metadata_that_lead_elsewhere_are_refused(
    openid: OpenId, gateway: OpenIdProvider, changes: dict[str, Any]
) -> None:
    openid.metadata = changes
    with pytest.raises(ProviderUnavailable):
        await _identify(openid, gateway)
    assert openid.asked == ["metadata"]


async def test_a_provider_may_hang_up_between_two_requests() -> None:
    with listen() as listener:
        issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"

        async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            status, document = ("200 OK", _metadata(issuer)) if head.startswith(b"GET") else ("400 No", {})
            body = json.dumps(document)
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            await reader.read(1)
            writer.transport.abort()

        settings = OAuthProvider(issuer=issuer, client_id=CLIENT_ID, client_secret=SecretStr(CLIENT_SECRET))
        gateway = OpenIdProvider("google", settings, clock=MovableClock())
        async with await asyncio.start_server(answer_once, sock=listener):
            with pytest.raises(ProviderRefused, match="status 400"):
                await gateway.identify(code="c", redirect_uri=_BACK, nonce="n", verifier="v" * 43)
            await gateway.close()


async def test_those_who_wait_for_a_provider_that_is_down_wait_once() -> None:
    """Asked by one after the other, each with the patience for one answer, the last would wait for hours."""
    clock, callers = MovableClock(), 0

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal callers
        callers += 1
        clock.advance(timedelta(seconds=10))
        # Until the other side gives up.
        while await reader.read(1000):
            continue
        writer.close()

    with listen() as listener:
        issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = OAuthProvider(issuer=issuer, client_id=CLIENT_ID, client_secret=SecretStr(CLIENT_SECRET))
        gateway = OpenIdProvider("google", settings, clock=clock, timeout=0.5)
        async with await asyncio.start_server(never_answer, sock=listener):
            asked = [
                gateway.authorization_url(redirect_uri=_BACK, state="s", nonce="n", verifier="v" * 43) for _ in range(5)
            ]
            outcomes = await asyncio.gather(*asked, return_exceptions=True)
            await gateway.close()
    assert [type(outcome) for outcome in outcomes] == [ProviderUnavailable] * 5
    assert callers == 1


def _metadata(issuer: str) -> dict[str, object]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
        "id_token_signing_alg_values_supported": ["ES256"],
    }
