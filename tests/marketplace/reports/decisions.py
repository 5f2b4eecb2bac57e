"""Decisions on reports, as a moderator takes them."""

from tests.harness.accounts import Account
from tests.marketplace.payloads import Json, complain, ok

QUEUE = "/admin/reports"
STATEMENT = "The price is not the one that is charged. Name the real one."
TAKE_DOWN = {"outcome": "ACTIONED", "action": "TAKE_DOWN", "statement": STATEMENT}


async def triaged(moderator: Account, report: Json) -> str:
    """Take the report up and return the path of its decision."""
    ok(await moderator.client.post(f"{QUEUE}/{report['id']}/triage"))
    return f"{QUEUE}/{report['id']}/decision"


async def taken_down(moderator: Account, reporter: Account, subject: Json, **changes: object) -> Json:
    report = await complain(reporter, subject, **changes)
    return ok(await moderator.client.post(await triaged(moderator, report), json=TAKE_DOWN))
