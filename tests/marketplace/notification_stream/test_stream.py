"""Stream of notifications over HTTP: where it begins, what it says of what is missing, and its headers.

The service of these tests has streams that send what there is and end.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import delete, update

from impl.kernel.caller import Caller
from impl.kernel.errors import RateLimited
from impl.marketplace.capabilities.notices.service import title_of
from impl.marketplace.capabilities.notices.tables import Notification, NotificationBox
from impl.marketplace.notification_stream.service import MISSED_MAX, NotificationStreamService, StreamLimits
from tests.harness.client import assert_problem
from tests.harness.events import events_of
from tests.identity.roles.role_requests import id_of
from tests.kernel.conftest import caller_with
from tests.marketplace.notification_stream.listening import tell
from tests.marketplace.payloads import Json, ok

if TYPE_CHECKING:
    from tests.harness.accounts import Account, Accounts
    from tests.harness.service import Service

_STREAM = "/notifications/stream"


async def _notified(accounts: Accounts, service: Service, times: int) -> tuple[Account, UUID]:
    account = await accounts.hire("HOMEOWNER")
    account_id = UUID(await id_of(account))
    for _ in range(times):
        await tell(service, account_id)
    return account, account_id


async def _events(account: Account, last: int | None = None) -> list[tuple[str, str]]:
    """Return ids and kinds of the events after one."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    answer = await account.client.get(_STREAM, headers=headers)
    assert answer.status_code == 200, answer.text
    return [(event.id, event.json["event"]) for event in events_of(answer.content)]


async def test_a_stream_begins_now_or_after_the_last_event(accounts: Accounts, service: Service) -> None:
    account, _ = await _notified(accounts, service, 3)
    assert await _events(account) == [("3", "OPENED")]
    assert await _events(account, 3) == [("3", "OPENED")]
    assert await _events(account, 1) == [("1", "OPENED"), ("2", "NOTIFICATION"), ("3", "NOTIFICATION")]
    assert [number for number, _ in await _events(account, 0)] == ["0", "1", "2", "3"]


async def test_a_stream_lasts_as_long_as_is_set_or_up_to_a_tenth_less(service: Service) -> None:
    limits = StreamLimits(seconds=900, heartbeat_seconds=20, per_account=1, in_all=1)
    services = service.services
    streams = NotificationStreamService(services.database, services.marketplace.notifications, limits)
    lifetimes = {streams.lifetime() for _ in range(100)}
    assert 810 <= min(lifetimes) < max(lifetimes) <= 900


async def test_a_place_is_free_once_a_stream_is_closed_and_no_other_one(accounts: Accounts, service: Service) -> None:
    account = await accounts.hire("HOMEOWNER")
    caller = replace(caller_with(None), user_id=UUID(await id_of(account)))

    async def is_live(_: Caller) -> bool:
        return True

    limits = StreamLimits(seconds=900, heartbeat_seconds=20, per_account=2, in_all=9)
    services = service.services
    streams = NotificationStreamService(services.database, services.marketplace.notifications, limits)
    opened = [await streams.open(caller, None, is_live) for _ in range(2)]
    for _ in range(2):
        with pytest.raises(RateLimited):
            await streams.open(caller, None, is_live)
        await opened.pop(0).aclose()
        assert streams.open_count == 1
        opened.append(await streams.open(caller, None, is_live))
    for one in opened:
        await one.aclose()
    assert streams.open_count == 0


async def test_a_long_absence_is_made_up_for_page_by_page(accounts: Accounts, service: Service) -> None:
    account, _ = await _notified(accounts, service, 45)
    assert [number for number, _ in await _events(account, 0)] == [str(number) for number in range(46)]


@pytest.mark.both_engines
async def test_an_id_that_does_not_lead_on_begins_anew(accounts: Accounts, service: Service) -> None:
    """One from another life of the database, one from before what has been deleted, one after which too many came."""
    account, account_id = await _notified(accounts, service, 4)
    assert await _events(account, 5) == [("4", "RESET")]
    async with service.services.database.begin() as tx:
        await tx.execute(delete(Notification).where(Notification.account_id == account_id, Notification.number == 2))
    assert await _events(account, 0) == [("0", "OPENED"), ("4", "RESET")]
    assert await _events(account, 2) == [("2", "OPENED"), ("3", "NOTIFICATION"), ("4", "NOTIFICATION")]

    many = MISSED_MAX + 4
    async with service.services.database.begin() as tx:
        box = update(NotificationBox).where(NotificationBox.account_id == account_id)
        await tx.execute(box.values(last_number=many))
    assert await _events(account, 4) == [("4", "OPENED")]
    assert await _events(account, 3) == [(str(many), "RESET")]


async def test_titles_are_in_the_language_that_was_chosen_for_notifications(
    accounts: Accounts, service: Service
) -> None:
    account, _ = await _notified(accounts, service, 1)
    chosen: Json = {"groups": {}, "quiet_hours": None, "time_zone": "UTC", "language": "DE"}
    ok(await account.client.put("/users/me/notification-preferences", json=chosen))
    (listed,) = ok(await account.client.get("/notifications"))["items"]
    *_, last = events_of((await account.client.get(_STREAM, headers={"Last-Event-ID": "0"})).content)
    assert listed["title"] == title_of(listed["kind"], "de")
    assert last.json["notification"] == listed


async def test_an_id_that_is_no_number_is_refused(accounts: Accounts) -> None:
    account = await accounts.hire("HOMEOWNER")
    for garbage in ("now", "-1", "1.5", "9" * 30):
        refused = await account.client.get(_STREAM, headers={"Last-Event-ID": garbage})
        problem = assert_problem(refused, 422, "validation-failed")
        assert problem["errors"][0]["parameter"] == "Last-Event-ID"


async def test_nothing_on_the_way_keeps_or_collects_a_stream(accounts: Accounts) -> None:
    account = await accounts.hire("HOMEOWNER")
    got = await account.client.get(_STREAM, headers={"Accept": "text/event-stream", "Accept-Encoding": "gzip, br"})
    head = await account.client.head(_STREAM)
    for answer in (got, head):
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Accel-Buffering"] == "no"
        assert not {"ETag", "Content-Length", "Content-Encoding"} & {name.title() for name in answer.headers}
    assert head.content == b""


async def test_a_stream_is_of_its_own_account_alone(accounts: Accounts, service: Service) -> None:
    account, _ = await _notified(accounts, service, 0)
    await _notified(accounts, service, 2)
    assert await _events(account, 0) == [("0", "OPENED")]
