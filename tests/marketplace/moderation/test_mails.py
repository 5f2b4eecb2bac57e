"""The owner is mailed each decision in words that they can act on."""

from __future__ import annotations

from tests.harness.accounts import Accounts
from tests.harness.service import Service
from tests.marketplace.moderation.staff_review import APPROVE, NOTE, REJECT, decide, submitted, waiting
from tests.marketplace.payloads import PROFILE, SERVICES, approve_business, business, kinds_of, ok

_HOST = "taps.example.com"
_WHY = "it has contact details where they do not belong"


async def test_the_owner_is_mailed_each_decision_and_each_suspension(reviewed: Service, people: Accounts) -> None:
    staff, provider = await people.staff(), await people.make("SERVICE_PROVIDER")
    profile = await approve_business(provider)
    made = await submitted(provider)
    mails = 0

    async def next_mail() -> tuple[str, str]:
        nonlocal mails
        mail = await reviewed.inbox.wait_for(provider.email, after=mails)
        mails += 1
        return mail.subject, " ".join(mail.text.split())

    for subject_id, thing in ((profile["id"], "profile “Rose City"), (made["id"], "service “Leaking tap repaired”")):
        ok(await decide(staff, await waiting(staff, subject_id), REJECT))
        subject, text = await next_mail()
        assert subject.endswith("needs a change")
        assert thing in text
        assert _WHY in text
        assert NOTE in text
    ok(await provider.client.put(PROFILE, json=business()))
    ok(await provider.client.post(f"{PROFILE}/submit"))
    ok(await provider.client.patch(f"{SERVICES}/{made['id']}", json={"title": "Taps of all kinds"}))
    ok(await provider.client.post(f"{SERVICES}/{made['id']}/submit"))
    ok(await decide(staff, await waiting(staff, profile["id"]), APPROVE))
    assert (await next_mail())[0] == "Your business profile is approved"
    ok(await decide(staff, await waiting(staff, made["id"]), APPROVE))
    subject, text = await next_mail()
    assert subject == "Your service is published"
    assert "Taps of all kinds" in text
    path = f"/admin/providers/{profile['id']}"
    ok(await staff.client.post(f"{path}/suspend", json={"note": "Nobody came on Monday."}))
    subject, text = await next_mail()
    assert subject == "Your business is suspended"
    assert "Nobody came on Monday." in text
    ok(await staff.client.post(f"{path}/reinstate"))
    assert (await next_mail())[0] == "Your business is shown again"
    assert await kinds_of(provider) == [
        *("PROVIDER_REINSTATED", "PROVIDER_SUSPENDED", "SERVICE_APPROVED", "PROFILE_APPROVED"),
        *("SERVICE_REJECTED", "PROFILE_REJECTED"),
    ]


async def test_no_mail_program_makes_a_link_of_the_name_of_a_business(reviewed: Service, people: Accounts) -> None:
    staff, provider = await people.staff(), await people.make("SERVICE_PROVIDER")
    profile = await approve_business(provider, business_name=f"{_HOST} and sons")
    ok(await decide(staff, await waiting(staff, profile["id"]), APPROVE))
    mail = await reviewed.inbox.wait_for(provider.email)
    for text in (mail.text, mail.html or ""):
        assert _HOST not in text
        assert "taps.\u2060example.\u2060com and sons" in text
    # Links of our own are as they were.
    assert f"{reviewed.settings.app_url}/unsubscribe#" in mail.text.replace(chr(10), "")
