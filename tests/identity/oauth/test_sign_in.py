"""Sign-in with an identity provider: which account it opens, and what client and owner are told."""

from __future__ import annotations

from datetime import timedelta

import httpx
import jwt
import pytest

from impl.identity.capabilities.external_identities.service import known_address
from tests.harness.accounts import Accounts, unique
from tests.harness.clock import INSTANT, MovableClock
from tests.harness.inbox import Inbox
from tests.harness.oauth_sign_in import SignIn, signing_in
from tests.harness.openid import Person
from tests.harness.service import Service
from tests.harness.settings import CLIENT
from tests.identity.database_inspection import account_row, rows


def _error_of(answer: httpx.Response) -> tuple[str, str, str]:
    landed = httpx.URL(answer.headers["location"]).params
    return landed["error"], landed["error_code"], landed["state"]


def _claims(tokens: dict[str, str]) -> dict[str, object]:
    return jwt.decode(tokens["access_token"], options={"verify_signature": False})


async def test_a_new_person_gets_an_account(service: Service) -> None:
    person = Person(name="  Paula\tP.  ")
    async with signing_in(service) as sign_in:
        tokens = await sign_in.signed_in(person)
        claims = _claims(tokens)
        assert (claims["provider"], claims["new_user"], claims["email"]) == ("google", True, person.email)
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        me = (await sign_in.client.get("/auth/me", headers=headers)).json()
        assert (me["session"]["provider"], me["roles"]) == ("google", ["HOMEOWNER"])
        assert (me["account"]["full_name"], me["account"]["state"]) == ("Paula P.", "ACTIVE")
        assert (await sign_in.client.get("/users/me", headers=headers)).json()["has_password"] is False
        listed = (await sign_in.client.get("/users/me/identities", headers=headers)).json()["items"]
        assert [(one["provider"], one["email"]) for one in listed] == [("google", person.email)]
    async with signing_in(service) as again:
        second = _claims(await again.signed_in(person))
    assert (second["sub"], second["new_user"]) == (claims["sub"], False)


async def test_an_address_that_both_verified_is_one_account(service: Service, accounts: Accounts) -> None:
    known = await accounts.make()
    async with signing_in(service) as sign_in:
        claims = _claims(await sign_in.signed_in(Person(email=known.email.upper())))
    assert claims["email"] == known.email
    await accounts.login(known)


@pytest.mark.both_engines
async def test_an_unverified_address_opens_no_account_and_tells_nothing_of_one(
    service: Service, accounts: Accounts
) -> None:
    known = [(await accounts.make()).email, (await accounts.register()).email]
    nobody = f"{unique()}@example.test"
    told = []
    for email in (*known, nobody):
        async with signing_in(service) as sign_in:
            back = await sign_in.back(Person(email=email, email_verified=False))
            told.append({**back, "state": back["state"] == sign_in.state})
    assert told[0] == told[1] == told[2]
    assert (told[0]["error"], told[0]["error_code"]) == ("access_denied", "email-unverified")
    assert await rows(service, "SELECT id FROM identity.users WHERE email = :email", email=nobody) == []


@pytest.mark.both_engines
async def test_who_registered_the_address_of_another_gains_nothing(
    service: Service, accounts: Accounts, inbox: Inbox
) -> None:
    squatter = await accounts.register()
    link = {"token": (await inbox.wait_for(squatter.email)).token, "password": squatter.password}
    async with signing_in(service) as sign_in:
        tokens = await sign_in.signed_in(Person(email=squatter.email))
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        listed = (await sign_in.client.get("/users/me/identities", headers=headers)).json()["items"]
        assert [one["email"] for one in listed] == [squatter.email]
        assert (await sign_in.client.get("/users/me", headers=headers)).json()["state"] == "ACTIVE"
    sql = "SELECT event FROM operations.audit_events WHERE subject_id = :id AND event = 'account.handed_over'"
    assert len(await rows(service, sql, id=(await account_row(service, squatter.email))["id"])) == 1
    login = {"login": squatter.email, "password": squatter.password}
    assert (await squatter.client.post("/auth/login", json=login)).status_code == 401
    assert (await squatter.client.post("/auth/verify-email", json=link)).status_code == 422


async def test_a_state_is_of_one_browser_and_works_once(service: Service) -> None:
    async with signing_in(service) as mine, signing_in(service) as other:
        back = await mine.at_provider(await mine.start(await mine.begin()), Person())
        await other.start(await other.begin())
        for cookie in ("", other.cookie, f"__Host-{mine.cookie}"):
            refused = await mine.callback(back, cookie=cookie or "theme=dark")
            assert _error_of(refused) == ("access_denied", "unknown-flow", mine.state)
        elsewhere = await mine.callback(back.replace("/google?", "/work?"))
        assert _error_of(elsewhere) == ("access_denied", "unknown-flow", mine.state)
        landed = await mine.callback(back)
        assert landed.status_code == 303
        assert "sign_in=;" in landed.headers["set-cookie"]
        assert _error_of(await mine.callback(back)) == ("access_denied", "unknown-flow", mine.state)


