"""Whole trade of a marked homeowner, of which everything is read that reaches anybody else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from impl.kernel.audit import AuditEvent
from impl.kernel.outbox import OutboxMessage
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.domain_events.service import DomainEvent
from impl.marketplace.capabilities.webhook_endpoints.tables import WebhookDelivery
from tests.gateways.smtp_server import Authority
from tests.harness.accounts import Accounts
from tests.harness.log_lines import log_lines
from tests.harness.service import run_service
from tests.marketplace.calendar_feeds.calendars import make_address
from tests.marketplace.inquiries.asking import DECLINED, INBOX, INQUIRIES, ask, businesses
from tests.marketplace.jobs.working import CHANGES, DECISION, DISPUTE, JOBS, act, put_time, time_in
from tests.marketplace.message_attachments.successes import ATTACHMENTS
from tests.marketplace.messages.writing import talk_of
from tests.marketplace.payloads import PROFILE, ok
from tests.marketplace.photos.successes import picture
from tests.marketplace.photos.waiting import settled
from tests.marketplace.privacy.marked import REACHED, Record, marked_homeowner, seen
from tests.marketplace.quotes.quoting import QUOTES, quoted, step
from tests.marketplace.reviews.reviewing import BY_OWNER, BY_PROVIDER, published, write
from tests.marketplace.verifications.successes import PDF
from tests.marketplace.visits.visiting import VISITS, always_works, free, send
from tests.marketplace.visits.visiting import act as answer_visit
from tests.marketplace.webhooks.receiving import receiving
from tests.marketplace.webhooks.successes import WEBHOOKS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.harness.accounts import Account
    from tests.harness.databases import Databases, Engine
    from tests.harness.service import Service
    from tests.marketplace.payloads import Json
    from tests.marketplace.privacy.marked import Marked
    from tests.marketplace.webhooks.receiving import Received, Receiver

MAIL, NUMBER, SPELT, STREET = REACHED
TITLE = f"A tap drips, {MAIL}"
DETAILS = f"Call {NUMBER}\nor {SPELT}, or come to {STREET}."
EVENTS = [one.value for one in DomainEvent]


class Business:
    """A provider with a system and a calendar of their own; all that they are told is on record."""

    def __init__(self, account: Account, profile: str, receiver: Receiver, subscriber: Account) -> None:
        self.account = account
        self.profile = profile
        self.record = Record()
        self._receiver = receiver
        self._subscriber = subscriber
        self._calendar = ""

    async def begin(self) -> None:
        body = {"url": self._receiver.url(f"/{self.profile}"), "events": EVENTS, "description": None}
        ok(await self.account.client.post(WEBHOOKS, json=body), 201)
        self._calendar = await make_address(self.account)
        await always_works(self.account)
        self.record.follow(self.account.client)

    async def look(self, inquiry: Json) -> None:
        """Read whatever a provider has to read, whether they may or not."""
        path, owners = f"{INBOX}/{inquiry['id']}", f"{INQUIRIES}/{inquiry['id']}"
        client = self.account.client
        for own in (
            *(INBOX, f"{INBOX}?include_total=true&limit=1", path, f"{path}/messages", f"{path}/photos"),
            *(
                f"{path}/quotes",
                f"{JOBS}?side=PROVIDER",
                f"{VISITS}?side=PROVIDER",
                "/notifications",
                "/properties",
                PROFILE,
                "/users/me/activity",
            ),
        ):
            ok(await client.get(own))
        assert (await client.get("/notifications/stream", headers={"Last-Event-ID": "0"})).is_success
        for closed in (owners, f"{owners}/quotes", "/homeowners/properties"):
            assert not (await client.get(closed)).is_success
        self.record.add("calendar", (await self._subscriber.client.get(self._calendar)).text)

    async def told(self, events: set[str]) -> None:
        """Wait for webhooks of these events, and put all that have come on record."""
        for event in events:
            await self._receiver.got(1, partial(self._tells, event=event))
        for one in await self._receiver.got(1, self._tells):
            self.record.add(f"webhook {one.event['type']}", f"{one.headers} {one.body.decode()}")

    def _tells(self, one: Received, event: str | None = None) -> bool:
        return one.path == f"/{self.profile}" and event in {None, one.event["type"]}


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return who issues the receiver's certificate."""
    return Authority(tmp_path_factory.mktemp("privacy"), "receivers")


