"""Sign-in in Chromium, from a front end's page to a certified provider's and back."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from tests.harness.accounts import Accounts
from tests.harness.log_lines import LogLines, log_lines
from tests.harness.oauth_sign_in import query
from tests.harness.pages import Person
from tests.identity.oauth.conftest import Street

pytestmark = pytest.mark.browser

_SIGN_IN = "#sign-in"
_LINK = "#standard"
_CANCEL = ".login-help a"
_SERVICE = "127.0.0.1"


async def _to_provider(page: Page, street: Street, how: str = _SIGN_IN) -> None:
    """Begin a sign-in and wait for the provider's form."""
    await page.goto(street.front_end)
    await expect(page.locator("#told")).to_have_text("nobody")
    await page.click(how)
    await page.locator("[name=login]").wait_for()
    assert page.url.startswith(f"{street.provider.issuer}/interaction/")


async def _give(page: Page, login: str) -> None:
    await page.fill("[name=login]", login)
    await page.fill("[name=password]", login)
    await page.get_by_role("button", name="Sign-in").click()


async def _to_consent(page: Page, login: str) -> None:
    await _give(page, login)
    await page.get_by_role("button", name="Continue").wait_for()


async def _consent(page: Page) -> None:
    await page.get_by_role("button", name="Continue").click()


async def _message(page: Page, street: Street, path: str = "/signed-in") -> str:
    """Return what the front end says when the browser is back at it."""
    await page.wait_for_url(lambda url: url.startswith(f"{street.front_end}{path}"))
    message = page.locator("#told")
    await expect(message).not_to_be_empty()
    return str(await message.text_content())


async def _signed_in(page: Page, street: Street, login: str) -> None:
    await _to_provider(page, street)
    await _to_consent(page, login)
    await _consent(page)
    assert await _message(page, street) == f"{login}@people.test"


async def _ask(page: Page, method: str, path: str) -> Any:  # noqa: ANN401 - JSON
    return await page.evaluate("([method, path]) => ask(method, path)", [method, path])


async def _problem(page: Page, address: str) -> str:
    """Return the name of the problem that the page there tells a person of."""
    await page.goto(address)
    return str(await page.evaluate("document.querySelector('main a').pathname")).removeprefix("/problems/")


async def test_a_whole_sign_in(visitor: Person, street: Street) -> None:
    with log_lines() as lines:
        await _whole_sign_in(visitor, street, lines)


async def _whole_sign_in(visitor: Person, street: Street, lines: LogLines) -> None:
    page, events = await visitor.open(), visitor.events
    await _to_provider(page, street)
    kept = await visitor.cookies(_SERVICE)
    assert {name: (one["httpOnly"], one["sameSite"], one["path"]) for name, one in kept.items()} == {
        "sign_in": (True, "Lax", "/")
    }
    assert await page.title() == "Sign-in"
    await _to_consent(page, "paula")
    await _consent(page)
    assert await _message(page, street) == "paula@people.test"
    assert page.url == f"{street.front_end}/signed-in", "no code stays in the address bar"
    assert await visitor.cookies(_SERVICE) == {}

    answer = query(events.first_request(f"{street.front_end}/signed-in?"))
    assert (sorted(answer), answer["iss"]) == (["code", "iss", "state"], street.service.settings.issuer)
    assert len((await _ask(page, "GET", "/users/me/sessions"))["body"]["items"]) == 1
    tokens = await page.evaluate("tokens")
    assert [error for error in events.errors if street.provider.issuer not in error] == []

    asked = [(urlsplit(url).path, query(url)) for url in events.requests if url.startswith(street.service.url)]
    written = await lines.up_to('"finishSignIn"')
    secrets = {answer["code"], tokens["access_token"], tokens["refresh_token"], kept["sign_in"]["value"]}
    secrets |= {path.rpartition("/")[2] for path, _ in asked if "/start/" in path}
    secrets |= {members["code"] for path, members in asked if "/callback/" in path}
    assert len(secrets) == 6
    assert [secret for secret in secrets if str(secret) in written] == []


async def test_a_link_to_the_authorization_endpoint_is_enough(visitor: Person, street: Street) -> None:
    page = await visitor.open()
    await _to_provider(page, street, _LINK)
    assert set(await visitor.cookies(_SERVICE)) == {"sign_in"}
    await _to_consent(page, "stella")
    await _consent(page)
    assert await _message(page, street) == "stella@people.test"
    assert await visitor.cookies(_SERVICE) == {}


