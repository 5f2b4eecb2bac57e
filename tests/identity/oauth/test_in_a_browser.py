"""Signing in as people do it: in Chromium, from a front end's page to a certified provider's and back."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import urlsplit

import pytest

from impl.edge.logs import JsonLines
from tests.harness.chromium import Browser, Page
from tests.harness.signing_in import query
from tests.identity.oauth.conftest import Street

pytestmark = pytest.mark.browser

_SIGN_IN = "document.getElementById('sign-in').click()"
_CONSENT = "document.querySelector('form [type=submit]').click()"
_CANCEL = "document.querySelector('.login-help a').click()"
_SERVICE = "127.0.0.1"


def _give(login: str) -> str:
    fill_in = (
        f"document.querySelector('[name=login]').value = document.querySelector('[name=password]').value = '{login}'"
    )
    return f"{fill_in}; {_CONSENT}"


async def _to_provider(page: Page, street: Street) -> None:
    await page.visit(street.front_end)
    await page.run("until(() => document.getElementById('told').textContent === 'nobody')")
    await page.leave(_SIGN_IN, f"{street.provider.issuer}/interaction/")


async def _to_consent(page: Page, street: Street, login: str) -> None:
    await page.leave(_give(login), f"{street.provider.issuer}/interaction/")


async def _told(page: Page) -> str:
    return str(await page.run("until(() => document.getElementById('told').textContent)"))


async def _signed_in(page: Page, street: Street, login: str) -> None:
    await _to_provider(page, street)
    await _to_consent(page, street, login)
    await page.leave(_CONSENT, f"{street.front_end}/signed-in")
    assert await _told(page) == f"{login}@people.test"


async def _ask(page: Page, method: str, path: str, **body: str) -> Any:  # noqa: ANN401 - JSON
    return await page.run(f"ask('{method}', '{path}'{', ' + json.dumps(body) if body else ''})")


async def _problem(page: Page, address: str) -> str:
    """Return the name of the problem that a person is shown there."""
    await page.visit(address)
    shown = json.loads(str(await page.run("document.body.innerText")))
    return str(shown["type"]).rpartition("/")[2]


async def test_a_whole_sign_in(browser: Browser, street: Street, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with browser.person() as person:
        page = await person.open()
        await _to_provider(page, street)
        kept = await person.cookies(_SERVICE)
        assert {name: (one["httpOnly"], one["sameSite"], one["path"]) for name, one in kept.items()} == {
            "sign_in": (True, "Lax", "/")
        }
        assert await page.run("document.title") == "Sign-in"
        await _to_consent(page, street, "paula")
        await page.leave(_CONSENT, f"{street.front_end}/signed-in")
        assert await _told(page) == "paula@people.test"
        assert page.url == f"{street.front_end}/signed-in", "no code stays in the address bar"
        assert await person.cookies(_SERVICE) == {}

        landed = next(url for url in page.requests if url.startswith(f"{street.front_end}/signed-in?"))
        told = query(landed)
        assert (sorted(told), told["iss"]) == (["code", "iss", "state"], street.service.settings.issuer)
        assert len((await _ask(page, "GET", "/users/me/sessions"))["body"]["items"]) == 1
        tokens = await page.run("tokens")
        assert [error for error in page.errors if street.provider.issuer not in error] == []

        asked = [(urlsplit(url).path, query(url)) for url in page.requests if url.startswith(street.service.url)]
        written = "\n".join(JsonLines().format(record) for record in caplog.records)
        assert '"finishSignIn"' in written
        secrets = {told["code"], tokens["access_token"], tokens["refresh_token"], kept["sign_in"]["value"]}
        secrets |= {path.rpartition("/")[2] for path, _ in asked if "/start/" in path}
        secrets |= {members["code"] for path, members in asked if "/callback/" in path}
        assert len(secrets) == 6
        assert [secret for secret in secrets if secret in written] == []
