"""The published keys let another library verify our tokens, and do not let it forge them."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey

from impl.gateways.signing_keys import new_key
from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem, open_browser
from tests.harness.service import Service, run_service
from tests.harness.settings import JWT_KEY

if TYPE_CHECKING:
    from tests.harness.databases import Databases, Engine

RING = {
    "hs": {"algorithm": "HS256", "key": JWT_KEY},
    "ec": {"algorithm": "ES256", "key": new_key("ES256")},
    "ed": {"algorithm": "EdDSA", "key": new_key("EdDSA")},
}
PRIVATE: dict[str, ECKey | OKPKey] = {
    "ec": ECKey.import_key(RING["ec"]["key"]),
    "ed": OKPKey.import_key(RING["ed"]["key"]),
}

# The name EdDSA is ours to keep: RFC 9864 prefers Ed25519, which not every reader of tokens knows yet.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

type Claims = dict[str, Any]
type Forge = Callable[[Claims], str]


@pytest.fixture(scope="module", params=["hs", "ec", "ed"])
async def signing(
    request: pytest.FixtureRequest, databases: Databases, engine: Engine, worker_id: str
) -> AsyncIterator[Service]:
    """Serve with a ring of all algorithms, of which one is active."""
    kid: str = request.param
    async with run_service(databases, engine, f"keys_{kid}_{worker_id}", jwt_keys=RING, jwt_active_kid=kid) as running:
        yield running


async def _key_set(service: Service) -> httpx.Response:
    async with open_browser(service.url) as client:
        return await client.get("/.well-known/jwks.json")


async def _token(service: Service) -> str:
    accounts = Accounts(service)
    person = await accounts.make()
    await accounts.close()
    return person.access_token


async def test_the_key_set_holds_the_public_keys_and_no_secret(signing: Service) -> None:
    answer = await _key_set(signing)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/jwk-set+json"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert {(key["kid"], key["alg"], key["kty"], key["use"]) for key in answer.json()["keys"]} == {
        ("ec", "ES256", "EC", "sig"),
        ("ed", "EdDSA", "OKP", "sig"),
    }
    assert all(not set(key) & {"d", "k"} for key in answer.json()["keys"])
    assert JWT_KEY not in answer.text


async def test_another_library_checks_a_token_by_the_key_set(signing: Service) -> None:
    token = await _token(signing)
    kid = signing.settings.jwt_active_kid
    published = KeySet.import_key_set((await _key_set(signing)).json())
    if kid == "hs":
        with pytest.raises((JoseError, ValueError)):
            jwt.decode(token, published, algorithms=["HS256"])
        read = jwt.decode(token, OctKey.import_key(JWT_KEY), algorithms=["HS256"])
    else:
        read = jwt.decode(token, published, algorithms=[RING[kid]["algorithm"]])
    assert read.header == {"alg": RING[kid]["algorithm"], "kid": kid, "typ": "at+jwt"}
    demanded = jwt.JWTClaimsRegistry(
        now=lambda: int(signing.clock.now().timestamp()),
        iss={"essential": True, "value": signing.settings.issuer},
        aud={"essential": True, "value": signing.settings.jwt_audience},
        exp={"essential": True},
        nbf={"essential": True},
    )
    demanded.validate(read.claims)


def _compact(header: dict[str, Any], claims: dict[str, Any], key: Any) -> str:  # noqa: ANN401 - of any kind
    known = jws.JWSRegistry(algorithms=["HS256", "ES256", "EdDSA"], strict_check_header=False)
    return jwt.encode({"typ": "at+jwt", **header}, claims, key, registry=known)


def _with_header(key: str, /, **header: Any) -> Forge:  # noqa: ANN401 - whatever JSON holds
    """Sign a token with our own key, with something wrong in its header."""
    return lambda claims: _compact({"alg": RING[key]["algorithm"], "kid": key, **header}, claims, PRIVATE[key])


def _public_as_secret(kid: str) -> Forge:
    """Sign a token by HMAC with the public key (CVE-2015-9235)."""
    public = PRIVATE[kid].as_pem(private=False)

    def forge(claims: Claims) -> str:
        head, body = (
            base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
            for part in ({"alg": "HS256", "kid": kid, "typ": "at+jwt"}, claims)
        )
        signature = hmac.digest(public, head + b"." + body, "sha256")
        return b".".join((head, body, base64.urlsafe_b64encode(signature).rstrip(b"="))).decode()

    return forge


def _other_key(kid: str, *, brought_along: bool = False) -> Forge:
    """Sign a token with a fresh key under the name of ours, brought along in the token too (CVE-2018-0114)."""
    fresh = ECKey.generate_key("P-256") if kid == "ec" else OKPKey.generate_key("Ed25519")
    header = {"jwk": fresh.as_dict(private=False)} if brought_along else {}
    return lambda claims: _compact({"alg": RING[kid]["algorithm"], "kid": kid, **header}, claims, fresh)


FORGERIES = {
    "HS256 with the public EC key": _public_as_secret("ec"),
    "HS256 with the public Ed25519 key": _public_as_secret("ed"),
    "another EC key": _other_key("ec"),
    "another Ed25519 key": _other_key("ed"),
    "a key of its own in jwk": _other_key("ec", brought_along=True),
    "our key in jwk": _with_header("ed", jwk=PRIVATE["ed"].as_dict(private=False)),
    "the name of another key": _with_header("ec", kid="ed"),
    "the name of the secret": _with_header("ec", kid="hs"),
    "an unknown kid": _with_header("ec", kid="2026"),
    "jku": _with_header("ec", jku="https://evil.test/jwks.json"),
    "x5u": _with_header("ed", x5u="https://evil.test/key.pem"),
    "another typ": _with_header("ed", typ="dpop+jwt"),
}


async def test_a_forgery_is_401_and_our_own_keys_all_verify(signing: Service) -> None:
    token = await _token(signing)
    claims: Claims = json.loads(jws.extract_compact(token.encode()).payload)
    async with signing.client() as client:
        for name, forge in FORGERIES.items():
            answer = await client.get("/auth/me", headers={"Authorization": f"Bearer {forge(claims)}"})
            assert answer.status_code == 401, name
            assert_problem(answer, 401, "invalid-token")
        for kid in PRIVATE:
            # Without what the attacks change, the same tokens pass: nothing else was wrong with them.
            good = _with_header(kid)(claims)
            assert (await client.get("/auth/me", headers={"Authorization": f"Bearer {good}"})).status_code == 200
