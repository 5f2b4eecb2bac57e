"""Software that others wrote on both sides: a provider of PyPI in front of us, an OAuth library as our client."""

from __future__ import annotations

import httpx
from authlib.integrations.httpx_client import AsyncOAuth2Client
from oidc_provider_mock import User, run_server_in_thread

from tests.harness.databases import Databases
from tests.harness.service import run_service
from tests.harness.settings import CLIENT, REDIRECT_URI
from tests.harness.signing_in import SignIn

_WHO = User(sub="paula", claims={"email": "paula@example.test", "email_verified": True, "name": "Paula"})


async def test_a_whole_sign_in_with_the_software_of_others(databases: Databases, worker_id: str) -> None:
    with run_server_in_thread(user_claims=[_WHO]) as server:
        issuer = f"http://localhost:{server.server_port}"
        provider = {"issuer": issuer, "client_id": "hestami", "client_secret": "Gx2-41d7"}
        name = f"standard_{worker_id}"
        async with (
            run_service(databases, "sqlite", name, oauth_providers={"google": provider}) as service,
            service.client() as client,
            httpx.AsyncClient(base_url=service.url, trust_env=False) as plain,
        ):
            metadata = (await plain.get("/.well-known/oauth-authorization-server")).json()
            assert metadata["issuer"] == service.settings.issuer
            sign_in = SignIn(service, client)
            location = await sign_in.start(await sign_in.begin())
            async with httpx.AsyncClient(trust_env=False) as browser:
                back = await browser.post(location, data={"sub": "paula"})
            landed = (await sign_in.callback(back.headers["location"])).headers["location"]
            assert landed.startswith(REDIRECT_URI), landed
            async with AsyncOAuth2Client(
                CLIENT,
                redirect_uri=REDIRECT_URI,
                token_endpoint_auth_method="none",
                revocation_endpoint_auth_method="none",
                code_challenge_method="S256",
                trust_env=False,
            ) as library:
                first = await library.fetch_token(
                    metadata["token_endpoint"],
                    authorization_response=landed,
                    code_verifier=sign_in.verifier,
                    state=sign_in.state,
                )
                assert (first["token_type"], first["expires_in"]) == ("Bearer", 1800)
                me = (await library.get(f"{service.url}/api/v1/users/me")).json()
                assert (me["email"], me["state"], me["full_name"]) == ("paula@example.test", "ACTIVE", "Paula")
                second = await library.refresh_token(metadata["token_endpoint"])
                assert second["refresh_token"] != first["refresh_token"]
                revoked = await library.revoke_token(
                    metadata["revocation_endpoint"], token=second["refresh_token"], token_type_hint="refresh_token"
                )
                assert revoked.status_code == 200
                again = await plain.get(
                    "/api/v1/users/me", headers={"Authorization": f"Bearer {second['access_token']}"}
                )
                assert again.status_code == 401
