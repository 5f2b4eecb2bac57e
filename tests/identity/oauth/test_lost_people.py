"""A sign-in that cannot be finished ends at its client, or on a page for the person at the browser."""

from __future__ import annotations

import re

import httpx
import pytest
from sqlalchemy import update

from impl.identity.oauth.tables import OAuthFlow
from tests.harness.client import assert_problem
from tests.harness.oauth_sign_in import SignIn, query, signing_in
from tests.harness.openid import Person
from tests.harness.service import Service
from tests.harness.settings import REDIRECT_URI

_CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
_POLICY = re.compile(
    r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; img-src data:; "
    r"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_DEAD_ENDS = {
    "a start that nobody made": (404, "unknown-flow", f"/auth/start/{'x' * 43}"),
    "a way back without a state": (404, "unknown-flow", "/auth/callback/google"),
    "a state that is not ours": (404, "unknown-flow", f"/auth/callback/google?state={'0' * 32}.{'x' * 43}"),
    "a state that is too long": (422, "validation-failed", f"/auth/callback/google?state={'s' * 513}"),
    "a provider that is no name": (422, "validation-failed", "/auth/callback/%3Cb%3EGoogle"),
    "a client that is not there": (422, "unknown-client", "/auth/authorize?client_id=a&redirect_uri=https://b.test/"),
    "no client at all": (422, "validation-failed", "/auth/authorize"),
}


@pytest.mark.parametrize(("status", "slug", "path"), _DEAD_ENDS.values(), ids=_DEAD_ENDS)
async def test_a_person_is_shown_a_page(client: httpx.AsyncClient, status: int, slug: str, path: str) -> None:
    answer = await client.get(path, headers={"Accept": _CHROMIUM})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8"), answer.text
    assert _POLICY.fullmatch(answer.headers["content-security-policy"])
    assert answer.headers["cache-control"] == "no-store"
    assert f'href="/problems/{slug}"' in answer.text
    assert answer.headers["request-id"] in answer.text
    assert not re.search(r"<script|<b>|\sstyle=|\son\w+=|https?:|location", answer.text)


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/html;q=0.5, application/problem+json", "text/*;q=0"]
)
@pytest.mark.parametrize(("status", "slug", "path"), _DEAD_ENDS.values(), ids=_DEAD_ENDS)
async def test_a_program_is_told_the_problem(
    client: httpx.AsyncClient, status: int, slug: str, path: str, accept: str
) -> None:
    assert_problem(await client.get(path, headers={"Accept": accept}), status, slug)


async def _returned(sign_in: SignIn) -> str:
    return await sign_in.at_provider(await sign_in.start(await sign_in.begin()), Person())


async def test_a_lost_sign_in_returns_to_its_client(service: Service) -> None:
    async with signing_in(service) as sign_in:
        back = await _returned(sign_in)
        mine, sign_in.cookie = sign_in.cookie, ""
        lost = await sign_in.callback(back)
        assert lost.status_code == 303
        assert lost.headers["location"].startswith(f"{REDIRECT_URI}?")
        told = query(lost.headers["location"])
        assert sorted(told) == ["error", "error_code", "error_description", "iss", "state"]
        assert (told["error"], told["error_code"]) == ("access_denied", "unknown-flow")
        assert (told["state"], told["iss"]) == (sign_in.state, service.settings.issuer)
        assert "code" in query((await sign_in.callback(back, cookie=mine)).headers["location"]), "nothing was used up"


@pytest.mark.both_engines
@pytest.mark.parametrize(
    "change", [{"redirect_uri": "https://evil.test/"}, {"client_id": "gone"}], ids=["uri", "client"]
)
async def test_a_removed_redirect_uri_gets_no_redirect(service: Service, change: dict[str, str]) -> None:
    async with signing_in(service) as sign_in:
        back = await _returned(sign_in)
        flow = OAuthFlow.client_state == sign_in.state
        async with service.services.database.begin() as tx:
            await tx.execute(update(OAuthFlow).where(flow).values(**change))
        for cookie in ("", sign_in.cookie):
            refused = await sign_in.callback(back, cookie=cookie)
            assert_problem(refused, 404, "unknown-flow")
            assert "location" not in refused.headers
