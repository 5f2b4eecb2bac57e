"""Licences and insurances over HTTP: sent in with a document that few read, decided once, withdrawn whole."""

import asyncio
import os
import time
from collections import Counter
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import insert, select, update

from impl.kernel.audit import AuditEvent
from impl.kernel.ids import new_id
from impl.kernel.tables import core_table
from impl.marketplace.verifications.repository import own_page_query, page_query
from impl.marketplace.verifications.service import MOST
from impl.marketplace.verifications.tables import Verification
from tests.gateways.picture_files import CLEAN, REFUSED
from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.doubles import take_last_place
from tests.harness.inbox import Inbox
from tests.harness.plans import plan_of
from tests.harness.service import Service
from tests.identity.closure.test_closure import closed
from tests.marketplace.payloads import Json, approve_business, ids, kinds_of, ok, whole
from tests.marketplace.verifications.sending import REVOCATION, VERIFY, decide, gone, reject, send, stored
from tests.marketplace.verifications.successes import LICENCE, PDF, QUEUE, REJECTION, VERIFICATIONS


@pytest.fixture
async def provider(accounts: Accounts) -> Account:
    return await accounts.make("SERVICE_PROVIDER")


async def events(service: Service, verification_id: str) -> list[str]:
    statement = select(AuditEvent.event).where(AuditEvent.subject_id == UUID(verification_id)).order_by(AuditEvent.id)
    async with service.services.database.begin() as tx:
        return list(await tx.scalars(statement))


async def test_a_licence_is_sent_in_and_read_and_verified(
    provider: Account, moderator: Account, inbox: Inbox, service: Service
) -> None:
    await approve_business(provider, business_name="Rose City Plumbing")
    sent = await send(provider, admin_area="Oregon", expires_date="2091-06-30")
    assert (sent["state"], sent["decided_at"], sent["note"]) == ("PENDING", None, None)
    assert sent["document"] == {"type": "PDF", "size_bytes": len(PDF)}
    assert {name: sent[name] for name in LICENCE} == LICENCE
    assert (sent["admin_area"], sent["expires_date"]) == ("Oregon", "2091-06-30")

    path = f"{QUEUE}/{sent['id']}"
    seen = ok(await moderator.client.get(path))
    assert {name: seen[name] for name in sent} == sent
    assert (seen["business_name"], seen["decided_by"]) == ("Rose City Plumbing", None)
    staff_id = ok(await moderator.client.get("/users/me"))["id"]
    document = await moderator.client.get(f"{path}/document")
    assert (document.status_code, document.content) == (200, PDF)
    decided = await decide(moderator, sent)
    assert (decided["state"], decided["decided_by"]) == ("VERIFIED", staff_id)

    mine = ok(await provider.client.get(f"{VERIFICATIONS}/{sent['id']}"))
    assert (mine["state"], mine["decided_at"]) == ("VERIFIED", decided["decided_at"])
    assert not {"owner_id", "decided_by", "business_name"} & mine.keys()
    mail = await inbox.wait_for(provider.email, "is verified")
    assert "Master plumber" in mail.text
    assert "30 June 2091" in mail.text
    assert await events(service, sent["id"]) == [
        "verification.submitted",
        "verification.read",
        "verification.document_read",
        "verification.decided",
    ]


async def test_a_document_is_read_by_its_owner_and_by_staff_with_the_permission_alone(
    provider: Account, accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    picture = CLEAN["a PNG with texts and a profile"]()
    sent = await send(provider, picture)
    own, staff = f"{VERIFICATIONS}/{sent['id']}/document", f"{QUEUE}/{sent['id']}/document"
    answer = await provider.client.get(own, headers={"Accept": "image/png"})
    assert (answer.status_code, answer.content) == (200, picture)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == f'attachment; filename="licence-{sent["id"]}.png"'
    assert answer.headers["content-length"] == str(len(picture))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")

    other, support = await accounts.make("SERVICE_PROVIDER"), await accounts.staff("STAFF_SUPPORT")
    assert_problem(await other.client.get(own), 404, "not-found")
    for stranger in (other, support, provider):
        assert_problem(await stranger.client.get(staff), 403, "forbidden")
    assert_problem(await client.get(own), 401, "unauthenticated")
    assert (await events(service, sent["id"])).count("verification.document_read") == 1
    # A HEAD tells that a document is there and how large it is: it leaves what a GET leaves.
    head = await provider.client.head(own)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(picture))
    assert (await events(service, sent["id"])).count("verification.document_read") == 2


