"""Pages in a browser: Swagger UI signs in and calls, mailed links work, and no policy is violated."""

from __future__ import annotations

import json

import pytest

from impl.identity.capabilities.mails.service import MAILED_PATHS
from tests.harness.accounts import Accounts, unique
from tests.harness.chromium import Page
from tests.harness.service import Service

pytestmark = pytest.mark.browser

_CLICK = "until(() => document.querySelector({selector})).then((found) => found.click())"


async def _click(page: Page, selector: str) -> None:
    await page.run(_CLICK.format(selector=json.dumps(selector)))


async def _type(page: Page, selector: str, text: str) -> None:
    await page.run(
        f"until(() => document.querySelector({json.dumps(selector)})).then((field) => type(field, {json.dumps(text)}))"
    )


async def _sent(page: Page, text: str) -> str:
    """Fill the form of a mailed link and return what the page says then."""
    if text:
        await _type(page, "#answer", text)
    await page.run('document.getElementById("status").textContent = ""')
    await _click(page, "#form button")
    said = await page.run('until(() => document.getElementById("status").textContent)')
    return str(said)


async def test_the_docs_page_signs_in_and_calls_the_service(page: Page, service: Service, accounts: Accounts) -> None:
    homeowner = await accounts.homeowner()
    await page.visit(f"{service.url}/docs")
    await page.run("until(() => document.querySelectorAll('.opblock').length > 30)")

    await _click(page, "button.authorize")
    await _type(page, "#oauth_username", homeowner.email)
    await _type(page, "#oauth_password", homeowner.password)
    await _click(page, ".auth-container:has(#oauth_username) button.authorize")
    await page.run("until(() => [...document.querySelectorAll('button')].some((b) => b.textContent === 'Logout'))")
    await _click(page, "button.close-modal")

    await _click(page, "#operations-sessions-getCurrentSession .opblock-summary-control")
    await page.run(
        "until(() => document.querySelector('#operations-sessions-getCurrentSession button.execute') !== null)"
    )
    # Swagger UI shows the button while it still resolves the operation, and loses an Execute that comes before the end.
    await page.run("rest()")
    await _click(page, "#operations-sessions-getCurrentSession button.execute")
    answer = "#operations-sessions-getCurrentSession .live-responses-table .microlight"
    body = await page.run(f"until(() => document.querySelector('{answer}')).then((found) => found.textContent)")
    assert json.loads(body)["account"]["email"] == homeowner.email
    assert page.errors == []
    assert page.strangers(service.url) == []


async def test_a_mailed_link_verifies_an_address(page: Page, service: Service, accounts: Accounts) -> None:
    newcomer = await accounts.register()
    mail = await service.inbox.wait_for(newcomer.email)
    await page.visit(f"{service.url}/verify-email#{mail.token}")
    assert await page.run("location.hash") == ""
    assert "verified" not in await _sent(page, "Another-Password-77")
    assert await _sent(page, newcomer.password) == "The address is verified. You can sign in now."
    await accounts.login(newcomer)
    assert (await newcomer.client.get("/users/me")).json()["state"] == "ACTIVE"


async def test_a_mailed_link_resets_a_password(page: Page, service: Service, accounts: Accounts) -> None:
    forgetful = await accounts.make()
    await forgetful.client.post("/auth/reset-password", json={"email": forgetful.email})
    mail = await service.inbox.wait_for(forgetful.email, "reset")
    await page.visit(f"{service.url}/reset-password#{mail.token}")
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
    await page.visit(f"{service.url}/confirm-email#{mail.token}")
    assert await page.run("location.hash") == ""
    assert "new address" not in await _sent(page, "Another-Password-77")
    assert await _sent(page, mover.password) == "The account has its new address. You can sign in with it now."
    mover.email = moved
    await accounts.login(mover)


async def test_a_mailed_link_restores_an_account(page: Page, service: Service, accounts: Accounts) -> None:
    leaver = await accounts.make()
    body = {"current_password": leaver.password}
    assert (await leaver.client.request("DELETE", "/users/me", json=body)).status_code == 204
    mail = await service.inbox.wait_for(leaver.email, "closed")
    await page.visit(f"{service.url}/restore-account#{mail.token}")
    assert await page.run("document.getElementById('question').hidden")
    assert await _sent(page, "") == "The account is open again. You can sign in now."
    await accounts.login(leaver)


async def test_whoever_forgot_a_password_gets_a_link(page: Page, service: Service, accounts: Accounts) -> None:
    forgetful = await accounts.make()
    await page.visit(f"{service.url}/forgot-password")
    assert await _sent(page, forgetful.email) == "If this address has an account, a link is on its way."
    await service.inbox.wait_for(forgetful.email, "reset")
    assert page.errors == []


@pytest.mark.parametrize("path", MAILED_PATHS)
async def test_every_mailed_path_has_its_page(page: Page, service: Service, path: str) -> None:
    await page.visit(f"{service.url}{path}#a-token")
    assert "needs JavaScript" not in str(await page.run("document.getElementById('purpose').textContent"))
    assert not await page.run("document.getElementById('form').hidden")
    assert page.errors == []


async def test_a_link_without_its_token_says_so(page: Page, service: Service) -> None:
    await page.visit(f"{service.url}/verify-email")
    assert "token is missing" in str(await page.run("document.getElementById('purpose').textContent"))
    assert await page.run("document.getElementById('form').hidden")
