"""Attacks with JWTs over HTTP are all answered with 401."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from impl.kernel.caller import AnonymousClient
from tests.harness.client import assert_problem
from tests.harness.sockets import listen
from tests.identity.database_inspection import statements

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.service import Service

type Claims = dict[str, Any]


@pytest.fixture
async def owner(accounts: Accounts) -> Account:
    return await accounts.homeowner()


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


_TYP = "at+jwt"


class Forger:
    """Makes tokens from the claims of a good one and, where a test needs it, the key."""

    def __init__(self, service: Service, token: str) -> None:
        self.kid = service.settings.jwt_active_kid
        self.key = service.settings.jwt_keys[self.kid].key.get_secret_value()
        self.token = token
        self.claims: Claims = jwt.decode(token, options={"verify_signature": False})

    def sign(self, *, without: str = "", header: dict[str, Any] | None = None, **changes: object) -> str:
        claims = {name: value for name, value in {**self.claims, **changes}.items() if name != without}
        return jwt.encode(claims, self.key, "HS256", {"kid": self.kid, "typ": _TYP, **(header or {})})


ATTACKS: dict[str, Callable[[Forger], str]] = {
    "no algorithm": lambda f: f"{encoded({'alg': 'none', 'typ': _TYP, 'kid': f.kid})}.{encoded(f.claims)}.",
    "no algorithm, other case": lambda f: f"{encoded({'alg': 'nOnE', 'typ': _TYP, 'kid': f.kid})}.{encoded(f.claims)}.",
    "signature cut off": lambda f: f.token.rpartition(".")[0] + ".",
    "another key": lambda f: jwt.encode(f.claims, "x" * 64, "HS256", {"kid": f.kid, "typ": _TYP}),
    "another algorithm": lambda f: jwt.encode(f.claims, f.key.ljust(64, "x"), "HS512", {"kid": f.kid, "typ": _TYP}),
    "unknown kid": lambda f: f.sign(header={"kid": "unknown"}),
    "kid as a path": lambda f: f.sign(header={"kid": "../../dev/null"}),
    "no kid": lambda f: jwt.encode(f.claims, f.key, "HS256", {"typ": _TYP}),
    "typ of other tokens": lambda f: f.sign(header={"typ": "JWT"}),
    "jku": lambda f: f.sign(header={"jku": "https://evil.test/jwks.json"}),
    "x5u": lambda f: f.sign(header={"x5u": "https://evil.test/key.pem"}),
    "jwk": lambda f: f.sign(header={"jwk": {"kty": "oct", "k": "eHh4"}}),
    "crit": lambda f: f.sign(header={"crit": ["b64"], "b64": True}),
    "expired": lambda f: f.sign(exp=f.claims["iat"] - 1),
    "early": lambda f: f.sign(nbf=f.claims["exp"] - 1),
    "another issuer": lambda f: f.sign(iss="https://evil.test"),
    "another audience": lambda f: f.sign(aud="somebody-else"),
    "many audiences": lambda f: f.sign(aud=[f.claims["aud"], "somebody-else"]),
    "another type of token": lambda f: f.sign(token_type="refresh_token"),
    "another session": lambda f: f.sign(sid="01980000-0000-7000-8000-000000000000"),
    "another person": lambda f: f.sign(sub="01980000-0000-7000-8000-000000000000"),
    "a number for a person": lambda f: f.sign(sub="1"),
    "a text for a time": lambda f: f.sign(exp="never"),
    "a time beyond any calendar": lambda f: f.sign(exp=10**12),
    "a time beyond what machines know": lambda f: f.sign(exp=10**18),
    "a time beyond any number of theirs": lambda f: f.sign(exp=10**25),
    "a beginning before all times": lambda f: f.sign(nbf=-(10**18)),
    "without exp": lambda f: f.sign(without="exp"),
    "without iat": lambda f: f.sign(without="iat"),
    "without nbf": lambda f: f.sign(without="nbf"),
    "without sub": lambda f: f.sign(without="sub"),
    "without sid": lambda f: f.sign(without="sid"),
    "without jti": lambda f: f.sign(without="jti"),
    "without iss": lambda f: f.sign(without="iss"),
    "without aud": lambda f: f.sign(without="aud"),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
async def test_a_forged_token_is_nobodys(
    attack: Callable[[Forger], str], owner: Account, service: Service, client: httpx.AsyncClient
) -> None:
    token = attack(Forger(service, owner.access_token))
    answer = await client.get("/users/me", headers={"Authorization": f"Bearer {token}"})

    assert_problem(answer, 401, "invalid-token")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


async def test_the_forger_signs_as_the_service_does(
    owner: Account, service: Service, client: httpx.AsyncClient
) -> None:
    """Without this, an attack could be refused for a reason that it does not mean."""
    token = Forger(service, owner.access_token).sign()
    assert (await client.get("/users/me", headers={"Authorization": f"Bearer {token}"})).status_code == 200


@pytest.mark.parametrize("member", ["jku", "x5u"])
async def test_no_header_makes_the_service_call_anybody(
    owner: Account, service: Service, client: httpx.AsyncClient, member: str
) -> None:
    with listen() as bait:
        token = Forger(service, owner.access_token).sign(
            header={member: f"http://127.0.0.1:{bait.getsockname()[1]}/keys"}
        )
        answer = await client.get("/users/me", headers={"Authorization": f"Bearer {token}"})
        assert_problem(answer, 401, "invalid-token")
        with pytest.raises(BlockingIOError):
            bait.accept()


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Basic YTpi", "Bearer a b", "Bearer ..", "Bearer a.b.c", "bearer", "Bearer é"],
)
async def test_malformed_headers_are_401(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.get("/users/me", headers=[(b"Authorization", header.encode("latin-1"))])
    assert answer.status_code == 401
    assert answer.json()["type"].rpartition("/")[2] in {"invalid-token", "unauthenticated"}


@pytest.mark.parametrize("place", ["access_token", "token"])
async def test_the_query_string_carries_no_token(client: httpx.AsyncClient, owner: Account, place: str) -> None:
    answer = await client.get("/users/me", params={place: owner.access_token})
    assert_problem(answer, 401, "unauthenticated")


async def test_the_check_of_a_request_is_one_read(owner: Account, service: Service) -> None:
    anonymous = AnonymousClient(address="192.0.2.1", user_agent="test", request_id="test")
    check = partial(service.services.identity.sessions.authenticate, owner.access_token, anonymous)
    await check()
    said = await statements(check)

    # PostgreSQL's reader is not heard, so there even this one is not.
    assert [statement.split()[0] for statement in said] == (["SELECT"] if service.engine == "sqlite" else [])