async def test_what_is_no_document_is_refused_and_not_stored(provider: Account, service: Service) -> None:
    before = set(stored(service))
    for document, code in (
        (b"", "empty"),
        (b"<html>%PDF-1.7 %%EOF", "unsupported"),
        (PDF.removesuffix(b"%%EOF\n"), "unreadable"),
        (b"%PDF-1.7" + bytes(10 * 1024 * 1024) + b"%%EOF", "too_large"),
        (CLEAN["a lossy WebP"](), "unsupported"),
        (REFUSED["an animated PNG"][0](), "animated"),
    ):
        refused = await provider.client.post(VERIFICATIONS, data=LICENCE, files={"document": ("a.pdf", document)})
        errors = assert_problem(refused, 422, "validation-failed")["errors"]
        assert [(error["pointer"], error["code"]) for error in errors] == [("/document", code)]
    assert set(stored(service)) <= before


async def test_what_has_ended_is_neither_sent_in_nor_verified(
    provider: Account, moderator: Account, accounts: Accounts, service: Service
) -> None:
    today = service.clock.now().date()
    form = {**LICENCE, "expires_date": str(today - timedelta(days=1))}
    refused = await provider.client.post(VERIFICATIONS, data=form, files={"document": ("a.pdf", PDF)})
    errors = assert_problem(refused, 422, "validation-failed")["errors"]
    assert [(error["pointer"], error["code"]) for error in errors] == [("/expires_date", "in_the_past")]

    waiting = await send(provider, expires_date=str(today))
    service.clock.advance(timedelta(days=1))
    await accounts.login(moderator)
    answer = await moderator.client.post(f"{QUEUE}/{waiting['id']}/decision", json=VERIFY)
    assert assert_problem(answer, 409, "invalid-transition")["state"] == "EXPIRED"
    assert (await reject(moderator, waiting))["state"] == "REJECTED"


async def test_what_is_verified_is_so_on_its_last_day(provider: Account, moderator: Account, service: Service) -> None:
    sent = await send(provider, expires_date=str(service.clock.now().date()))
    await decide(moderator, sent)
    await service.services.marketplace.verifications.attend_ends()
    assert ok(await provider.client.get(f"{VERIFICATIONS}/{sent['id']}"))["state"] == "VERIFIED"


async def test_a_document_whose_file_has_gone_is_not_found(provider: Account, service: Service) -> None:
    sent = await send(provider)
    for path in stored(service, sent["id"]):
        path.unlink()
    assert_problem(await provider.client.get(f"{VERIFICATIONS}/{sent['id']}/document"), 404, "not-found")


async def test_a_rejection_tells_the_owner_why(provider: Account, moderator: Account, inbox: Inbox) -> None:
    await reject(moderator, sent := await send(provider))
    mine = ok(await provider.client.get(f"{VERIFICATIONS}/{sent['id']}"))
    assert (mine["state"], mine["rejection_reason"], mine["note"]) == ("REJECTED", "MISMATCH", REJECTION["note"])
    mail = await inbox.wait_for(provider.email, "could not verify")
    assert REJECTION["note"] in mail.text
    assert "is not of your business" in mail.text


async def test_what_was_verified_can_be_revoked(provider: Account, moderator: Account, inbox: Inbox) -> None:
    await decide(moderator, sent := await send(provider))
    revoked = ok(await moderator.client.post(f"{QUEUE}/{sent['id']}/revoke", json=REVOCATION))
    assert (revoked["state"], revoked["note"]) == ("REVOKED", REVOCATION["note"])
    assert REVOCATION["note"] in (await inbox.wait_for(provider.email, "no longer shown")).text
    assert (await kinds_of(provider))[:2] == ["VERIFICATION_REVOKED", "VERIFICATION_VERIFIED"]


