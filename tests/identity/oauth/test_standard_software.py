"""Sign-in works with independent software on both sides: a provider of PyPI, and an OAuth library as the client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from secrets import token_urlsafe
from typing import Any

import httpx
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from oidc_provider_mock import User, run_server_in_thread

from tests.harness.client import assert_problem, open_browser
from tests.harness.databases import Databases, Engine
from tests.harness.oauth_sign_in import SignIn, signing_in
from tests.harness.service import Service, run_service
from tests.harness.settings import CLIENT, REDIRECT_URI

_WHO = User(sub="paula", claims={"email": "paula@example.test", "email_verified": True, "name": "Paula"})
# RFC 8414, section 2, RFC 9207, section 3.
_REQUIRED = {"issuer", "authorization_endpoint", "token_endpoint", "response_types_supported"}
_REGISTERED = _REQUIRED | {
    "jwks_uri",
    "registration_endpoint",
    "scopes_supported",
    "response_modes_supported",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "service_documentation",
    "ui_locales_supported",
    "op_policy_uri",
    "op_tos_uri",
    "revocation_endpoint",
    "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "code_challenge_methods_supported",
    "authorization_response_iss_parameter_supported",
}


@pytest.fixture(scope="module")
async def fresh_service(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Start the service with one identity provider, which is a foreign program."""
    with run_server_in_thread(user_claims=[_WHO]) as server:
        issuer = f"http://localhost:{server.server_port}"
        provider = {"issuer": issuer, "client_id": "hestami", "client_secret": "Gx2-41d7"}
        name = f"standard_{worker_id}"
        async with run_service(databases, engine, name, oauth_providers={"google": provider}) as running:
            yield running


@pytest.fixture
async def web(fresh_service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client without validation that keeps cookies, as a browser does, and follows no redirect."""
    async with open_browser(fresh_service.url) as opened:
        yield opened


@pytest.fixture
async def metadata(web: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await web.get("/.well-known/oauth-authorization-server")).json()
    return found


def _library() -> AsyncOAuth2Client:
    return AsyncOAuth2Client(
        CLIENT,
        redirect_uri=REDIRECT_URI,
        token_endpoint_auth_method="none",
        revocation_endpoint_auth_method="none",
        code_challenge_method="S256",
        trust_env=False,
    )


async def _at_provider(location: str) -> str:
    async with open_browser() as browser:
        back = await browser.post(location, data={"sub": "paula"})
    return back.headers["location"]


async def test_the_metadata_are_as_rfc_8414_has_them(
    fresh_service: Service, web: httpx.AsyncClient, metadata: dict[str, Any]
) -> None:
    answer = await web.get("/.well-known/oauth-authorization-server")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert metadata["issuer"] == fresh_service.settings.issuer
    assert set(metadata) >= _REQUIRED
    assert set(metadata) <= _REGISTERED
    for name, value in metadata.items():
        if name.endswith("_supported") and name != "authorization_response_iss_parameter_supported":
            assert value, f"section 3.2: {name} has no elements and is there"
            assert all(isinstance(one, str) for one in value)
        if name.endswith("_endpoint"):
            assert value.startswith(f"{metadata['issuer']}/")
            asked = await web.get(value, headers={"Accept": "application/json"})
            assert asked.status_code != 404, f"{name} is not there"
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["response_modes_supported"] == ["query"]
    assert metadata["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["token_endpoint_auth_methods_supported"] == ["none"]
    assert metadata["authorization_response_iss_parameter_supported"] is True


async def test_a_library_signs_in_from_the_metadata_alone(web: httpx.AsyncClient, metadata: dict[str, Any]) -> None:
    verifier = token_urlsafe(48)
    async with _library() as library:
        address, state = library.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
        sent = await web.get(address)
        assert (sent.status_code, list(web.cookies)) == (303, ["sign_in"]), sent.text
        landed = await web.get(await _at_provider(sent.headers["location"]))
        assert (landed.status_code, list(web.cookies)) == (303, []), landed.text
        token = await library.fetch_token(
            metadata["token_endpoint"],
            authorization_response=landed.headers["location"],
            code_verifier=verifier,
            state=state,
        )
        assert (token["token_type"], token["expires_in"]) == ("Bearer", 1800)
        me = (await library.get(f"{metadata['issuer']}/api/v1/users/me")).json()
        assert (me["email"], me["state"], me["full_name"]) == ("paula@example.test", "ACTIVE", "Paula")


async def test_a_library_goes_on_from_the_code(
    fresh_service: Service, web: httpx.AsyncClient, metadata: dict[str, Any]
) -> None:
    async with signing_in(fresh_service) as sign_in, _library() as library:
        landed = await _landed(sign_in)
        first = await library.fetch_token(
            metadata["token_endpoint"],
            authorization_response=landed,
            code_verifier=sign_in.verifier,
            state=sign_in.state,
        )
        second = await library.refresh_token(metadata["token_endpoint"])
        assert second["refresh_token"] != first["refresh_token"]
        revoked = await library.revoke_token(
            metadata["revocation_endpoint"], token=second["refresh_token"], token_type_hint="refresh_token"
        )
        assert revoked.status_code == 200
        again = await web.get("/api/v1/users/me", headers={"Authorization": f"Bearer {second['access_token']}"})
        assert_problem(again, 401, "invalid-token")


async def _landed(sign_in: SignIn) -> str:
    location = await sign_in.start(await sign_in.begin())
    answer = await sign_in.callback(await _at_provider(location))
    assert answer.headers["location"].startswith(f"{REDIRECT_URI}?"), answer.text
    return answer.headers["location"]
