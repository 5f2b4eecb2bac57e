"""A change by one process counts with the next request at another, and no request asks the database for much."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.harness.processes import Fleet, two_processes
from tests.identity.roles.role_requests import body, define, give, id_of, refused, replace
from tests.marketplace.inquiries.asking import DECLINED, INBOX, INQUIRIES, asker, businesses, question
from tests.marketplace.inquiries.asking import ask as send_inquiry
from tests.marketplace.jobs.working import CANCEL, JOBS, Parties, time_in
from tests.marketplace.payloads import TAPS, Json, ok
from tests.marketplace.photos.successes import picture
from tests.marketplace.quotes.quoting import QUOTES, offer, quoted
from tests.marketplace.reviews.reviewing import BY_OWNER
from tests.marketplace.visits.visiting import VISITS, always_works, free

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness.accounts import Account
    from tests.harness.databases import Databases, Engine

ON_POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
WRONG = "Wrong-Kettle-58"


@pytest.fixture(scope="module")
async def fleet(
    databases: Databases, engine: Engine, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Fleet]:
    """Start the processes once for all that follows."""
    folder: Path = tmp_path_factory.mktemp("fleet")
    async with two_processes(databases, engine, f"fleet_{worker_id}", folder) as both:
        yield both


@pytest.fixture
async def there(fleet: Fleet) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the other process: people's own clients and all changes are the first one's."""
    async with fleet.second.client() as opened:
        yield opened


@pytest.fixture
async def admin(fleet: Fleet) -> Account:
    return await fleet.accounts.staff()


@pytest.fixture
async def owner(fleet: Fleet) -> Account:
    return await fleet.accounts.hire("HOMEOWNER")


