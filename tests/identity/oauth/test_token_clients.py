"""The claim `client_id` of access tokens (RFC 9068, section 2.2), by each way in which they are issued."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import jwt

from tests.harness.accounts import Accounts, unique
from tests.harness.clock import MovableClock
from tests.harness.oauth_sign_in import SignIn, signing_in
from tests.harness.openid import Person
from tests.harness.service import Service
from tests.harness.settings import CLIENT, REDIRECT_URI
from tests.identity.mfa.mfa_flows import enrol, second_step

_OWN = "hestami"


def _client_of(tokens: Mapping[str, str]) -> str:
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    return str(claims["client_id"])


def _answer(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 200, response.text
    return dict(response.json())


async def _refreshed(sign_in: SignIn, tokens: Mapping[str, str]) -> dict[str, str]:
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": CLIENT}
    return _answer(await sign_in.client.post("/auth/token", data=form))


async def _refreshed_as_our_own(client: httpx.AsyncClient, tokens: Mapping[str, str]) -> dict[str, str]:
    return _answer(await client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]}))


async def test_a_token_names_the_client_that_it_was_issued_to(service: Service) -> None:
    async with signing_in(service) as sign_in:
        tokens = await sign_in.signed_in(Person(email=f"{unique('person')}@people.test"))
        assert _client_of(tokens) == CLIENT
        tokens = await _refreshed(sign_in, tokens)
        assert _client_of(tokens) == CLIENT
        tokens = await _refreshed_as_our_own(sign_in.client, tokens)
        assert _client_of(tokens) == CLIENT, "the session stays the client's"


async def test_a_second_factor_between_changes_no_client(
    service: Service, accounts: Accounts, clock: MovableClock
) -> None:
    enrolled = await enrol(await accounts.make(), clock)
    async with signing_in(service) as sign_in:
        code = (await sign_in.back(Person(email=enrolled.account.email)))["code"]
        halfway = (await sign_in.token(code)).json()
        tokens = _answer(await second_step(sign_in.client, halfway["mfa_token"], enrolled.totp()))
        assert _client_of(tokens) == CLIENT
        assert _client_of(await _refreshed(sign_in, tokens)) == CLIENT


async def test_a_password_login_gets_tokens_of_the_own_client(service: Service, accounts: Accounts) -> None:
    account = await accounts.make()
    async with service.client() as client:
        body = {"login": account.email, "password": account.password}
        tokens = _answer(await client.post("/auth/login", json=body))
        assert _client_of(tokens) == _OWN
        assert _client_of(await _refreshed_as_our_own(client, tokens)) == _OWN


async def test_each_part_of_a_grant_is_needed(service: Service) -> None:
    whole = {"redirect_uri": REDIRECT_URI, "code": "c" * 43, "code_verifier": "v" * 43}
    code = {"grant_type": "authorization_code", **whole}
    needed = "code, redirect_uri and code_verifier are needed."
    async with service.client() as client:
        for form, said in (
            *(({key: value for key, value in code.items() if key != name}, needed) for name in whole),
            ({"grant_type": "refresh_token"}, "refresh_token is missing."),
            ({"grant_type": "password"}, "Send authorization_code or refresh_token."),
        ):
            answer = await client.post("/auth/token", data={**form, "client_id": CLIENT})
            assert answer.status_code == 400
            assert said in answer.json()["error_description"], answer.text
