"""A resource server that knows our address only verifies a token by RFC 9068, with a library's own verifier."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, override

import httpx
import pytest
from authlib.oauth2.rfc6750 import InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.jwk import KeySet

from impl.gateways.signing_keys import new_key
from tests.harness.accounts import Accounts
from tests.harness.patience import PATIENCE
from tests.harness.service import Service, run_service

if TYPE_CHECKING:
    from tests.harness.databases import Databases, Engine

_METADATA = "/.well-known/oauth-authorization-server"


@pytest.fixture(scope="module")
async def signing(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Serve with a key that others can check."""
    ring = {"ec": {"algorithm": "ES256", "key": new_key("ES256")}}
    async with run_service(databases, engine, f"discovery_{worker_id}", jwt_keys=ring, jwt_active_kid="ec") as running:
        yield running


class _Verifier(JWTBearerTokenValidator):  # type: ignore[misc]  # authlib has no types
    """Verifier that knows issuer and audience; the keys come from what the issuer publishes."""

    def __init__(self, issuer: str, audience: str) -> None:
        super().__init__(issuer, audience)
        with httpx.Client(trust_env=False, timeout=PATIENCE) as web:
            self._metadata = web.get(issuer + _METADATA).json()
            self._keys = KeySet.import_key_set(web.get(self._metadata["jwks_uri"]).json())

    @override
    def get_jwks(self) -> KeySet:
        assert self._metadata["issuer"] == self.issuer, "RFC 8414, section 3.3"
        return self._keys


async def test_a_verifier_that_goes_by_discovery_takes_our_tokens_and_no_others(signing: Service) -> None:
    accounts = Accounts(signing)
    person = await accounts.make()
    await accounts.close()
    settings = signing.settings

    verifier = _Verifier(settings.api_url, settings.jwt_audience)
    token: Any = verifier.authenticate_token(person.access_token)
    assert token.header["typ"] == "at+jwt"
    verifier.validate_token(token, [], None)

    elsewhere = _Verifier(settings.api_url, "somebody-else")
    with pytest.raises(InvalidTokenError):
        elsewhere.validate_token(elsewhere.authenticate_token(person.access_token), [], None)