@pytest.fixture(scope="session")
async def service(databases: Databases, engine: Engine, worker_id: str, authority: Authority) -> AsyncIterator[Service]:
    """Return a service of this trade's own, so that all of its log and all of its tables can be read."""
    async with run_service(databases, engine, f"privacy_{worker_id}", webhook_ca_file=authority.file) as running:
        yield running


@pytest.fixture(scope="session")
async def accounts(service: Service) -> AsyncIterator[Accounts]:
    """Return the maker of accounts of that service."""
    made = Accounts(service)
    yield made
    await made.close()


@pytest.mark.both_engines
async def test_nothing_leads_to_a_homeowner_but_the_address_of_a_job(
    accounts: Accounts, service: Service, authority: Authority
) -> None:
    marked, stranger = await marked_homeowner(accounts), await accounts.make()
    # By their areas homes have ids, which lead nowhere, and least of all to an inquiry.
    known = {("200 GET /api/v1/properties", marked.home)}
    staff = await accounts.staff("STAFF_MODERATOR")
    anybody, moderator, subscriber = Record(), Record(), await accounts.make()
    anybody.follow(stranger.client)
    moderator.follow(staff.client)
    async with receiving(authority.server_context(host="localhost")) as receiver:
        made = await businesses(accounts, 3)
        chosen, lost, declining = (Business(who, profile, receiver, subscriber) for who, profile in made)
        for business in (chosen, lost, declining):
            await business.begin()
        with log_lines() as lines:
            inquiry = await _asked(marked, chosen, lost, declining)
            # Once it is read there is no mail.
            await _mailed(service, chosen, "A new inquiry")
            await _visited(marked, inquiry, chosen, service)
            quote = await _offered(marked, inquiry, chosen, lost, declining)
            await chosen.told({"inquiry.received", "message.received", "quote.declined"})
            await _mailed(service, chosen, "A message about", "declined")
            secrets = (*marked.secrets, *REACHED)
            for business in (chosen, lost, declining):
                assert business.record.find(secrets) - known == set(), "before an acceptance"

            job = await _done(marked, quote, chosen, staff, service)
            await lost.look(inquiry)
            slug = ok(await chosen.account.client.get(PROFILE))["slug"]
            for public in (f"/providers/{slug}", f"/providers/{slug}/reviews", f"/providers/{slug}/slots"):
                assert (await stranger.client.get(public)).status_code in {200, 422}
            await chosen.told({"quote.accepted", "job.scheduled", "job.disputed", "job.completed", "review.published"})
            await lost.told({"inquiry.lost", "quote.declined"})
            await _mailed(service, chosen, "A dispute is decided")
            await _mailed(service, lost, "")
            anybody.add("log", await lines.up_to("listProviderReviews"))
    anybody.add("tables", await _kept(service))
    # Whoever was chosen reads all words, as staff do, and the address at its own operation alone.
    for record in (chosen.record, moderator):
        assert record.find(marked.secrets) - known == set()
    for record in (lost.record, declining.record, anybody):
        assert record.find(secrets) - known == set()
    shown = await _address(service, chosen.account, job)
    assert [one for one in marked.revealed if one not in shown] == []
    assert [one for one in marked.hidden if one in shown] == []
    for place in ("calendar", "mail", "webhook", "/notifications/stream", "/document", "403", "404", "409", "422"):
        assert chosen.record.where(place), f"nothing of {place} was read"


async def _asked(marked: Marked, *businesses: Business) -> Json:
    """Let the homeowner ask, with a photo, a document and a message, and ways to be reached wherever words go."""
    owner, (first, *_) = marked.account, businesses
    inquiry = await ask(owner, marked.home, *(one.profile for one in businesses), title=TITLE, details=DETAILS)
    files, words = {"file": ("a.png", picture())}, {"alt_text": f"Call {NUMBER}"}
    added = await owner.client.post(f"{INQUIRIES}/{inquiry['id']}/photos", files=files, data=words)
    await settled(owner, ok(added, 201))
    thread = {"inquiry_id": inquiry["id"], "recipient_id": inquiry["recipients"][0]["id"], "name": f"Call {NUMBER}"}
    sent = ok(await owner.client.post(ATTACHMENTS, files={"file": ("a.pdf", PDF)}, data=thread), 201)
    body = {"text": f"Call {SPELT} or write to {MAIL}.", "attachment_ids": [sent["id"]]}
    talking = talk_of(inquiry, owner, first.account)
    said = ok(await owner.client.post(talking.homeowner.path, json=body), 201)
    for path in (f"/messages/{said['id']}", f"{ATTACHMENTS}/{sent['id']}", f"{ATTACHMENTS}/{sent['id']}/document"):
        ok_to_read = await first.account.client.get(path)
        assert ok_to_read.status_code == 200, path
    await talking.provider.say("On Monday after 9.")
    return inquiry