async def test_every_step_out_of_order_names_the_state(provider: Account, moderator: Account) -> None:
    sent = await send(provider)

    async def refuses(state: str, step: str, body: Json) -> None:
        answer = await moderator.client.post(f"{QUEUE}/{sent['id']}/{step}", json=body)
        assert assert_problem(answer, 409, "invalid-transition")["state"] == state

    await refuses("PENDING", "revoke", dict(REVOCATION))
    await decide(moderator, sent)
    await refuses("VERIFIED", "decision", dict(VERIFY))
    await refuses("VERIFIED", "decision", dict(REJECTION))
    ok(await moderator.client.post(f"{QUEUE}/{sent['id']}/revoke", json=REVOCATION))
    await refuses("REVOKED", "revoke", dict(REVOCATION))


async def test_nobody_decides_what_is_theirs(accounts: Accounts) -> None:
    both = await accounts.hire("STAFF_MODERATOR", "SERVICE_PROVIDER")
    sent = await send(both)
    for step, body in (("decision", VERIFY), ("decision", REJECTION), ("revoke", REVOCATION)):
        assert_problem(await both.client.post(f"{QUEUE}/{sent['id']}/{step}", json=body), 403, "own-case")


@pytest.mark.both_engines
async def test_of_two_who_decide_at_once_one_does(provider: Account, accounts: Accounts, service: Service) -> None:
    sent = await send(provider)
    both = [await accounts.hire("STAFF_MODERATOR") for _ in range(2)]
    answers = await asyncio.gather(
        *(
            one.client.post(f"{QUEUE}/{sent['id']}/decision", json=body)
            for one, body in zip(both, (VERIFY, REJECTION), strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert (await events(service, sent["id"])).count("verification.decided") == 1


@pytest.mark.both_engines
async def test_what_is_withdrawn_while_it_is_decided_is_gone_in_the_end(
    provider: Account, moderator: Account, service: Service
) -> None:
    for _ in range(5):
        path = f"{VERIFICATIONS}/{(sent := await send(provider))['id']}"
        decided, withdrawn = await asyncio.gather(
            moderator.client.post(f"{QUEUE}/{sent['id']}/decision", json=VERIFY), provider.client.delete(path)
        )
        assert (decided.status_code in {200, 404}, withdrawn.status_code) == (True, 204)
        for answer in (await provider.client.get(path), await provider.client.delete(path)):
            assert_problem(answer, 404, "not-found")
        assert_problem(await moderator.client.get(f"{QUEUE}/{sent['id']}/document"), 404, "not-found")
        await gone(service, sent["id"])


async def _all_but_one(provider: Account, service: Service) -> None:
    """Let somebody have one less than there may be."""
    first = await send(provider)
    async with service.services.database.begin() as tx:
        columns = core_table(Verification).columns
        row = (await tx.execute(select(*columns).where(Verification.id == UUID(first["id"])))).mappings().one()
        await tx.execute(insert(Verification), [{**row, "id": new_id()} for _ in range(MOST - 2)])


@pytest.mark.both_engines
async def test_there_are_so_many_and_no_more(provider: Account, service: Service) -> None:
    await _all_but_one(provider, service)
    before = set(stored(service))  # earlier tests' files may leave meanwhile

    async def one_more() -> httpx.Response:
        return await provider.client.post(VERIFICATIONS, data=LICENCE, files={"document": ("a.pdf", PDF)})

    answers = await asyncio.gather(*(one_more() for _ in range(4)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 3}
    assert {answer.json().get("limit") for answer in answers} == {None, MOST}
    assert len(set(stored(service)) - before) == 1, "what is refused is not stored"


async def test_a_double_of_the_request_that_took_the_last_place_hears_of_no_limit(
    provider: Account, service: Service
) -> None:
    await _all_but_one(provider, service)
    before = set(stored(service))  # earlier tests' files may leave meanwhile
    await take_last_place(
        lambda key: provider.client.post(VERIFICATIONS, data=LICENCE, files={"document": ("a.pdf", PDF)}, headers=key)
    )
    assert len(set(stored(service)) - before) == 1, "of a double nothing is stored"


@pytest.mark.both_engines
async def test_lists_are_paged_and_narrowed(provider: Account, moderator: Account) -> None:
    owner_id = ok(await provider.client.get("/users/me"))["id"]
    sent = [await send(provider) for _ in range(3)]
    insurance = await send(provider, kind="INSURANCE", title="Public liability")
    made = ids([*sent, insurance])
    assert ids(await whole(provider.client, VERIFICATIONS, limit=3)) == made[::-1]
    assert ok(await provider.client.get(VERIFICATIONS, params={"include_total": "true", "limit": 1}))["total"] == 4

    mine = {"owner_id": owner_id}
    assert ids(await whole(moderator.client, QUEUE, mine, limit=3)) == made
    assert ids(await whole(moderator.client, QUEUE, {**mine, "sort": "-created_at"}, limit=3)) == made[::-1]
    assert ids(await whole(moderator.client, QUEUE, {**mine, "kind": "INSURANCE"}, limit=3)) == [insurance["id"]]
    await decide(moderator, sent[0])
    assert ids(await whole(moderator.client, QUEUE, {**mine, "state": "VERIFIED"}, limit=3)) == made[:1]
    assert ids(await whole(moderator.client, QUEUE, mine, limit=3)) == made[1:]


async def test_withdrawing_wants_the_version_that_was_read(provider: Account, moderator: Account) -> None:
    path = f"{VERIFICATIONS}/{(sent := await send(provider))['id']}"
    read = (await provider.client.get(path)).headers["etag"]
    assert (await provider.client.get(path, headers={"If-None-Match": read})).status_code == 304
    await decide(moderator, sent)
    stale = await provider.client.delete(path, headers={"If-Match": read})
    assert_problem(stale, 412, "precondition-failed")
    assert (await provider.client.delete(path, headers={"If-Match": '"2"'})).status_code == 204


@pytest.mark.both_engines
async def test_documents_go_with_their_owner_and_after_their_period(
    accounts: Accounts, moderator: Account, service: Service, inbox: Inbox
) -> None:
    leaving, staying = await accounts.make("SERVICE_PROVIDER"), await accounts.make("SERVICE_PROVIDER")
    theirs, rejected, kept = await send(leaving), await send(staying), await send(staying)
    await reject(moderator, rejected)
    staying_id = ok(await staying.client.get("/users/me"))["id"]
    exported = ok(await leaving.client.get("/users/me/export"))["verifications"]
    assert exported == [ok(await leaving.client.get(f"{VERIFICATIONS}/{theirs['id']}"))]

    await closed(leaving, inbox)
    service.clock.advance(timedelta(days=15))
    erased = await service.services.cleanup_jobs["closed accounts"]()
    assert erased["verifications"] >= 1
    await gone(service, theirs["id"])

    async with service.services.database.begin() as tx:
        long_ago = service.clock.now() - timedelta(days=366)
        await tx.execute(
            update(Verification).values(updated_at=long_ago).where(Verification.owner_id == UUID(staying_id))
        )
    removed = await service.services.cleanup_jobs["verifications"]()
    assert removed["verifications"] >= 1
    await gone(service, rejected["id"])
    assert stored(service, kept["id"])


async def test_a_document_is_kept_as_long_as_its_licence(provider: Account, service: Service) -> None:
    kept = await send(provider)
    (file,) = stored(service, kept["id"])
    written = time.time() - 7 * 3600
    os.utime(file, (written, written))
    await service.services.cleanup_jobs["verification documents"]()
    assert file.exists()


@pytest.mark.both_engines
async def test_a_page_asks_an_index(service: Service) -> None:
    queue = page_query(frozenset({"state"}), descending=False, continued=False)
    plan = await plan_of(service, queue, {"limit": 21, "state": "PENDING"})
    assert "ix_verifications_state_created_at_id" in plan, plan
    plan = await plan_of(service, own_page_query(continued=False), {"limit": 21, "owner_id": new_id()})
    assert "ix_verifications_owner_id_created_at_id" in plan, plan
