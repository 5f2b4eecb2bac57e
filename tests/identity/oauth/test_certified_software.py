"""Sign-in works with the certified provider of npm, and with openid-client of npm as the client."""

from __future__ import annotations

import asyncio
import json
import subprocess
from typing import Any

import pytest

from tests.harness.node import start
from tests.harness.oauth_sign_in import SignIn, query, signing_in
from tests.harness.provider import NAME
from tests.harness.settings import CLIENT, REDIRECT_URI
from tests.identity.oauth.conftest import Street

type Json = dict[str, Any]


async def _back(sign_in: SignIn, street: Street, login: str) -> str:
    """Return where the provider sends the browser of whoever signs in."""
    return await street.provider.visit(await sign_in.start(await sign_in.begin()), login)


async def _heard(client: subprocess.Popen[str]) -> Json:
    assert client.stdout is not None
    line = await asyncio.to_thread(client.stdout.readline)
    if not line:
        raise AssertionError((await asyncio.to_thread(client.communicate))[1])
    return dict(json.loads(line))


async def test_a_client_library_finds_nothing_to_complain_of(street: Street) -> None:
    given = {"issuer": street.service.settings.issuer, "client": CLIENT, "redirectUri": REDIRECT_URI, "provider": NAME}
    client = await asyncio.to_thread(start, "identity/oauth/client.mjs", json.dumps(given))
    async with signing_in(street.service, NAME) as sign_in:
        location = await sign_in.start((await _heard(client))["address"])
        answer = await sign_in.callback(await street.provider.visit(location, "carla"))
    assert client.stdin is not None
    print(answer.headers["location"], file=client.stdin, flush=True)
    first = await _heard(client)
    last = await _heard(client)
    assert (await asyncio.to_thread(client.communicate))[1] == ""
    assert "iss" in first["swapped"]
    assert (first["me"]["email"], first["me"]["full_name"]) == ("carla@people.test", "carla of the provider")
    assert first["tokens"]["refresh_token"] != last["renewed"]["refresh_token"]
    assert (last["revoked"], last["replayed"]) == ("invalid_grant", "invalid_grant")


async def test_new_keys_of_the_provider_need_no_restart_of_ours(street: Street) -> None:
    async with signing_in(street.service, NAME) as sign_in:
        assert "code" in query((await sign_in.callback(await _back(sign_in, street, "kim"))).headers["location"])
    await street.restart_provider()
    async with signing_in(street.service, NAME) as sign_in:
        assert "code" in query((await sign_in.callback(await _back(sign_in, street, "kim"))).headers["location"])


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_provider_that_is_down_is_told_to_the_client(street: Street, when: str) -> None:
    async with signing_in(street.service, "absent" if when == "before" else NAME) as sign_in:
        if when == "before":
            landed = await sign_in.start(await sign_in.begin())
        else:
            back = await _back(sign_in, street, "dora")
            await street.provider.stop()
            try:
                landed = (await sign_in.callback(back)).headers["location"]
            finally:
                await street.restart_provider()
        told = query(landed)
    assert landed.startswith(f"{REDIRECT_URI}?")
    assert (told["error"], told["error_code"]) == ("temporarily_unavailable", "provider-unavailable")
    assert (told["state"], told["iss"]) == (sign_in.state, street.service.settings.issuer)