def bearer(account: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {account.access_token}"}


async def may(there: httpx.AsyncClient, account: Account) -> set[str]:
    """Return what the other process lets somebody do, which it and their own process must agree about."""
    told = set((await there.get("/auth/me", headers=bearer(account))).json()["permissions"])
    assert told == set((await account.client.get("/auth/me")).json()["permissions"])
    return told


async def test_a_role_that_permits_something_else(fleet: Fleet, there: httpx.AsyncClient, admin: Account) -> None:
    role = await define(admin, "account:read")
    holder = await fleet.accounts.hire(role["name"])
    assert refused(await there.get("/roles", headers=bearer(holder))) == (403, "forbidden")

    assert (await replace(admin, role, "role:read")).status_code == 200
    assert (await there.get("/roles", headers=bearer(holder))).status_code == 200
    assert await may(there, holder) == {"role:read"}
    assert (await replace(admin, role)).status_code == 200
    assert refused(await there.get("/roles", headers=bearer(holder))) == (403, "forbidden")
    assert await may(there, holder) == set()


async def test_a_role_whose_parents_change(fleet: Fleet, there: httpx.AsyncClient, admin: Account) -> None:
    top = await define(admin, "account:read")
    middle = await define(admin, inherits=[top["name"]])
    low = await define(admin, inherits=[middle["name"]])
    holder = await fleet.accounts.hire(low["name"])
    assert await may(there, holder) == {"account:read"}

    assert (await replace(admin, top, "role:read")).status_code == 200
    assert (await there.get("/roles", headers=bearer(holder))).status_code == 200
    assert (await replace(admin, middle, "audit:read")).status_code == 200
    assert refused(await there.get("/roles", headers=bearer(holder))) == (403, "forbidden")
    assert await may(there, holder) == {"audit:read"}


async def test_roles_that_are_given_and_taken(fleet: Fleet, there: httpx.AsyncClient, admin: Account) -> None:
    role, person = await define(admin, "role:read"), await fleet.accounts.hire("HOMEOWNER")
    assert refused(await there.get("/roles", headers=bearer(person))) == (403, "forbidden")
    assert (await give(admin, person, "HOMEOWNER", role["name"])).status_code == 200
    assert (await there.get("/roles", headers=bearer(person))).status_code == 200
    assert (await give(admin, person, "HOMEOWNER")).status_code == 200
    assert refused(await there.get("/roles", headers=bearer(person))) == (403, "forbidden")


async def test_a_role_that_is_removed_and_defined_anew(fleet: Fleet, there: httpx.AsyncClient, admin: Account) -> None:
    role, person = await define(admin, "role:read"), await fleet.accounts.hire("HOMEOWNER")
    await give(admin, person, role["name"])
    assert await may(there, person) == {"role:read"}
    await give(admin, person)
    gone = await there.delete(f"/roles/{role['id']}", headers={**bearer(admin), "If-Match": "*"})
    assert gone.status_code == 204
    assert refused(await give(admin, person, role["name"])) == (422, "unknown-role")

    assert (await there.post("/roles", json=body(name=role["name"]), headers=bearer(admin))).status_code == 201
    assert (await give(admin, person, role["name"])).status_code == 200
    assert await may(there, person) == set()


async def test_suspension(there: httpx.AsyncClient, admin: Account, owner: Account) -> None:
    assert (await there.get("/users/me", headers=bearer(owner))).status_code == 200
    path = f"/users/{await id_of(owner)}"
    assert (await admin.client.post(f"{path}/suspend", json={"reason": "A test."})).status_code == 200
    assert refused(await there.get("/users/me", headers=bearer(owner))) == (401, "invalid-token")
    refresh = await there.post("/auth/refresh", json={"refresh_token": owner.refresh_token})
    assert refused(refresh) == (401, "invalid-refresh-token")
    login = {"login": owner.email, "password": owner.password}
    assert refused(await there.post("/auth/login", json=login)) == (403, "account-suspended")
    assert (await admin.client.post(f"{path}/reactivate")).status_code == 200
    assert (await there.post("/auth/login", json=login)).status_code == 200


type Act = Callable[[Account, Account], Coroutine[Any, Any, httpx.Response]]


async def _logs_out(owner: Account, _admin: Account) -> httpx.Response:
    return await owner.client.post("/auth/logout")


async def _logs_out_everywhere(owner: Account, _admin: Account) -> httpx.Response:
    return await owner.client.post("/auth/logout-all")


async def _closes(owner: Account, _admin: Account) -> httpx.Response:
    return await owner.client.request("DELETE", "/users/me", json={"current_password": owner.password})


async def _is_closed(owner: Account, admin: Account) -> httpx.Response:
    return await admin.client.delete(f"/users/{await id_of(owner)}", headers={"If-Match": "*"})


async def _is_signed_out(owner: Account, admin: Account) -> httpx.Response:
    return await admin.client.delete(f"/users/{await id_of(owner)}/sessions")


@pytest.mark.parametrize("act", [_logs_out, _logs_out_everywhere, _closes, _is_closed, _is_signed_out])
async def test_a_session_that_ends(there: httpx.AsyncClient, admin: Account, owner: Account, act: Act) -> None:
    assert (await there.get("/users/me", headers=bearer(owner))).status_code == 200
    assert (await act(owner, admin)).is_success
    assert refused(await there.get("/users/me", headers=bearer(owner))) == (401, "invalid-token")
    refresh = await there.post("/auth/refresh", json={"refresh_token": owner.refresh_token})
    assert refused(refresh) == (401, "invalid-refresh-token")


async def test_a_changed_password(there: httpx.AsyncClient, owner: Account) -> None:
    login = {"login": owner.email, "password": owner.password}
    other = (await there.post("/auth/login", json=login)).json()
    elsewhere = {"Authorization": f"Bearer {other['access_token']}"}
    change = {"current_password": owner.password, "new_password": "Birch-Window-77"}
    assert (await owner.client.put("/users/me/password", json=change)).status_code == 204
    assert refused(await there.get("/users/me", headers=elsewhere)) == (401, "invalid-token")
    assert (await there.get("/users/me", headers=bearer(owner))).status_code == 200
    assert refused(await there.post("/auth/login", json=login)) == (401, "invalid-credentials")


async def test_one_session_of_several_ended_by_its_owner(there: httpx.AsyncClient, owner: Account) -> None:
    other = (await there.post("/auth/login", json={"login": owner.email, "password": owner.password})).json()
    elsewhere = {"Authorization": f"Bearer {other['access_token']}"}
    assert (await there.get("/users/me", headers=elsewhere)).status_code == 200
    assert (await owner.client.delete(f"/users/me/sessions/{other['session_id']}")).status_code == 204
    assert refused(await there.get("/users/me", headers=elsewhere)) == (401, "invalid-token")
    assert (await there.get("/users/me", headers=bearer(owner))).status_code == 200


# ---- at once, at both


async def test_guesses_at_both_are_one_count(there: httpx.AsyncClient, owner: Account) -> None:
    wrong = {"login": owner.email, "password": WRONG}
    answers = await asyncio.gather(
        *(client.post("/auth/login", json=wrong) for _ in range(10) for client in (there, owner.client))
    )
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15


async def test_one_refresh_token_at_both_has_one_successor(there: httpx.AsyncClient, owner: Account) -> None:
    once = {"refresh_token": owner.refresh_token}
    answers = await asyncio.gather(
        *(client.post("/auth/refresh", json=once) for _ in range(10) for client in (there, owner.client))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


async def test_two_administrators_who_demote_each_other_at_both_leave_one(
    fleet: Fleet, there: httpx.AsyncClient, admin: Account
) -> None:
    """There is a third, so it is not that somebody must be left: the second of them may no longer do it."""
    one, other = await fleet.accounts.hire("STAFF_ADMIN"), await fleet.accounts.hire("STAFF_ADMIN")
    paths = [f"/users/{await id_of(account)}/roles" for account in (other, one)]
    for _ in range(4):
        answers = await asyncio.gather(
            one.client.put(paths[0], json={"roles": ["STAFF_SUPPORT"]}, headers={"If-Match": "*"}),
            there.put(paths[1], json={"roles": ["STAFF_SUPPORT"]}, headers={**bearer(other), "If-Match": "*"}),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 403]
        gone = other if answers[0].status_code == 200 else one
        assert (await give(admin, gone, "STAFF_ADMIN")).status_code == 200


# ---- one read


def queries(said: list[str]) -> list[str]:
    """Leave out what is written down: that staff looked at an account, that somebody was refused."""
    return [text for text in said if text.startswith("SELECT")]


@ON_POSTGRESQL
async def test_permissions_take_no_query_beyond_the_check_of_the_session(
    fleet: Fleet, there: httpx.AsyncClient, admin: Account
) -> None:
    """Counted by the server itself, which writes down every statement that it executes."""
    assert fleet.log is not None
    parent = await define(admin, "account:read")
    child = await define(admin, inherits=[parent["name"]])
    holder, person = await fleet.accounts.hire(child["name"]), await fleet.accounts.hire("HOMEOWNER")
    own = partial(there.get, "/users/me", headers=bearer(holder))
    permitted = partial(there.get, f"/users/{await id_of(person)}", headers=bearer(holder))
    for ask in (own, permitted):
        assert (await ask()).status_code == 200
    # The check of the session has read the caller's own account.
    (check,) = queries(await fleet.log.statements(own))
    assert "FROM identity.sessions" in check
    check, read = queries(await fleet.log.statements(permitted))
    assert ("FROM identity.sessions" in check, "FROM identity.users" in read) == (True, True)

    # The version that the check brings tells that another process has changed a role: the roles are read anew, once.
    assert (await replace(admin, parent, "account:read", "role:read")).status_code == 200
    check, roles, read = queries(await fleet.log.statements(permitted))
    assert "FROM identity.role_permissions" in roles
    assert ("FROM identity.sessions" in check, "FROM identity.users" in read) == (True, True)
    assert len(queries(await fleet.log.statements(permitted))) == 2
    assert len(await fleet.log.statements(own)) == 1, "and nothing is written"


@ON_POSTGRESQL
async def test_a_refusal_reads_no_more_than_the_session(fleet: Fleet, there: httpx.AsyncClient, owner: Account) -> None:
    assert fleet.log is not None
    refusal = partial(there.get, "/roles", headers=bearer(owner))
    assert (await refusal()).status_code == 403
    said = await fleet.log.statements(refusal)
    assert len(queries(said)) == 1
    assert sum("INSERT INTO operations.audit_events" in text for text in said) == 1, "the denial, on record"


# ---- one statement for all that belongs together


def asked(said: list[str]) -> list[str]:
    """Leave out what every request costs: the check of its session, and the ends of its transaction."""
    usual = ("BEGIN", "COMMIT")
    return [text for text in said if not text.startswith(usual) and "FROM identity.sessions" not in text]


@ON_POSTGRESQL
async def test_no_request_about_an_inquiry_takes_more_than_six_statements(fleet: Fleet) -> None:
    assert fleet.log is not None
    owner, home = await asker(fleet.accounts)
    *chosen, (_, later) = await businesses(fleet.accounts, 5)
    (reader, _), (refuser, _), *_ = chosen
    profiles = [profile for _, profile in chosen]
    sent: Json = {}

    async def send() -> None:
        sent.update(ok(await owner.client.post(INQUIRIES, json=question(home, *profiles)), 201))

    await send()
    of_owner, of_provider = f"{INQUIRIES}/{{id}}", f"{INBOX}/{{id}}"
    wanted = {"property_id": home, "category_id": TAPS}

    def by(
        account: Account, method: str, path: str, body: Json | None = None, **params: str
    ) -> Callable[[], Coroutine[Any, Any, Json]]:
        async def act() -> Json:
            return ok(await account.client.request(method, path.format(id=sent["id"]), json=body, params=params))

        return act

    requests: list[Callable[[], Coroutine[Any, Any, object]]] = [
        send,
        by(owner, "PATCH", of_owner, {"title": "Both taps drip"}),
        by(owner, "POST", f"{of_owner}/recipients", {"kind": "PROVIDER", "id": later}),
        by(owner, "GET", INQUIRIES, include_total="true"),
        by(owner, "GET", of_owner),
        by(owner, "POST", f"{INQUIRIES}/match", wanted),
        by(reader, "GET", INBOX, include_total="true"),
        by(reader, "GET", of_provider),
        by(reader, "GET", of_provider),
        by(refuser, "POST", f"{of_provider}/decline", DECLINED),
        by(owner, "POST", f"{of_owner}/withdraw"),
    ]
    for request in requests:
        said = asked(await fleet.log.statements(request))
        assert 1 <= len(said) <= 6, "\n".join(said)


@ON_POSTGRESQL
async def test_no_step_from_a_quote_to_a_job_takes_more_than_six_statements(fleet: Fleet) -> None:
    log = fleet.log
    assert log is not None
    owner, home = await asker(fleet.accounts)
    (provider, first), (other, second), (_, third) = await businesses(fleet.accounts, 3)
    inquiry = await send_inquiry(owner, home, first, second, third)
    await quoted(other, inquiry)
    received, thread = f"{INBOX}/{inquiry['id']}", f"{INQUIRIES}/{inquiry['id']}/recipients"

    async def counted(  # noqa: PLR0917 - a request by its parts, as they are read
        who: Account,
        method: str,
        path: str,
        body: object = None,
        status: int = 200,
        files: Any = None,  # noqa: ANN401 - as httpx takes it
    ) -> Json:
        answers: list[Json] = []

        async def act() -> None:
            answers.append(ok(await who.client.request(method, path, json=body, files=files), status))

        said = asked(await log.statements(act))
        assert 1 <= len(said) <= 6, "\n".join([path, *said])
        return answers[0]

    recipient = next(one for one in inquiry["recipients"] if one["provider"]["id"] == first)
    await always_works(provider)
    hour = {"starts_at": (await free(provider, fleet.first, days=5))[0]}
    visit = await counted(owner, "POST", f"{thread}/{recipient['id']}/visits", hour, 201)
    await counted(provider, "POST", f"{VISITS}/{visit['id']}/accept")
    await counted(provider, "GET", f"{VISITS}?side=PROVIDER")
    await counted(owner, "POST", f"{VISITS}/{visit['id']}/cancel")
    # Whoever loses has a visit as well, which ends with the acceptance.
    loser = next(one for one in inquiry["recipients"] if one["provider"]["id"] == second)
    await always_works(other)
    await counted(owner, "POST", f"{thread}/{loser['id']}/visits", hour, 201)
    draft = await counted(provider, "POST", f"{received}/quotes", offer(), 201)
    await counted(provider, "PATCH", f"{QUOTES}/{draft['id']}", {"valid_days": 10})
    await counted(provider, "POST", f"{QUOTES}/{draft['id']}/send")
    revision = await counted(provider, "POST", f"{received}/quotes", offer(valid_days=9), 201)
    await counted(provider, "POST", f"{QUOTES}/{revision['id']}/send")
    await counted(provider, "POST", f"{received}/messages", {"text": "The tap is in stock."}, 201)
    await counted(owner, "GET", f"{thread}/{recipient['id']}/messages")
    await counted(owner, "POST", f"{thread}/{recipient['id']}/messages", {"text": "Good."}, 201)
    await counted(owner, "GET", f"{INQUIRIES}/{inquiry['id']}/quotes")
    await counted(owner, "POST", f"{QUOTES}/{revision['id']}/accept")
    (job,) = (await counted(provider, "GET", f"{JOBS}?side=PROVIDER"))["items"]
    await counted(owner, "PUT", f"{JOBS}/{job['id']}/schedule", time_in(fleet.first, 48))
    await counted(provider, "GET", f"{JOBS}/{job['id']}/address")
    await counted(provider, "POST", f"{JOBS}/{job['id']}/start")
    await counted(provider, "POST", f"{JOBS}/{job['id']}/deliver")
    await counted(owner, "POST", f"{JOBS}/{job['id']}/complete")
    await counted(owner, "POST", f"{JOBS}/{job['id']}/review", BY_OWNER, 201)
    shows = {"file": ("tap.png", picture())}
    await counted(owner, "POST", f"{JOBS}/{job['id']}/review/photos", status=201, files=shows)
    await counted(owner, "GET", f"{JOBS}/{job['id']}/review/photos")
    await counted(owner, "PATCH", f"{JOBS}/{job['id']}/review", {"text": "They came on time and cleaned up."})
    await counted(provider, "GET", f"{JOBS}/{job['id']}/reviews")
    again = await Parties(owner, home, provider, first).begun("IN_PROGRESS")
    await counted(provider, "POST", f"{JOBS}/{again['id']}/cancel", CANCEL)
    await counted(owner, "PUT", f"{thread}/{recipient['id']}/block")