async def test_no_other_browser_finishes_it(visitor: Person, stranger: Person, street: Street) -> None:
    page, elsewhere = await visitor.open(), await stranger.open()
    await _to_provider(page, street)
    start = visitor.events.first_request(f"{street.service.url}/api/v1/auth/start/")
    assert await _problem(elsewhere, start) == "unknown-flow"
    await _to_consent(page, "petra")

    # Routes of Playwright do not see where a redirect leads to.
    network = await visitor.context.new_cdp_session(page)
    held: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    network.on("Fetch.requestPaused", lambda event: held.set_result(event["request"]["url"]))
    await network.send("Fetch.enable", {"patterns": [{"urlPattern": "*/auth/callback/*"}]})
    await page.evaluate("document.querySelector('form [type=submit]').click()")
    await elsewhere.goto(await held)
    assert await _message(elsewhere, street) == "not-asked-for"
    answer = query(stranger.events.first_request(f"{street.front_end}/signed-in?"))
    assert answer["error_code"] == "unknown-flow"

    await network.send("Fetch.disable")
    assert await _message(page, street) == "petra@people.test"


async def test_cancelling_at_the_provider_returns_with_an_error(visitor: Person, street: Street) -> None:
    page = await visitor.open()
    await _to_provider(page, street)
    await page.click(_CANCEL)
    assert await _message(page, street) == "provider-denied"
    answer = query(visitor.events.first_request(f"{street.front_end}/signed-in?"))
    assert sorted(answer) == ["error", "error_code", "error_description", "iss", "state"]
    assert (answer["error"], answer["iss"]) == ("access_denied", street.service.settings.issuer)
    assert await visitor.cookies(_SERVICE) == {}


async def test_the_way_back_signs_nobody_in_twice(visitor: Person, street: Street) -> None:
    page = await visitor.open()
    await _signed_in(page, street, "nora")
    await page.go_back()
    assert page.url.startswith(street.provider.issuer)
    await page.go_forward()
    await page.goto(visitor.events.first_request(f"{street.service.url}/api/v1/auth/callback/"))
    assert await _message(page, street) == "not-asked-for"
    await page.goto(street.front_end)
    assert await _message(page, street, "") == "nobody"
    assert len((await _ask(page, "GET", "/users/me/sessions"))["body"]["items"]) == 1


async def test_of_two_tabs_the_newest_sign_in_is_finished(visitor: Person, street: Street) -> None:
    older = await visitor.open()
    await _to_provider(older, street)
    newer = await visitor.open()
    await _to_provider(newer, street)
    await _to_consent(older, "tess")
    await _consent(older)
    assert await _message(older, street) == "unknown-flow"
    assert set(await visitor.cookies(_SERVICE)) == {"sign_in"}, "the newer one goes on"
    # The provider remembers by now that she has consented.
    await _give(newer, "tess")
    assert await _message(newer, street) == "tess@people.test"


async def test_an_account_is_linked_and_unlinked(visitor: Person, street: Street, neighbours: Accounts) -> None:
    local = await neighbours.make()
    page = await visitor.open()
    await page.goto(street.front_end)
    await page.evaluate("(token) => sessionStorage.setItem('token', token)", local.access_token)
    await page.evaluate("void beginLink()")
    await _to_consent(page, "lena")
    await _consent(page)
    assert await _message(page, street, "/linked") == "lena@people.test"
    linked = await page.evaluate("identity")
    assert (await _ask(page, "GET", "/users/me/identities"))["body"]["items"] == [linked]
    assert (await _ask(page, "DELETE", f"/users/me/identities/{linked['id']}"))["status"] == 204
    assert (await _ask(page, "GET", "/users/me/identities"))["body"]["items"] == []


async def test_the_last_way_in_is_not_unlinked(visitor: Person, street: Street) -> None:
    page = await visitor.open()
    await _signed_in(page, street, "olga")
    only = (await _ask(page, "GET", "/users/me/identities"))["body"]["items"][0]
    refused = await _ask(page, "DELETE", f"/users/me/identities/{only['id']}")
    assert (refused["status"], refused["body"]["type"].rpartition("/")[2]) == (409, "last-way-in")
