"""Numbers that the contract or a page of the documentation promises in words are those of the code."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from typing import Final

from impl.edge.compression import BYTES_MIN
from impl.edge.well_known import KEY_SET_MAX_AGE
from impl.identity.capabilities.authentication.service import LOST_ANSWER
from impl.identity.capabilities.login_throttle.service import LONGEST_BLOCK
from impl.identity.capabilities.mails.service import HOURLY_LIMIT
from impl.identity.capabilities.oauth_codes.service import LIFETIME as OAUTH_CODE
from impl.identity.capabilities.one_time_tokens.service import LIFETIME as ONE_TIME_TOKEN
from impl.identity.capabilities.reauthentication.service import FRESH
from impl.identity.capabilities.second_factor.service import (
    CHALLENGE_LIFETIME,
    ENROLMENT_LIFETIME,
    RECOVERY_CODES,
    STEP_SECONDS,
)
from impl.identity.oauth.service import LIFETIME as OAUTH_FLOW
from impl.identity.roles.service import DEPTH_MAX
from impl.kernel.idempotency import LIFETIME as IDEMPOTENCY_KEY
from impl.kernel.paging import COUNTED
from impl.kernel.personal_data import MOST as EXPORTED
from impl.kernel.personal_data import MOST_LONG as EXPORTED_LONG
from impl.marketplace.calendar_feeds.service import KEPT as CALENDAR_DAYS
from impl.marketplace.calendar_feeds.service import MOST as CALENDAR_JOBS
from impl.marketplace.capabilities.categories.service import (
    CATEGORIES_MAX,
    CHILDREN_MAX,
    FORMER_SLUGS_MAX,
    LEVELS_MAX,
)
from impl.marketplace.capabilities.hints.service import WORDS_MAX
from impl.marketplace.capabilities.inquiries.service import LIFETIME as INQUIRY
from impl.marketplace.capabilities.inquiries.service import REMINDED_BEFORE
from impl.marketplace.capabilities.jobs.service import ADDRESS_AFTER, COMPLETED_AFTER
from impl.marketplace.capabilities.listings.service import LONG_ENOUGH, RESEMBLES
from impl.marketplace.capabilities.pages.service import FORMER_MAX
from impl.marketplace.capabilities.response_times.service import ANSWERS_MIN, OBSERVED
from impl.marketplace.capabilities.reviews.service import EDITED_WITHIN
from impl.marketplace.capabilities.submissions.repository import WITHDRAWN_MAX
from impl.marketplace.capabilities.submissions.service import CLAIMED_FOR
from impl.marketplace.capabilities.webhook_endpoints.service import GONE, PATIENCE, PAUSES, ROTATED
from impl.marketplace.capabilities.webhook_endpoints.service import JITTER as WEBHOOK_JITTER
from impl.marketplace.catalogue.service import RANKED_FOR_SUGGESTIONS, SUGGESTED
from impl.marketplace.favourites.service import MOST as FAVOURITES
from impl.marketplace.inquiries.service import MOST_OPEN, MOST_RECIPIENTS
from impl.marketplace.job_schedules.service import NEEDS_BOTH
from impl.marketplace.matching.service import (
    FAR_KM,
    FREE_BELOW,
    FREE_POINTS,
    FREE_SOON_POINTS,
    INSURED_POINTS,
    LICENSED_POINTS,
    LOOKED_AT,
    NEAR_POINTS,
    PROPOSED,
    QUICK_POINTS,
    RATED_POINTS,
    SOON,
)
from impl.marketplace.message_attachments.service import FORGOTTEN_AFTER, MOST_OF_A_THREAD, MOST_WAITING
from impl.marketplace.notification_stream.service import MISSED_MAX
from impl.marketplace.photos.service import MOST_OF_A_REVIEW, MOST_OF_ALL, MOST_OF_AN_INQUIRY, MOST_OF_ONE
from impl.marketplace.places.service import TOWN_WITHIN_KM
from impl.marketplace.properties.service import MOST as PROPERTIES
from impl.marketplace.properties.service import MOST_IN_ALL as PROPERTIES_IN_ALL
from impl.marketplace.property_areas.service import RADIUS_KM
from impl.marketplace.provider_services.repository import TAKEN_DOWN_COMPARED
from impl.marketplace.provider_services.service import MOST as SERVICES
from impl.marketplace.provider_services.service import MOST_IN_ALL as SERVICES_IN_ALL
from impl.marketplace.quotes.service import MOST_QUOTES
from impl.marketplace.reports.service import MOST_WAITING as REPORTS
from impl.marketplace.reviews.service import WRITTEN_WITHIN
from impl.marketplace.saved_searches.service import MOST as SEARCHES
from impl.marketplace.saved_searches.service import SETTLED
from impl.marketplace.saved_searches.service import SHOWN as SEARCH_SHOWN
from impl.marketplace.verifications.service import MOST as VERIFICATIONS
from impl.marketplace.verifications.service import REMINDED_BEFORE as EXPIRY_REMINDED_BEFORE
from impl.marketplace.visits.service import MOST as VISITS
from impl.marketplace.webhooks.service import MOST as ENDPOINTS
from impl.operations.capabilities.audit_chain.service import BREAKS_TOLD
from impl.operations.capabilities.audit_intake.service import PERIOD, RECORDED_MAX
from impl.operations.capabilities.backlog.service import LATE_SECONDS
from impl.operations.capabilities.sitemap.service import PART
from impl.operations.capabilities.worker_tasks.service import ALIVE
from impl.operations.logs.service import KEPT as LOG_ENTRIES
from impl.operations.usage.service import DAYS_MOST, TODAY_EVERY
from tests.harness.databases import ROOT

_CONTRACT: Final = "openapi/hestami.yaml"
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
# Each constant, its value in words of time, and where which words promise it.
_PROMISES: Final[list[tuple[object, object, str, str]]] = [
    (BYTES_MIN, 1024, "docs/decisions/0031-only-what-anybody-may-read-is-compressed.md", "1,024 bytes or more"),
    (LOST_ANSWER, timedelta(seconds=10), _CONTRACT, "repeat the call within 10 seconds with the same token"),
    (LONGEST_BLOCK, _HOUR, _CONTRACT, "Ends the wait (429 `login-throttled`, up to an hour)"),
    (OAUTH_CODE, timedelta(seconds=60), _CONTRACT, "`code` (for `POST /auth/token`, once, within 60 seconds)"),
    (ONE_TIME_TOKEN, _HOUR, _CONTRACT, "A token works once, for 60 minutes"),
    (FRESH, timedelta(minutes=10), _CONTRACT, "the session has to be started within the last 10 minutes"),
    (ENROLMENT_LIFETIME, timedelta(minutes=10), _CONTRACT, "`POST /users/me/mfa/totp/confirm`, within 10 minutes"),
    (RECOVERY_CODES, 10, "docs/mfa.md", "ten recovery codes"),
    (STEP_SECONDS, 30, "docs/mfa.md", "six digits, 30 seconds"),
    (IDEMPOTENCY_KEY, _DAY, _CONTRACT, "Within 24 hours the same key with the same body gives the first reply"),
    (COUNTED, 1000, _CONTRACT, "Counting stops at 1,000"),
    (EXPORTED, 10_000, _CONTRACT, "a section holds the newest 10,000 entries, or 2,000 where they may be long"),
    (EXPORTED_LONG, 2000, _CONTRACT, "a section holds the newest 10,000 entries, or 2,000 where they may be long"),
    (CALENDAR_DAYS, 30 * _DAY, _CONTRACT, "those that ended within the last 30 days, at most 2,000"),
    (CALENDAR_JOBS, 2000, _CONTRACT, "those that ended within the last 30 days, at most 2,000"),
    (LEVELS_MAX, 4, _CONTRACT, "The tree has four levels at the most"),
    (INQUIRY, 30 * _DAY, _CONTRACT, "30 days later it expires, with a mail three days before"),
    (REMINDED_BEFORE, 3 * _DAY, _CONTRACT, "30 days later it expires, with a mail three days before"),
    (COMPLETED_AFTER, 14 * _DAY, _CONTRACT, "has 14 days to complete it, request changes or open a dispute"),
    (ADDRESS_AFTER, 30 * _DAY, _CONTRACT, "from the acceptance until 30 days after the end"),
    (EDITED_WITHIN, 48 * _HOUR, _CONTRACT, "Within 48 hours after it was written"),
    (CLAIMED_FOR, timedelta(minutes=15), _CONTRACT, "For 15 minutes; claiming it again extends the claim"),
    (GONE, 410, _CONTRACT, "status 410 disables the endpoint at once"),
    (PATIENCE, 5 * _DAY, _CONTRACT, "so do five days without success"),
    (ROTATED, _DAY, _CONTRACT, "For 24 hours deliveries are signed with the old and the new one"),
    (
        PAUSES,
        (
            timedelta(seconds=5),
            *(timedelta(minutes=minutes) for minutes in (5, 30)),
            *(hours * _HOUR for hours in (2, 5, 10, 14, 20, 24)),
        ),
        "docs/webhooks.md",
        "after 5 seconds, 5 and 30 minutes, and 2, 5, 10, 14, 20 and 24 hours",
    ),
    (WEBHOOK_JITTER, 0.1, "docs/webhooks.md", "each with up to a tenth more at random"),
    (FAVOURITES, 500, _CONTRACT, "`limit-reached`: at most 500 favourites"),
    (MOST_OPEN, 20, _CONTRACT, "`limit-reached`: at most 20 open inquiries"),
    (MOST_RECIPIENTS, 5, _CONTRACT, "Sends the inquiry to at most five providers"),
    (NEEDS_BOTH, _DAY, _CONTRACT, "Within 24 hours of its begin, moving it takes the consent of both parties"),
    (FAR_KM, 100, "docs/marketplace.md", "none from 100 km on"),
    (LOOKED_AT, 50, "docs/marketplace.md", "considers the 50 nearest businesses"),
    (OBSERVED, 90 * _DAY, _CONTRACT, "mean time to answer inquiries of the last 90 days"),
    (ANSWERS_MIN, 3, _CONTRACT, "null below three answers"),
    (FORGOTTEN_AFTER, _DAY, _CONTRACT, "that no message names within a day is deleted"),
    (MOST_WAITING, 20, _CONTRACT, "20 attachments wait for a message, or the caller has sent 200 in this thread"),
    (MOST_OF_A_THREAD, 200, _CONTRACT, "20 attachments wait for a message, or the caller has sent 200 in this thread"),
    (MOST_OF_ONE, 20, _CONTRACT, "There are 20 photos already"),
    (MOST_OF_AN_INQUIRY, 6, _CONTRACT, "There are 6 photos already"),
    (MOST_OF_A_REVIEW, 6, _CONTRACT, "There are 6 photos already"),
    (MOST_OF_ALL, 200, _CONTRACT, "the property has 20 photos, or the account 200"),
    (MOST_QUOTES, 10, _CONTRACT, "There are 10 quotes for this inquiry already"),
    (WRITTEN_WITHIN, 14 * _DAY, _CONTRACT, "within 14 days after the completion of the job"),
    (SEARCHES, 20, _CONTRACT, "at most 20 saved searches"),
    ((PROPERTIES, PROPERTIES_IN_ALL), (200, 2000), _CONTRACT, "at most 200 properties, and 2,000 with those that were"),
    ((SERVICES, SERVICES_IN_ALL), (500, 2000), _CONTRACT, "at most 500 services, and 2,000 with those that were"),
    (WITHDRAWN_MAX, 20, "docs/security.md", "of those that were withdrawn, the last 20 stay"),
    (TAKEN_DOWN_COMPARED, 50, "docs/moderation.md", "although that was deleted (the newest 50 are compared)"),
    (RESEMBLES, 0.5, "docs/moderation.md", "when they share half of their shingles"),
    (LONG_ENOUGH, 12, "docs/moderation.md", "or all of them where there are fewer than 12"),
    (SETTLED, timedelta(minutes=5), "docs/favourites.md", "and ends five minutes ago (`SETTLED`)"),
    (DEPTH_MAX, 8, _CONTRACT, "A chain of roles that inherit from one another has 8 of them at most"),
    (HOURLY_LIMIT, 5, "docs/data-export.md", "it is sent five times an hour at most"),
    (SEARCH_SHOWN, 10, _CONTRACT, "their number, and the first 10"),
    (ENDPOINTS, 10, _CONTRACT, "has at most 10 endpoints"),
    (PERIOD, _HOUR, "docs/security.md", "ten events of a kind an hour for each account"),
    (RECORDED_MAX, 10, "docs/security.md", "ten events of a kind an hour for each account"),
    (PART, 10_000, "docs/public-pages.md", "each part has up to 10,000 addresses"),
    (ALIVE, timedelta(minutes=2), "docs/staff.md", "some worker has written down a run within two minutes"),
    (TODAY_EVERY, timedelta(minutes=5), _CONTRACT, "and the current day every five minutes"),
    (DAYS_MOST, 366, _CONTRACT, "Figures for days in UTC, at most 366"),
    (KEY_SET_MAX_AGE, 300, "docs/keys.md", "cacheable for five minutes"),
    (CHALLENGE_LIFETIME, timedelta(minutes=5), _CONTRACT, "The `mfa_token` is valid for 5 minutes, for one sign-in"),
    (OAUTH_FLOW, timedelta(minutes=10), _CONTRACT, "Sets a cookie for this sign-in, for 10 minutes"),
    (CHILDREN_MAX, 200, _CONTRACT, "a category has 200 others directly below it at the most"),
    (CATEGORIES_MAX, 2000, _CONTRACT, "the tree 2,000 in all, and a category 100 former slugs"),
    (FORMER_SLUGS_MAX, 100, _CONTRACT, "the tree 2,000 in all, and a category 100 former slugs"),
    (WORDS_MAX, 2000, _CONTRACT, "`limit-reached`: at most 2,000 words"),
    (FORMER_MAX, 20, _CONTRACT, "The last 20 former slugs are 301"),
    (PROPOSED, 10, _CONTRACT, "Proposes up to ten businesses"),
    (QUICK_POINTS, ((4, 15), (24, 8)), _CONTRACT, "| 15 within 4 hours, 8 within a day |"),
    (RATED_POINTS, 20, _CONTRACT, "| up to 20; 0 if no better than a business without reviews |"),
    (
        (NEAR_POINTS, LICENSED_POINTS, INSURED_POINTS),
        (40, 25, 10),
        _CONTRACT,
        "| `NEAR` | up to 40 | | `LICENSED`, a verified licence | 25 | | `INSURED`, a verified insurance | 10 |",
    ),
    (FREE_POINTS, 10, _CONTRACT, "| `HAS_CAPACITY`, fewer than five inquiries wait for an answer | 10 |"),
    (FREE_BELOW, 5, _CONTRACT, "| `HAS_CAPACITY`, fewer than five inquiries wait for an answer | 10 |"),
    (
        SOON,
        14,
        _CONTRACT,
        "| `FREE_SOON`, a free slot within 14 days",
    ),
    (
        FREE_SOON_POINTS,
        10,
        _CONTRACT,
        "the first of `GET /providers/{slug}/slots`) | 10 |",
    ),
    (MISSED_MAX, 1000, _CONTRACT, "more than 1,000 were missed"),
    (TOWN_WITHIN_KM, 50, _CONTRACT, "null when none is within 50 km"),
    (VERIFICATIONS, 50, _CONTRACT, "You have sent in 50 already"),
    (EXPIRY_REMINDED_BEFORE, 30 * _DAY, "docs/verifications.md", "Thirty days before, or at the verification"),
    (VISITS, 20, _CONTRACT, "a thread has at most 20 visits"),
    (BREAKS_TOLD, 20, _CONTRACT, "at which the last walk found the trail changed, up to twenty"),
    (LATE_SECONDS, 300, _CONTRACT, "nothing has been due for more than five minutes"),
    (REPORTS, 50, _CONTRACT, "50 reports of the caller's wait for staff"),
    (RADIUS_KM, 50, _CONTRACT, "Needs `near` or `place`; without it 50"),
    (SUGGESTED, 5, "docs/search.md", "`GET /services/suggest` gives up to five of each"),
    (RANKED_FOR_SUGGESTIONS, 50, "docs/search.md", "Services are the most relevant 50 matches"),
    (LOG_ENTRIES, 100_000, "docs/staff.md", "and at most 100,000 entries"),
]


@cache
def _text(name: str) -> str:
    return re.sub(r"\s+", " ", (ROOT / name).read_text(encoding="utf-8"))


def test_a_number_is_what_its_promise_says() -> None:
    """Compare all in one test, since a case takes longer to report than to compare."""
    assert [words for number, promised, _, words in _PROMISES if number != promised] == []
    assert [words for _, _, place, words in _PROMISES if words not in _text(place)] == []