async def test_a_sign_in_waits_ten_minutes(service: Service, clock: MovableClock) -> None:
    async with signing_in(service) as early, signing_in(service) as late:
        with clock.stopped():
            in_time = await early.at_provider(await early.start(await early.begin()), Person())
            start_url = await late.begin()
            back = await late.at_provider(await late.start(start_url), Person())
            clock.advance(timedelta(minutes=10) - INSTANT)
            assert "code=" in (await early.callback(in_time)).headers["location"]
            clock.advance(INSTANT)
            assert (await late.client.get(start_url)).status_code == 404
            assert _error_of(await late.callback(back)) == ("access_denied", "unknown-flow", late.state)


async def test_what_the_operator_did_not_register_is_refused(service: Service) -> None:
    async with signing_in(service) as sign_in:
        body = {"provider": "google", "client": CLIENT, "redirect_uri": "https://app.hestami.test/signed-in"}
        body |= {"state": "s", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}
        for change in ({"client": "other"}, {"redirect_uri": body["redirect_uri"] + "/"}, {"provider": "nobody"}):
            answer = await sign_in.client.post("/auth/authorize", json=body | change)
            assert answer.status_code == 422, answer.text


@pytest.mark.parametrize(
    ("query", "error", "code"),
    [
        ("error=access_denied", "access_denied", "provider-denied"),
        ("error=temporarily_unavailable", "temporarily_unavailable", "provider-unavailable"),
        ("code=made-up", "server_error", "provider-refused"),
        ("code=x&iss=https%3A%2F%2Fevil.test", "server_error", "provider-refused"),
        ("", "server_error", "provider-refused"),
    ],
)
async def test_the_client_hears_why_there_is_no_code(service: Service, query: str, error: str, code: str) -> None:
    async with signing_in(service) as sign_in:
        back = await sign_in.at_provider(await sign_in.start(await sign_in.begin()), Person())
        address = httpx.URL(back)
        answer = await sign_in.callback(f"{str(address).partition('?')[0]}?state={address.params['state']}&{query}")
    assert _error_of(answer) == (error, code, sign_in.state)


async def _token_error(sign_in: SignIn, code: str, **changes: str) -> str:
    answer = await sign_in.token(code, **changes)
    assert (answer.status_code, answer.headers["cache-control"], answer.headers["pragma"]) == (
        400,
        "no-store",
        "no-cache",
    ), answer.text
    return str(answer.json()["error"])


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "v" * 43}, "invalid_grant"),
        ({"redirect_uri": "https://app.hestami.test/elsewhere"}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_client"),
        ({"client_id": ""}, "invalid_request"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "rt_x"}, "invalid_grant"),
    ],
)
async def test_the_token_endpoint_refuses_as_rfc_6749_says(
    service: Service, changes: dict[str, str], error: str
) -> None:
    async with signing_in(service) as sign_in:
        code = (await sign_in.back(Person()))["code"]
        assert await _token_error(sign_in, code, **changes) == error


async def test_a_code_lives_a_minute(service: Service, clock: MovableClock) -> None:
    async with signing_in(service) as sign_in:
        code = (await sign_in.back(Person()))["code"]
        clock.advance(timedelta(seconds=60))
        assert await _token_error(sign_in, code) == "invalid_grant"


async def test_a_replayed_code_ends_what_it_opened(service: Service) -> None:
    async with signing_in(service) as sign_in:
        code = (await sign_in.back(Person()))["code"]
        tokens = (await sign_in.token(code)).json()
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert (await sign_in.client.get("/users/me", headers=headers)).status_code == 200
        assert await _token_error(sign_in, code) == "invalid_grant"
        assert (await sign_in.client.get("/users/me", headers=headers)).status_code == 401


async def test_a_suspended_account_gets_no_code(service: Service, accounts: Accounts) -> None:
    person = Person()
    async with signing_in(service) as sign_in:
        user_id = _claims(await sign_in.signed_in(person))["sub"]
    admin = await accounts.staff()
    assert (await admin.client.get(f"/users/{user_id}")).status_code == 200
    etag = (await admin.client.get(f"/users/{user_id}")).headers["etag"]
    body = {"reason": "He asked for it."}
    done = await admin.client.post(f"/users/{user_id}/suspend", json=body, headers={"If-Match": etag})
    assert done.status_code in {200, 204}, done.text
    async with signing_in(service) as again:
        told = await again.back(person)
    assert (told["error"], told["error_code"]) == ("access_denied", "account-suspended")


def test_an_address_is_known_if_an_account_could_have_it() -> None:
    longest = f"{'a' * 64}@{'b' * 61}.{'c' * 61}.{'d' * 61}.com"
    for email in ("a@b.co", longest):
        assert known_address(email) == email
    for unknown in (None, "", "a@b.c", "a@b.co.", longest.replace("com", "comm")):
        assert known_address(unknown) is None
