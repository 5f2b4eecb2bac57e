"""Real values for the fuzzer: jobs with and without a proposed time."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

from tests.fuzz.cases import Case, merge
from tests.fuzz.entries import Fuzzing, any_version
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.job_schedules.successes import proposed
from tests.marketplace.jobs.fuzz import in_state, item_of, of_party


async def _proposed(seeds: Seeds) -> Item:
    return item_of(await proposed(seeds.stage), by_owner=False)


_DAYS = count()
_LASTING = Pool("jobs_to_schedule", in_state("SCHEDULED"), lasting=3)
_TO_ACCEPT = Pool("times_to_accept", _proposed, share=0.5)
_TO_DECLINE = Pool("times_to_decline", _proposed, share=0.5)


def _ahead(case: Case, _: Pools) -> None:
    if isinstance(case.body, dict) and case.body.keys() >= {"starts_at", "ends_at"}:
        day = date(2090, 1, 1) + timedelta(days=next(_DAYS))
        merge(case, starts_at=f"{day}T09:00:00Z", ends_at=f"{day}T12:00:00Z")


FUZZING = Fuzzing(
    pools=[_LASTING, _TO_ACCEPT, _TO_DECLINE],
    fills={
        "scheduleJob": [of_party(_LASTING), _ahead],
        "acceptJobSchedule": [of_party(_TO_ACCEPT), any_version],
        "declineJobSchedule": [of_party(_TO_DECLINE)],
    },
    # A time that has passed, ends before it begins, or is another job's.
    rules={"scheduleJob": {"validation-failed", "slot-taken"}, "acceptJobSchedule": {"slot-taken"}},
)
