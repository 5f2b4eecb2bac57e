"""Real values for the fuzzer: a time zone that there is."""

from __future__ import annotations

from tests.fuzz.cases import Case, merge
from tests.fuzz.entries import Fuzzing
from tests.fuzz.pools import Pools


def _sound(case: Case, _: Pools) -> None:
    case.headers.pop("If-Match", None)
    if isinstance(case.body, dict):
        merge(case, time_zone="Asia/Kathmandu")


FUZZING = Fuzzing(
    pools=[],
    fills={"replaceNotificationPreferences": [_sound]},
    # Names that are no time zones.
    rules={"replaceNotificationPreferences": {"validation-failed"}},
)
