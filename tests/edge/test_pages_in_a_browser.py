"""Pages in a browser: Swagger UI signs in and calls, mailed links work, and no policy is violated."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, Route, expect

from impl.identity.capabilities.mails.service import MAILED_PATHS
from impl.marketplace.capabilities.notice_mails.service import UNSUBSCRIBE_PAGE
from tests.harness.accounts import Accounts, unique
from tests.harness.pages import AT_REST, Events, person
from tests.harness.service import Service

pytestmark = pytest.mark.browser

_OPERATION = "#operations-sessions-getCurrentSession"


async def _sent(page: Page, text: str) -> str:
    """Fill the form of a mailed link and return what the page says then."""
    if text:
        await page.fill("#answer", text)
    status = page.locator("#status")
    await status.evaluate("(status) => { status.textContent = ''; }")
    await page.click("#form button")
    await expect(status).not_to_be_empty()
    return str(await status.text_content())


async def test_the_docs_page_signs_in_and_calls_the_service(
    page: Page, events: Events, service: Service, accounts: Accounts
) -> None:
    homeowner = await accounts.homeowner()
    await page.goto(f"{service.url}/docs")

    await page.click("button.authorize")
    await page.fill("#oauth_username", homeowner.email)
    await page.fill("#oauth_password", homeowner.password)
    await page.click(".auth-container:has(#oauth_username) button.authorize")
    await page.locator(".auth-container").get_by_text("Logout", exact=True).wait_for()
    await page.click("button.close-modal")

    await page.click("#operations-tag-sessions")
    await page.click(f"{_OPERATION} .opblock-summary-control")
    await page.locator(f"{_OPERATION} button.execute").wait_for()
    # Swagger UI shows the button while it still resolves the operation, and loses an Execute that comes before the end.
    await page.evaluate(AT_REST)
    await page.click(f"{_OPERATION} button.execute")
    body = await page.locator(f"{_OPERATION} .live-responses-table .microlight").first.text_content()
    assert json.loads(str(body))["account"]["email"] == homeowner.email
    assert events.errors == []
    assert events.strangers(service.url) == []


async def test_a_mailed_link_verifies_an_address(page: Page, service: Service, accounts: Accounts) -> None:
    newcomer = await accounts.register()
    mail = await service.inbox.wait_for(newcomer.email)
    await page.goto(f"{service.url}/verify-email#{mail.token}")
    assert await page.evaluate("location.hash") == ""
    assert "verified" not in await _sent(page, "Another-Password-77")
    assert await _sent(page, newcomer.password) == "The address is verified. You can sign in now."
    await accounts.login(newcomer)
    assert (await newcomer.client.get("/users/me")).json()["state"] == "ACTIVE"


async def test_a_mailed_link_resets_a_password(page: Page, service: Service, accounts: Accounts) -> None:
    forgetful = await accounts.make()
    await forgetful.client.post("/auth/reset-password", json={"email": forgetful.email})
    mail = await service.inbox.wait_for(forgetful.email, "reset")
    await page.goto(f"{service.url}/reset-password#{mail.token}")
    refused = await _sent(page, "password1")
    assert "\n" in refused, "each reason has a line of its own"
    assert await _sent(page, "Birch-Window-77") == "The password is changed. You can sign in with it now."
    forgetful.password = "Birch-Window-77"
    await accounts.login(forgetful)


async def test_a_mailed_link_confirms_another_address(page: Page, service: Service, accounts: Accounts) -> None:
    mover = await accounts.make()
    moved = f"{unique('moved')}@example.test"
    body = {"new_email": moved, "current_password": mover.password}
    assert (await mover.client.post("/users/me/email", json=body)).status_code == 202
    mail = await service.inbox.wait_for(moved, "confirm")
    await page.goto(f"{service.url}/confirm-email#{mail.token}")
    assert await page.evaluate("location.hash") == ""
    assert "new address" not in await _sent(page, "Another-Password-77")
    assert await _sent(page, mover.password) == "The account has its new address. You can sign in with it now."
    mover.email = moved
    await accounts.login(mover)


async def test_a_mailed_link_restores_an_account(page: Page, service: Service, accounts: Accounts) -> None:
    leaver = await accounts.make()
    body = {"current_password": leaver.password}
    assert (await leaver.client.request("DELETE", "/users/me", json=body)).status_code == 204
    mail = await service.inbox.wait_for(leaver.email, "closed")
    await page.goto(f"{service.url}/restore-account#{mail.token}")
    await expect(page.locator("#question")).to_be_hidden()
    assert await _sent(page, "") == "The account is open again. You can sign in now."
    await accounts.login(leaver)


async def test_a_mailed_link_ends_the_mails_of_a_search(page: Page, service: Service, accounts: Accounts) -> None:
    reader = await accounts.make()
    search = {"name": "Taps", "filters": {"q": "tap"}, "frequency": "DAILY"}
    made = (await reader.client.post("/homeowners/saved-searches", json=search)).json()
    token = service.services.marketplace.saved_searches.token_of(UUID(made["id"]))
    await page.goto(f"{service.url}/unsubscribe#{token}")
    path = f"/homeowners/saved-searches/{made['id']}"
    assert (await reader.client.get(path)).json()["frequency"] == "DAILY", "to open the page ends nothing"
    assert "No more such mails" in await _sent(page, "")
    assert (await reader.client.get(path)).json()["frequency"] == "NEVER"


async def test_whoever_forgot_a_password_gets_a_link(
    page: Page, events: Events, service: Service, accounts: Accounts
) -> None:
    forgetful = await accounts.make()
    await page.goto(f"{service.url}/forgot-password")
    assert await _sent(page, forgetful.email) == "If this address has an account, a link is on its way."
    await service.inbox.wait_for(forgetful.email, "reset")
    assert events.errors == []


@pytest.mark.parametrize("path", [*MAILED_PATHS, UNSUBSCRIBE_PAGE])
async def test_every_mailed_path_has_its_page(page: Page, events: Events, service: Service, path: str) -> None:
    await page.goto(f"{service.url}{path}#a-token")
    assert "needs JavaScript" not in str(await page.text_content("#purpose"))
    await expect(page.locator("#form")).to_be_visible()
    assert events.errors == []


async def test_a_link_without_its_token_says_so(page: Page, service: Service) -> None:
    await page.goto(f"{service.url}/verify-email")
    assert "token is missing" in str(await page.text_content("#purpose"))
    await expect(page.locator("#form")).to_be_hidden()


async def test_a_page_that_breaks_its_policy_is_noticed(chromium: Browser) -> None:
    async def answer(route: Route) -> None:
        policy = {"Content-Security-Policy": "default-src https:"}
        picture = '<img src="https://elsewhere.test/picture.png">'
        await route.fulfill(content_type="text/html", body=f"<script>x</script>{picture}", headers=policy)

    async with person(chromium) as visitor:
        await visitor.context.route("**/*", answer)
        page = await visitor.open()
        await page.goto("https://here.test/")
        await page.evaluate(AT_REST)
        assert visitor.events.violations == ["script-src-elem inline"]
        assert len(visitor.events.errors) == 1
        assert visitor.events.strangers("https://here.test") == ["https://elsewhere.test/picture.png"]
