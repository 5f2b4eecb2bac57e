"""Real values for the fuzzer: people who were written to."""

from __future__ import annotations

from tests.fuzz.cases import Case, act_as, name_in_path
from tests.fuzz.entries import Fuzzing
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.notifications.successes import notified


async def _notification(seeds: Seeds) -> Item:
    owner, notification_id = await notified(seeds.stage)
    return {"owner": owner.headers["Authorization"], "id": notification_id}


_NOTIFICATIONS = Pool("notifications", _notification, lasting=2)


def _one(case: Case, pools: Pools) -> None:
    item = pools.turn(_NOTIFICATIONS)
    act_as(case, item["owner"])
    name_in_path(case, notification_id=item["id"])


FUZZING = Fuzzing(pools=[_NOTIFICATIONS], fills={"markNotificationRead": [_one]})
