"""Successful request to the stream of notifications."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.marketplace.notifications.successes import notified


async def _missed(stage: Stage, _: Body) -> Ready:
    return Ready(by=(await notified(stage))[0], headers={"Last-Event-ID": "0"})


SUCCESSES: Entries = {"streamNotifications": _missed}
