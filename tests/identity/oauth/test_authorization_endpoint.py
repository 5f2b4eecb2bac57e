"""Errors of the authorization endpoint (RFC 6749) are returned to the client, or shown if none can be trusted."""

from __future__ import annotations

import httpx
import pytest

from tests.harness.client import assert_problem
from tests.harness.oauth_sign_in import query, signing_in
from tests.harness.openid import Person
from tests.harness.service import Service
from tests.harness.settings import CLIENT, REDIRECT_URI

_PATH = "/auth/authorize"


async def test_it_begins_and_starts_at_once(service: Service) -> None:
    async with signing_in(service, "work") as sign_in:
        answer = await sign_in.authorize()
        assert answer.headers["cache-control"] == "no-store"
        location = sign_in.sent(answer)
        assert location.startswith(service.openid.issuer("work"))
        landed = (await sign_in.callback(await sign_in.at_provider(location, Person()))).headers["location"]
        told = query(landed)
        assert (told["state"], told["iss"]) == (sign_in.state, service.settings.issuer)
        tokens = (await sign_in.token(told["code"])).json()
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert (await sign_in.client.get("/auth/me", headers=headers)).json()["session"]["provider"] == "work"


async def test_a_state_that_was_not_given_does_not_come_back(service: Service) -> None:
    async with signing_in(service) as sign_in:
        location = sign_in.sent(await sign_in.authorize(state=""))
        landed = (await sign_in.callback(await sign_in.at_provider(location, Person()))).headers["location"]
        assert sorted(query(landed)) == ["code", "iss"]
        assert "state" not in query(sign_in.sent(await sign_in.authorize(state="", provider="nobody")))


async def test_unknown_parameters_are_ignored_and_empty_ones_count_as_absent(service: Service) -> None:
    async with signing_in(service) as sign_in:
        asked = {**sign_in.request(), "nonce": "n", "login_hint": "paula", "scope": "", "response_mode": "query"}
        location = sign_in.sent(await sign_in.client.get(_PATH, params=asked))
        assert location.startswith(service.openid.issuer("google"))
        sign_in.client.cookies.clear()
        refused = await sign_in.client.get(_PATH, params={**asked, "response_type": ""})
        assert query(refused.headers["location"])["error_code"] == "response-type-missing"


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"response_type": ""}, "invalid_request", "response-type-missing"),
        ({"response_type": "token"}, "unsupported_response_type", "unsupported-response-type"),
        ({"response_type": "code id_token"}, "unsupported_response_type", "unsupported-response-type"),
        ({"response_mode": "fragment"}, "invalid_request", "unsupported-response-mode"),
        ({"scope": "openid"}, "invalid_scope", "unknown-scope"),
        ({"code_challenge": ""}, "invalid_request", "pkce-required"),
        ({"code_challenge": "short"}, "invalid_request", "pkce-required"),
        ({"code_challenge": "=" * 43}, "invalid_request", "pkce-required"),
        ({"code_challenge_method": ""}, "invalid_request", "pkce-required"),
        ({"code_challenge_method": "plain"}, "invalid_request", "pkce-required"),
        ({"provider": ""}, "invalid_request", "unknown-provider"),
        ({"provider": "nobody"}, "invalid_request", "unknown-provider"),
        ({"provider": "local"}, "invalid_request", "unknown-provider"),
    ],
)
async def test_the_client_hears_what_is_wrong(service: Service, changes: dict[str, str], error: str, code: str) -> None:
    async with signing_in(service) as sign_in:
        answer = await sign_in.authorize(**changes)
    assert answer.status_code == 303, answer.text
    assert "set-cookie" not in answer.headers
    landed = answer.headers["location"]
    assert landed.startswith(f"{REDIRECT_URI}?"), landed
    told = query(landed)
    assert set(told) == {"error", "error_description", "error_code", "state", "iss"}
    assert (told["error"], told["error_code"]) == (error, code)
    assert (told["state"], told["iss"]) == (sign_in.state, service.settings.issuer)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "other"},
        {"redirect_uri": f"{REDIRECT_URI}/"},
        {"redirect_uri": f"{REDIRECT_URI}?next=1"},
        {"redirect_uri": "https://evil.test/signed-in"},
        {"redirect_uri": f"{REDIRECT_URI}@evil.test"},
        {"redirect_uri": REDIRECT_URI.upper()},
    ],
)
@pytest.mark.parametrize("response_type", ["code", "token"])
async def test_nobody_is_sent_to_an_address_that_is_not_registered(
    service: Service, changes: dict[str, str], response_type: str
) -> None:
    async with signing_in(service) as sign_in:
        answer = await sign_in.authorize(**changes, response_type=response_type)
    assert_problem(answer, 422, "unknown-client")
    assert {"location", "set-cookie"}.isdisjoint(answer.headers)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_without_an_address_there_is_nobody_to_tell(service: Service, name: str) -> None:
    async with signing_in(service) as sign_in:
        missing = await sign_in.authorize(**{name: ""})
        assert [error["parameter"] for error in missing.json()["errors"]] == [name]
        twice = httpx.QueryParams(sign_in.request()).add(name, CLIENT)
        repeated = await sign_in.client.get(_PATH, params=twice)
    for answer in (missing, repeated):
        assert_problem(answer, 422, "validation-failed")
        assert {"location", "set-cookie"}.isdisjoint(answer.headers)
