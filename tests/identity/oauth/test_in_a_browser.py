"""Sign-in in Chromium, from a front end's page to a certified provider's and back."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.harness.accounts import Accounts
from tests.harness.chromium import Browser, Page
from tests.harness.log_lines import LogLines, log_lines
from tests.harness.oauth_sign_in import query
from tests.identity.oauth.conftest import Street

pytestmark = pytest.mark.browser

_SIGN_IN = "document.getElementById('sign-in').click()"
_LINK = "document.getElementById('standard').click()"
_CONSENT = "document.querySelector('form [type=submit]').click()"
_CANCEL = "document.querySelector('.login-help a').click()"
_SERVICE = "127.0.0.1"


def _give(login: str) -> str:
    fill_in = (
        f"document.querySelector('[name=login]').value = document.querySelector('[name=password]').value = '{login}'"
    )
    return f"{fill_in}; {_CONSENT}"


async def _to_provider(page: Page, street: Street, how: str = _SIGN_IN) -> None:
    await page.visit(street.front_end)
    await page.run("until(() => document.getElementById('told').textContent === 'nobody')")
    await page.leave(how, f"{street.provider.issuer}/interaction/")


async def _to_consent(page: Page, street: Street, login: str) -> None:
    await page.leave(_give(login), f"{street.provider.issuer}/interaction/")


async def _told(page: Page) -> str:
    return str(await page.run("until(() => document.getElementById('told').textContent)"))


async def _signed_in(page: Page, street: Street, login: str) -> None:
    await _to_provider(page, street)
    await _to_consent(page, street, login)
    await page.leave(_CONSENT, f"{street.front_end}/signed-in")
    assert await _told(page) == f"{login}@people.test"


async def _ask(page: Page, method: str, path: str) -> Any:  # noqa: ANN401 - JSON
    return await page.run(f"ask('{method}', '{path}')")


async def _problem(page: Page, address: str = "") -> str:
    """Return the name of the problem that the page there tells a person of, or this page does."""
    if address:
        await page.visit(address)
    return str(await page.run("document.querySelector('main a').pathname")).removeprefix("/problems/")


def _asked(page: Page, address: str) -> str:
    """Return the first address of these that the page was led to."""
    return next(url for url in page.requests if url.startswith(address))


async def test_a_whole_sign_in(browser: Browser, street: Street) -> None:
    with log_lines() as lines:
        await _whole_sign_in(browser, street, lines)


async def _whole_sign_in(browser: Browser, street: Street, lines: LogLines) -> None:
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

        told = query(_asked(page, f"{street.front_end}/signed-in?"))
        assert (sorted(told), told["iss"]) == (["code", "iss", "state"], street.service.settings.issuer)
        assert len((await _ask(page, "GET", "/users/me/sessions"))["body"]["items"]) == 1
        tokens = await page.run("tokens")
        assert [error for error in page.errors if street.provider.issuer not in error] == []

        asked = [(urlsplit(url).path, query(url)) for url in page.requests if url.startswith(street.service.url)]
        written = await lines.up_to('"finishSignIn"')
        secrets = {told["code"], tokens["access_token"], tokens["refresh_token"], kept["sign_in"]["value"]}
        secrets |= {path.rpartition("/")[2] for path, _ in asked if "/start/" in path}
        secrets |= {members["code"] for path, members in asked if "/callback/" in path}
        assert len(secrets) == 6
        assert [secret for secret in secrets if secret in written] == []


async def test_a_link_to_the_authorization_endpoint_is_enough(browser: Browser, street: Street) -> None:
    async with browser.person() as person:
        page = await person.open()
        await _to_provider(page, street, _LINK)
        assert set(await person.cookies(_SERVICE)) == {"sign_in"}
        await _to_consent(page, street, "stella")
        await page.leave(_CONSENT, f"{street.front_end}/signed-in")
        assert await _told(page) == "stella@people.test"
        assert await person.cookies(_SERVICE) == {}


async def test_no_other_browser_finishes_it(browser: Browser, street: Street) -> None:
    async with browser.person() as person, browser.person() as stranger:
        page, elsewhere = await person.open(), await stranger.open()
        await _to_provider(page, street)
        assert await _problem(elsewhere, _asked(page, f"{street.service.url}/api/v1/auth/start/")) == "unknown-flow"
        await _to_consent(page, street, "petra")
        back = await page.leave_and_be_held(_CONSENT, "*/auth/callback/*")
        await elsewhere.leave(f"location.assign({json.dumps(back)})", f"{street.front_end}/signed-in")
        assert await _told(elsewhere) == "not-asked-for"
        assert query(_asked(elsewhere, f"{street.front_end}/signed-in?"))["error_code"] == "unknown-flow"
        await page.let_go(f"{street.front_end}/signed-in")
        assert await _told(page) == "petra@people.test"


async def test_whoever_cancels_is_back_and_hears_why(browser: Browser, street: Street) -> None:
    async with browser.person() as person:
        page = await person.open()
        await _to_provider(page, street)
        await page.leave(_CANCEL, f"{street.front_end}/signed-in")
        assert await _told(page) == "provider-denied"
        told = query(_asked(page, f"{street.front_end}/signed-in?"))
        assert sorted(told) == ["error", "error_code", "error_description", "iss", "state"]
        assert (told["error"], told["iss"]) == ("access_denied", street.service.settings.issuer)
        assert await person.cookies(_SERVICE) == {}


async def test_the_way_back_signs_nobody_in_twice(browser: Browser, street: Street) -> None:
    async with browser.person() as person:
        page = await person.open()
        await _signed_in(page, street, "nora")
        callback = _asked(page, f"{street.service.url}/api/v1/auth/callback/")
        await page.leave("history.back()", street.provider.issuer)
        await page.leave("history.forward()", f"{street.front_end}/signed-in")
        await page.leave(f"location.assign({json.dumps(callback)})", f"{street.front_end}/signed-in")
        assert await _told(page) == "not-asked-for"
        await page.visit(street.front_end)
        assert await _told(page) == "nobody"
        assert len((await _ask(page, "GET", "/users/me/sessions"))["body"]["items"]) == 1


async def test_of_two_tabs_the_newest_sign_in_is_finished(browser: Browser, street: Street) -> None:
    async with browser.person() as person:
        older = await person.open()
        await _to_provider(older, street)
        newer = await person.open()
        await _to_provider(newer, street)
        await older.show()
        await _to_consent(older, street, "tess")
        await older.leave(_CONSENT, f"{street.front_end}/signed-in")
        assert await _told(older) == "unknown-flow"
        assert set(await person.cookies(_SERVICE)) == {"sign_in"}, "the newer one goes on"
        await newer.show()
        # The provider remembers by now that she has consented.
        await newer.leave(_give("tess"), f"{street.front_end}/signed-in")
        assert await _told(newer) == "tess@people.test"


async def test_an_account_is_linked_and_unlinked(browser: Browser, street: Street, neighbours: Accounts) -> None:
    local = await neighbours.make()
    async with browser.person() as person:
        page = await person.open()
        await page.visit(street.front_end)
        await page.run(f"sessionStorage.setItem('token', '{local.access_token}')")
        await page.leave("beginLink()", f"{street.provider.issuer}/interaction/")
        await _to_consent(page, street, "lena")
        await page.leave(_CONSENT, f"{street.front_end}/linked")
        assert await _told(page) == "lena@people.test"
        linked = await page.run("identity")
        assert (await _ask(page, "GET", "/users/me/identities"))["body"]["items"] == [linked]
        assert (await _ask(page, "DELETE", f"/users/me/identities/{linked['id']}"))["status"] == 204
        assert (await _ask(page, "GET", "/users/me/identities"))["body"]["items"] == []


async def test_the_last_way_in_is_not_unlinked(browser: Browser, street: Street) -> None:
    async with browser.person() as person:
        page = await person.open()
        await _signed_in(page, street, "olga")
        only = (await _ask(page, "GET", "/users/me/identities"))["body"]["items"][0]
        refused = await _ask(page, "DELETE", f"/users/me/identities/{only['id']}")
        assert (refused["status"], refused["body"]["type"].rpartition("/")[2]) == (409, "last-way-in")