async def _visited(marked: Marked, inquiry: Json, chosen: Business, service: Service) -> None:
    """Let the homeowner ask for a visit, and its provider book it."""
    at, *_ = await free(chosen.account, service, days=5)
    visit = ok(await send(marked.account, inquiry, at), 201)
    ok(await chosen.account.client.get(f"{VISITS}/{visit['id']}"))
    ok(await answer_visit(chosen.account, visit, "accept"))


async def _offered(marked: Marked, inquiry: Json, chosen: Business, lost: Business, declining: Business) -> Json:
    """Let one decline, two quote, and one of these once more after the homeowner has declined; return that quote."""
    client = chosen.account.client
    path = f"{INBOX}/{inquiry['id']}"
    assert (await client.post(f"{path}/decline", json={"decline_reason": STREET})).status_code == 422
    ok(await declining.account.client.post(f"{path}/decline", json=DECLINED))
    assert (await declining.account.client.post(f"{path}/decline", json=DECLINED)).status_code == 409
    first = await quoted(chosen.account, inquiry)
    await step(marked.account, first, "decline", {"decline_reason": "OTHER", "note": f"Call {NUMBER}"})
    rival, quote = await quoted(lost.account, inquiry), await quoted(chosen.account, inquiry)
    for path in (f"{QUOTES}/{first['id']}", f"{QUOTES}/{quote['id']}", f"{QUOTES}/{quote['id']}/document"):
        assert (await client.get(path)).status_code == 200
    assert (await client.get(f"{QUOTES}/{rival['id']}")).status_code == 404
    assert (await client.get(f"{JOBS}/{quote['id']}/address")).status_code == 404
    assert (await client.post(f"{QUOTES}/{quote['id']}/accept")).status_code in {403, 404}
    for business in (chosen, lost, declining):
        await business.look(inquiry)
    return quote


async def _done(marked: Marked, quote: Json, chosen: Business, staff: Account, service: Service) -> Json:
    """Accept the quote, let the job be done, disputed, decided and reviewed, and return it."""
    owner, provider = marked.account, chosen.account
    await step(owner, quote, "accept")
    (job,) = ok(await provider.client.get(JOBS, params={"side": "PROVIDER"}))["items"]
    ok(await put_time(provider, job, time_in(service, 48)))
    for who, name, body in (
        (provider, "start", None),
        (provider, "deliver", None),
        (owner, "request-changes", CHANGES),
        (provider, "dispute", DISPUTE),
    ):
        ok(await act(who, job, name, body))
    for path in ("/admin/disputes", f"/admin/disputes/{job['id']}"):
        ok(await staff.client.get(path))
    ok(await staff.client.post(f"/admin/disputes/{job['id']}/decision", json=DECISION))
    assert (await act(provider, job, "start")).status_code == 409
    ok(await write(owner, job, BY_OWNER), 201)
    ok(await write(provider, job, BY_PROVIDER), 201)
    await published(provider, job)
    await chosen.look({"id": quote["inquiry_id"]})
    ok(await provider.client.get(f"{JOBS}/{job['id']}"))
    found: Json = job
    return found


async def _mailed(service: Service, business: Business, *subjects: str) -> None:
    """Wait for these mails, and put all that have come on record."""
    for subject in subjects:
        await service.inbox.wait_for(business.account.email, subject)
    for mail in service.inbox.all(business.account.email):
        parts = [str(part.get_content()) for part in mail.message.walk() if not part.is_multipart()]
        business.record.add(f"mail {mail.subject}", "\n".join([str(mail.message.items()), *parts]))


async def _address(service: Service, provider: Account, job: Json) -> str:
    async with service.client(Authorization=f"Bearer {provider.access_token}") as client:
        return seen(await client.get(f"{JOBS}/{job['id']}/address"))


async def _kept(service: Service) -> str:
    """Return what the audit chain, the outbox and the deliveries of webhooks hold."""
    columns = (AuditEvent.data, OutboxMessage.payload, core_table(WebhookDelivery).c.body)
    async with service.services.database.begin() as tx:
        return "\n".join([str(value) for column in columns for value in await tx.scalars(select(column))])
