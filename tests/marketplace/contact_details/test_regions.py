"""Numbers are read as where the home is said to be, and as where the business is: neither side chooses alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.marketplace.inquiries.asking import INBOX, ask, asker, businesses, read
from tests.marketplace.messages.writing import send_documents, talk_of
from tests.marketplace.payloads import house, ok
from tests.marketplace.photos.successes import picture
from tests.marketplace.places.small import SMALL
from tests.marketplace.quotes.quoting import LABOUR, quoted

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

# A number in America, and no number in the Antarctic.
_REACHED: Final = "503-555-0119"
_NOWHERE: Final = {**house()["address"], "country": "AQ"}


async def test_a_home_that_is_said_to_be_elsewhere_hides_no_number(
    accounts: Accounts, inbox: Inbox, service: Service
) -> None:
    await service.services.marketplace.places.load(SMALL)
    owner, home = await asker(accounts, address=_NOWHERE)
    ((provider, profile),) = await businesses(accounts, 1)
    sent = await ask(owner, home, profile, title=f"The tap, {_REACHED}", details=f"It drips. {_REACHED}")
    mail = await inbox.wait_for(provider.email)
    assert "The tap, ***" in mail.text
    assert _REACHED not in mail.text + str(mail.html)
    described = {"alt_text": _REACHED}
    files = {"file": ("a.png", picture())}
    ok(await owner.client.post(f"/homeowners/inquiries/{sent['id']}/photos", files=files, data=described), 201)
    talking = talk_of(sent, owner, provider)
    await send_documents(talking, sent, _REACHED)
    quote = await quoted(provider, sent, lines=[{**LABOUR, "description": _REACHED}], terms=_REACHED)
    seen = [
        await read(provider, sent),
        ok(await provider.client.get(INBOX)),
        ok(await provider.client.get(f"{INBOX}/{sent['id']}/photos")),
        await talking.provider.messages(),
        await talking.homeowner.messages(),
        ok(await owner.client.get(f"/quotes/{quote['id']}")),
    ]
    assert [one for one in seen if _REACHED in str(one)] == []
    declined = await owner.client.post(
        f"/quotes/{quote['id']}/decline", json={"decline_reason": "PRICE", "note": _REACHED}
    )
    assert _REACHED not in str(ok(declined)["note"])
