"""Photos and documents of messages: sent before, named once, read by the two sides of the thread and by nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from impl.kernel.audit import AuditEvent
from impl.kernel.personal_data import PersonalData
from impl.marketplace.capabilities.attachments.tables import PERSONAL_DATA_POLICIES, MessageAttachment
from impl.marketplace.message_attachments.service import MOST_WAITING, AttachmentRow
from impl.marketplace.messages.tables import PERSONAL_DATA_POLICIES as OF_MESSAGES
from impl.marketplace.photos.tables import Photo
from tests.harness.client import assert_problem
from tests.harness.deliveries import until
from tests.harness.doubles import take_last_place
from tests.marketplace.message_attachments.successes import ATTACHMENTS
from tests.marketplace.messages.writing import Side, Talk, talk
from tests.marketplace.payloads import Json, complain, ok
from tests.marketplace.photos.successes import picture
from tests.marketplace.reports.decisions import QUEUE, TAKE_DOWN, triaged
from tests.marketplace.verifications.successes import PDF

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.service import Service


def _thread(talking: Talk, side: Side) -> Json:
    """Return the fields that name the thread for this side."""
    ids = {"inquiry_id": talking.inquiry["id"]}
    return ids | ({"recipient_id": talking.inquiry["recipients"][0]["id"]} if side is talking.homeowner else {})


async def _send(talking: Talk, side: Side, content: bytes, name: str | None = None, **headers: str) -> httpx.Response:
    data = _thread(talking, side) | ({} if name is None else {"name": name})
    answer: httpx.Response = await side.account.client.post(
        ATTACHMENTS, files={"file": ("a.bin", content)}, data=data, headers=headers
    )
    return answer


async def _say(side: Side, text: str, *attachments: Json) -> httpx.Response:
    body = {"text": text, "attachment_ids": [one["id"] for one in attachments]}
    answer: httpx.Response = await side.account.client.post(side.path, json=body)
    return answer


async def _ready(who: Account, photo: Json) -> Json:
    async def look() -> Json | None:
        shown = ok(await who.client.get(f"{ATTACHMENTS}/{photo['id']}"))
        return None if shown["photo"]["state"] == "PENDING" else shown

    return await until(look)


async def test_what_goes_with_a_message_is_for_the_two_sides_of_its_thread(
    accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    talking, other = await talk(accounts), await talk(accounts)
    owner, provider = talking.homeowner.account, talking.provider.account
    photo = ok(await _send(talking, talking.homeowner, picture(), "Call 503-555-0170 about it"), 201)
    paper = ok(await _send(talking, talking.homeowner, PDF, "Plan"), 201)
    assert (photo["kind"], photo["photo"]["state"], photo["photo"]["files"]) == ("PHOTO", "PENDING", None)
    assert (paper["kind"], paper["size_bytes"], paper["photo"]) == ("DOCUMENT", len(PDF), None)
    # Until a message names it, nobody else reads it, in no way of reading.
    document = f"{ATTACHMENTS}/{paper['id']}/document"
    for path in (f"{ATTACHMENTS}/{photo['id']}", f"{ATTACHMENTS}/{paper['id']}", document):
        assert_problem(await provider.client.get(path), 404, "not-found")
    assert_problem(await owner.client.get(f"{ATTACHMENTS}/{photo['id']}/document"), 404, "not-found")
    mine = (await _ready(owner, photo))["photo"]["files"]["card"]["jpeg"]
    assert (await client.get(mine)).status_code == 200

    said = ok(await _say(talking.homeowner, "Here it is.", paper, photo), 201)
    assert [one["id"] for one in said["attachments"]] == [paper["id"], photo["id"]]
    (seen,) = await talking.provider.messages()
    assert [(one["id"], one["name"]) for one in seen["attachments"]] == [
        (paper["id"], "Plan"),
        (photo["id"], "Call ************ about it"),
    ]
    theirs = seen["attachments"][1]["photo"]["files"]["card"]["jpeg"]
    assert (await client.get(theirs)).status_code == 200
    got = await provider.client.get(document)
    assert (got.content, got.headers["content-type"]) == (PDF, "application/pdf")
    assert got.headers["content-disposition"].startswith("attachment")
    single = await provider.client.get(f"/messages/{said['id']}")
    assert [one["id"] for one in ok(single)["attachments"]] == [paper["id"], photo["id"]]

    # Nobody else: not from another thread, not under another name, not for ever, and not as a photo of one's own.
    plain, _, query = theirs.partition("?")
    provider_id, owner_id = [ok(await one.client.get("/users/me"))["id"] for one in (provider, owner)]
    for refused in ("", f"?{query.replace(provider_id, owner_id)}", f"?{query.rpartition('&')[0]}"):
        assert (await client.get(plain + refused)).status_code == 404
    for path in (f"{ATTACHMENTS}/{photo['id']}", document):
        assert_problem(await other.provider.account.client.get(path), 404, "not-found")
    photo_id = await _photo_id(service, photo)
    assert_problem(await owner.client.delete(f"/photos/{photo_id}"), 404, "not-found")
    service.clock.advance(timedelta(minutes=16))
    assert (await client.get(theirs)).status_code == 404


async def _photo_id(service: Service, attachment: Json) -> UUID:
    async with service.services.database.begin() as tx:
        found: UUID = (await tx.scalars(select(Photo.id).where(Photo.subject_id == UUID(attachment["id"])))).one()
    return found


async def test_a_message_takes_what_its_sender_has_sent_for_its_thread_once(accounts: Accounts) -> None:
    talking, other = await talk(accounts), await talk(accounts)
    paper = ok(await _send(talking, talking.homeowner, PDF), 201)
    foreign = ok(await _send(other, other.homeowner, PDF), 201)
    answer = ok(await _send(talking, talking.provider, PDF), 201)
    ok(await _say(talking.homeowner, "Here it is.", paper), 201)
    for refused in (paper, foreign, answer):
        problem = assert_problem(await _say(talking.homeowner, "Again.", refused), 422, "validation-failed")
        assert [(one["pointer"], one["code"]) for one in problem["errors"]] == [
            ("/attachment_ids/0", "unknown_attachment")
        ]
    assert len(await talking.homeowner.messages()) == 1
    ok(await _say(talking.provider, "And mine.", answer), 201)
    body: dict[str, Any] = {"text": "Six of them.", "attachment_ids": [talking.inquiry["id"]] * 2}
    refused_twice = await talking.homeowner.account.client.post(talking.homeowner.path, json=body)
    assert_problem(refused_twice, 422, "validation-failed")


async def test_a_document_whose_file_has_gone_is_not_found(accounts: Accounts, service: Service) -> None:
    talking = await talk(accounts)
    sent = ok(await _send(talking, talking.homeowner, PDF), 201)
    folder = service.settings.storage_dir
    assert folder is not None
    for path in folder.rglob(f"{sent['id']}*"):
        path.unlink()
    gone = await talking.homeowner.account.client.get(f"{ATTACHMENTS}/{sent['id']}/document")
    assert_problem(gone, 404, "not-found")


async def test_nobody_fills_the_storage_within_a_day(accounts: Accounts) -> None:
    talking = await talk(accounts)
    answer = await _send(talking, talking.homeowner, PDF)
    assert re.fullmatch(r'"attachment";q=\d+;w=86400', answer.headers["RateLimit-Policy"])


async def test_only_pictures_and_whole_documents_are_taken(accounts: Accounts) -> None:
    talking, stranger = await talk(accounts), await accounts.make()
    for content, code in ((b"MZ" + bytes(90), "unsupported"), (PDF[:-10], "unreadable"), (b"", "empty")):
        problem = assert_problem(await _send(talking, talking.provider, content), 422, "validation-failed")
        assert [(one["pointer"], one["code"]) for one in problem["errors"]] == [("/file", code)]
    for data in (_thread(talking, talking.homeowner), _thread(talking, talking.provider)):
        refused = await stranger.client.post(ATTACHMENTS, files={"file": ("a.pdf", PDF)}, data=data)
        assert_problem(refused, 404, "not-found")


@pytest.mark.both_engines
async def test_what_no_message_names_is_bounded_and_goes_after_a_day(accounts: Accounts, service: Service) -> None:
    talking = await talk(accounts)
    sent = [ok(await _send(talking, talking.homeowner, PDF), 201) for _ in range(MOST_WAITING - 1)]
    photo = ok(await take_last_place(lambda key: _send(talking, talking.homeowner, picture(), **key)), 201)
    waiting = ok(await talking.homeowner.account.client.get(ATTACHMENTS))["items"]
    assert sorted(one["id"] for one in waiting) == sorted(one["id"] for one in [*sent, photo])
    assert ok(await talking.provider.account.client.get(ATTACHMENTS))["items"] == []
    refused = assert_problem(await _send(talking, talking.homeowner, PDF), 409, "limit-reached")
    assert refused["limit"] == MOST_WAITING
    ok(await _say(talking.homeowner, "One of them.", sent[0]), 201)
    await take_last_place(lambda key: _send(talking, talking.homeowner, PDF, **key))
    service.clock.advance(timedelta(days=1, minutes=1))
    await service.services.cleanup_jobs["message attachments"]()
    async with service.services.database.begin() as tx:
        owner = select(MessageAttachment.owner_id).where(MessageAttachment.id == UUID(sent[0]["id"])).scalar_subquery()
        left = select(MessageAttachment.id).where(MessageAttachment.owner_id == owner)
        assert (await tx.scalars(left)).all() == [UUID(sent[0]["id"])]
        assert (await tx.scalars(select(Photo.id).where(Photo.subject_id == UUID(photo["id"])))).all() == []


async def test_staff_read_what_was_reported_and_it_is_hidden_with_its_message(
    accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    talking, moderator = await talk(accounts), await accounts.staff("STAFF_MODERATOR")
    owner, provider = talking.homeowner.account, talking.provider.account
    photo = ok(await _send(talking, talking.provider, picture()), 201)
    paper = ok(await _send(talking, talking.provider, PDF), 201)
    await _ready(provider, photo)
    said = ok(await _say(talking.provider, "Look at this.", photo, paper), 201)
    theirs = (await talking.homeowner.messages())[0]["attachments"][0]["photo"]["files"]["card"]["jpeg"]
    report = await complain(owner, said, subject_kind="MESSAGE", reason="OFFENSIVE")
    path = f"{QUEUE}/{report['id']}/attachments/{paper['id']}"
    assert_problem(await owner.client.get(path), 403, "forbidden")
    assert (await moderator.client.get(path)).content == PDF
    assert_problem(await moderator.client.get(f"{QUEUE}/{report['id']}/attachments/{photo['id']}"), 404, "not-found")
    events = select(AuditEvent.data).where(
        AuditEvent.event == "report.attachment_read", AuditEvent.subject_id == UUID(report["id"])
    )
    async with service.services.database.begin() as tx:
        assert [data["attachment_id"] for data in await tx.scalars(events)] == [paper["id"]]

    ok(await moderator.client.post(await triaged(moderator, report), json=TAKE_DOWN))
    for side in (talking.homeowner, talking.provider):
        assert [one["attachments"] for one in await side.messages()] == [[]]
        for gone in (f"{ATTACHMENTS}/{photo['id']}", f"{ATTACHMENTS}/{paper['id']}/document"):
            assert_problem(await side.account.client.get(gone), 404, "not-found")
    assert (await client.get(theirs)).status_code == 404
    shown = ok(await moderator.client.get(f"{QUEUE}/{report['id']}/message"))["attachments"]
    assert (await client.get(shown[0]["photo"]["files"]["card"]["jpeg"])).status_code == 200
    assert (await moderator.client.get(path)).content == PDF


async def test_attachments_go_with_their_sender(accounts: Accounts, service: Service) -> None:
    talking = await talk(accounts)
    provider = talking.provider.account
    paper = ok(await _send(talking, talking.provider, PDF, "Licence"), 201)
    said = ok(await _say(talking.provider, "My licence.", paper), 201)
    export = ok(await provider.client.get("/users/me/export"))
    (exported,) = export["message_attachments"]
    assert (exported["message_id"], exported["name"]) == (said["id"], "Licence")
    provider_id = UUID(ok(await provider.client.get("/users/me"))["id"])
    async with service.services.database.begin() as tx:
        await PersonalData((*PERSONAL_DATA_POLICIES, *OF_MESSAGES)).erase(tx, provider_id)
    (left,) = await talking.homeowner.messages()
    assert (left["removed"], left["attachments"]) == ("ERASED", [])
    gone = await talking.homeowner.account.client.get(f"{ATTACHMENTS}/{paper['id']}/document")
    assert_problem(gone, 404, "not-found")


async def test_a_photo_is_shown_once_it_is_ready_and_by_an_address_of_its_reader(service: Service) -> None:
    attachments = service.services.marketplace.message_attachments
    row = cast("AttachmentRow", {"content_hash": "a" * 32, "photo_state": "READY"})
    reader, other = uuid4(), uuid4()
    addresses = [attachments.addresses(row, one) for one in (reader, other, None)]
    assert all(addresses)
    assert len({str(one) for one in addresses}) == 3
    for state in ("PENDING", "REJECTED"):
        assert attachments.addresses({**row, "photo_state": state}, reader) is None
    assert attachments.addresses({**row, "content_hash": None}, reader) is None
