"""Account of somebody who has used every feature, with all data that can be held of a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from impl.marketplace.capabilities.notice_mails.service import DEFAULTS
from impl.marketplace.capabilities.notices.service import NotificationKind
from tests.harness.accounts import unique
from tests.harness.audit_intake import take_due
from tests.harness.oauth_sign_in import signing_in
from tests.harness.openid import Person
from tests.harness.settings import CLIENT, REDIRECT_URI
from tests.identity.mfa.mfa_flows import Enrolled, enrol, first_step, sign_in
from tests.marketplace.inquiries.asking import ask, asker
from tests.marketplace.jobs.working import Parties, act
from tests.marketplace.message_attachments.successes import ATTACHMENTS
from tests.marketplace.messages.writing import talk_of
from tests.marketplace.moderation.waiting import wait_for_review
from tests.marketplace.payloads import (
    PROFILE,
    PROPERTIES,
    SERVICES,
    approve_business,
    business,
    complain,
    house,
    job,
    ok,
    publish,
)
from tests.marketplace.photos.successes import picture
from tests.marketplace.photos.waiting import settled
from tests.marketplace.quotes.quoting import LABOUR, quoted
from tests.marketplace.reviews.reviewing import BY_OWNER, BY_PROVIDER, published, write
from tests.marketplace.verifications.sending import send
from tests.marketplace.verifications.successes import PDF
from tests.marketplace.visits.visiting import ask_for_visit
from tests.marketplace.webhooks.given_up import give_up_a_delivery

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.service import Service

# Of people, not of tests: what is looked for must be nobody else's.
_PLANTED = [
    *("agent", "name", "title", "about", "notes", "street", "number", "authority", "website", "report", "search"),
    *("photo", "insurance", "inquiry", "quote", "job", "review", "message"),
]
_PHONES = iter(range(10_000_000, 99_999_999))


@dataclass(frozen=True, slots=True)
class Filled:
    """Person, the values that they have entered, and their credentials."""

    account: Account
    enrolled: Enrolled
    id: str
    planted: list[str]
    secrets: list[str]


async def fill(client: httpx.AsyncClient, accounts: Accounts, service: Service) -> Filled:
    """Use every feature, so that each table that can hold something of a person does."""
    marks = {word: unique(f"mark{word}") for word in _PLANTED}
    person = await accounts.sign_up("SERVICE_PROVIDER", also=("HOMEOWNER",))
    opened = [person.access_token, person.refresh_token]
    person.client.headers["User-Agent"] = marks["agent"]
    await accounts.login(person)
    phone, shop = f"+1503{next(_PHONES)}", f"+1971{next(_PHONES)}"
    named = {"full_name": marks["name"], "phone": phone}
    account = ok(await person.client.patch("/users/me", json=named))

    website = f"https://{marks['website']}.example.com"
    licence = {"title": "Plumber", "number": marks["number"], "authority": marks["authority"]}
    profile = business(website=website, phone=shop, licences=[licence])
    ok(await person.client.put(PROFILE, json=profile), 201)
    shown = ok(await person.client.post(f"{PROFILE}/submit"))
    await wait_for_review(service, UUID(account["id"]), shown, about=f"Another text {marks['about']}")
    offer = ok(await person.client.post(SERVICES, json=job(description=f"With care {marks['about']}")), 201)
    ok(await person.client.post(f"{SERVICES}/{offer['id']}/submit"))
    # What others see stays as it was until it is reviewed again.
    ok(await person.client.patch(f"{SERVICES}/{offer['id']}", json={"title": f"Mending {marks['title']}"}))
    sent = {"file": ("van.png", picture())}
    van = ok(await person.client.post(f"{PROFILE}/photos", files=sent, data={"alt_text": f"Van {marks['photo']}"}), 201)
    await settled(person, van)
    ok(await person.client.put("/service-providers/availability", json={"time_zone": "UTC", "weekly": []}), 201)
    hook = {"url": "https://hooks.fill.example/", "events": ["job.created"], "description": "Ours"}
    webhook = ok(await person.client.post("/service-providers/webhooks", json=hook), 201)
    await give_up_a_delivery(service, webhook["id"])
    ok(await person.client.post("/service-providers/calendar-feed"), 201)
    quiet = {"starts": "22:00", "ends": "22:00"}
    wishes = {"groups": {}, "quiet_hours": quiet, "time_zone": "UTC", "language": "EN"}
    ok(await person.client.put("/users/me/notification-preferences", json=wishes))
    for daily in (False, True):
        preferences = service.services.marketplace.notice_preferences
        await preferences.collects(UUID(account["id"]), NotificationKind.JOB_STARTED, DEFAULTS, daily=daily)
    key = {"Idempotency-Key": unique("key")}
    home = house(notes=marks["notes"])
    home["address"]["line1"] = marks["street"]
    own_home = ok(await person.client.post(PROPERTIES, json=home, headers=key), 201)
    await send(person, kind="INSURANCE", title=f"Liability {marks['insurance']}")
    seller = await accounts.make("SERVICE_PROVIDER")
    selling = await approve_business(seller)
    listing = await publish(seller)
    about = {"title": f"A tap {marks['inquiry']}", "details": marks["inquiry"]}
    inquiry = await ask(person, own_home["id"], selling["id"], **about)
    await talk_of(inquiry, person, seller).homeowner.say(f"When? {marks['message']}")
    thread = {"inquiry_id": inquiry["id"], "recipient_id": inquiry["recipients"][0]["id"]}
    ok(await person.client.post(ATTACHMENTS, files={"file": ("plan.pdf", PDF)}, data=thread), 201)
    await ask_for_visit(service, person, seller, inquiry)
    work = await Parties(person, own_home["id"], seller, selling["id"]).begun("DELIVERED")
    ok(await act(person, work, "request-changes", {"text": f"It drips {marks['job']}"}))
    ok(await act(seller, work, "deliver"))
    ok(await act(person, work, "complete"))
    ok(await write(person, work, {**BY_OWNER, "text": f"Fine {marks['review']}"}), 201)
    shows, words = {"file": ("tap.png", picture())}, {"alt_text": f"The tap {marks['photo']}"}
    tap = ok(await person.client.post(f"/jobs/{work['id']}/review/photos", files=shows, data=words), 201)
    await settled(person, tap)
    ok(await write(seller, work, BY_PROVIDER), 201)
    await published(person, work)
    reply = {"text": f"Thank you {marks['review']}"}
    ok(await person.client.post(f"/jobs/{work['id']}/reviews/reply", json=reply))
    ok(
        await person.client.put(
            f"/homeowners/inquiries/{inquiry['id']}/recipients/{inquiry['recipients'][0]['id']}/block"
        )
    )
    asking, place = await asker(accounts)
    asked_by = await ask(asking, place, shown["id"])
    await quoted(person, asked_by, lines=[{**LABOUR, "description": marks["quote"]}], terms=marks["quote"])
    await complain(person, listing, text=f"They never came. {marks['report']}")
    ok(await person.client.put(f"/homeowners/favourites/services/{listing['id']}"))
    wanted = {"name": f"Search {marks['search']}", "filters": {"q": marks["search"]}, "frequency": "DAILY"}
    ok(await person.client.post("/homeowners/saved-searches", json=wanted), 201)

    known, linked, asked = Person(), Person(), f"{unique('asked')}@example.test"
    async with signing_in(service) as linking:
        ok_identity = await linking.linked(known, person.client.headers)
    async with signing_in(service, "work") as unfinished:
        await unfinished.link_code(linked, person.client.headers)
    begun = {"provider": "google", "client": CLIENT, "redirect_uri": REDIRECT_URI, "state": unique("state")}
    ok(await person.client.post("/users/me/identities", json=begun))
    enrolled = await enrol(person, service.clock)
    await sign_in(person.client, enrolled)
    opened += [person.access_token, person.refresh_token]
    person.take(await person.client.post("/auth/refresh", json={"refresh_token": person.refresh_token}))
    moving = {"new_email": asked, "current_password": person.password}
    ok(await person.client.post("/users/me/email", json=moving), 202)
    wrong = {"login": person.email, "password": "Wrong-Kettle-58"}
    await client.post("/auth/login", json=wrong, headers={"User-Agent": marks["agent"]})
    half = await first_step(client, person)
    # What is sent is held, too, and what outsiders caused: nothing may come to them while somebody looks.
    await take_due(service.services)
    await service.inbox.wait_for(asked)
    for subject in ("second factor", "about to change"):
        await service.inbox.wait_for(person.email, subject)

    assert ok_identity["email"] == known.email
    return Filled(
        person,
        enrolled,
        account["id"],
        planted=[
            *(mark for mark in marks.values()),
            *(person.email, person.username, phone, shop, key["Idempotency-Key"], asked),
            *(known.sub, str(known.email), linked.sub, str(linked.email)),
        ],
        secrets=[
            *(person.password, person.access_token, person.refresh_token, *opened),
            *(enrolled.app.secret, *enrolled.codes, half, begun["state"]),
        ],
    )
