"""Chapters of the work: a visit, a job that is changed and completed, its reviews, and a dispute about another one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hestami_client import AuthenticatedClient, Client, models
from hestami_client.api.availability import list_slots, replace_availability
from hestami_client.api.disputes import decide_dispute, dispute_job, list_disputes
from hestami_client.api.job_schedules import schedule_job
from hestami_client.api.jobs import (
    complete_job,
    deliver_job,
    get_job,
    get_job_address,
    list_jobs,
    request_job_changes,
    start_job,
)
from hestami_client.api.notifications import list_notifications, mark_notifications_read
from hestami_client.api.providers import get_provider
from hestami_client.api.reviews import create_review, list_job_reviews, list_provider_reviews, reply_to_review
from hestami_client.api.visits import accept_visit, list_visits, request_visit
from staff import moderator
from trade import Business, recipient_of

if TYPE_CHECKING:
    from uuid import UUID

    from report import Teller

_DAYS: tuple[models.Weekday, ...] = (
    "MONDAY",
    "TUESDAY",
    "WEDNESDAY",
    "THURSDAY",
    "FRIDAY",
    "SATURDAY",
    "SUNDAY",
)
_STATEMENT = "The photos show that the second tap was not part of it. What was agreed is done."


class Work:
    """Walks the part of the journey that leads from a visit to a rating."""

    def __init__(self, teller: Teller, stranger: Client, homeowner: AuthenticatedClient, business: Business) -> None:
        self._teller = teller
        self._stranger = stranger
        self._homeowner = homeowner
        self._business = business

    def say_when(self) -> None:
        """Say when the business works."""
        self._teller.chapter(f"{self._business.name} says when he works")
        weekly = [models.WeeklyHours(weekday=day, starts="08:00", ends="18:00") for day in _DAYS]
        body = models.AvailabilityReplace(time_zone="America/Los_Angeles", weekly=weekly)
        said = replace_availability.sync_detailed(client=self._business.client, body=body)
        self._teller.done("every day from eight to six", said, models.Availability)

    def visit(self, inquiry: models.Inquiry) -> None:
        """Have the business come and look, at a time that it is free."""
        self._teller.chapter("Homer asks for a visit before there is a quote")
        free = self._free("he looks when Pat is free")[0].starts_at
        recipient = recipient_of(inquiry, self._business)
        body = models.VisitRequest(starts_at=free)
        asked = request_visit.sync_detailed(inquiry.id, recipient, client=self._homeowner, body=body)
        visit = self._teller.done("he asks for the first hour", asked, models.Visit)
        agreed = accept_visit.sync_detailed(visit.id, client=self._business.client)
        self._teller.expect(
            self._teller.done("Pat will come", agreed, models.Visit).state, "BOOKED", "the visit is booked"
        )
        planned = list_visits.sync_detailed(client=self._homeowner, side="HOMEOWNER", inquiry_id=inquiry.id)
        page = self._teller.done("Homer lists his visits", planned, models.VisitPage)
        self._teller.expect([one.id for one in page.items], [visit.id], "it is there")
        self._teller.expect(free in self._starts("and looks again"), wanted=False, words="the hour is taken")

    def carry_out(self, inquiry: models.Inquiry, street: str, *, not_for: Business) -> UUID:
        """Agree on a time, begin, deliver, change and complete the job of an inquiry; return its id."""
        self._teller.chapter("Pat comes, and Homer gets what was agreed")
        job, client = self._job_of(inquiry), self._business.client
        self._agree_on_a_time(job.id)
        unchosen = get_job_address.sync_detailed(job.id, client=not_for.client)
        self._teller.refused(f"{not_for.name} reading where it is", unchosen, models.NotFoundProblem)
        place = self._teller.done(
            "Pat reads where to go", get_job_address.sync_detailed(job.id, client=client), models.JobAddress
        )
        self._teller.expect(place.address.line1, street, "it is Homer's house")
        early = complete_job.sync_detailed(job.id, client=self._homeowner)
        self._teller.refused("completing what has not begun", early, models.InvalidTransitionProblem)
        self._teller.done("Pat begins", start_job.sync_detailed(job.id, client=client), models.Job)
        self._teller.done("and says that it is done", deliver_job.sync_detailed(job.id, client=client), models.Job)
        drips = models.JobChangeRequest(text="It still drips at night.")
        answer = request_job_changes.sync_detailed(job.id, client=self._homeowner, body=drips)
        changed = self._teller.done("Homer asks for changes", answer, models.Job)
        self._teller.expect(changed.state, "CHANGES_REQUESTED", "Pat has to come again")
        self._teller.done("Pat delivers again", deliver_job.sync_detailed(job.id, client=client), models.Job)
        accepted = complete_job.sync_detailed(job.id, client=self._homeowner)
        ended = self._teller.done("Homer accepts it", accepted, models.Job)
        self._teller.expect((ended.state, ended.completed_by), ("COMPLETED", "HOMEOWNER"), "the job is completed")
        return job.id

    def review(self, job_id: UUID) -> None:
        """Let both say how it was; neither reads the words of the other first."""
        self._teller.chapter("Homer and Pat say how it was")
        mine = models.ReviewCreate(rating=4, text="Quiet again, at the second try.", punctuality=3, quality=5, value=4)
        written = create_review.sync_detailed(job_id, client=self._homeowner, body=mine)
        self._teller.done("Homer reviews the job", written, models.Review)
        twice = create_review.sync_detailed(job_id, client=self._homeowner, body=mine)
        self._teller.refused("reviewing it again", twice, models.AlreadyReviewedProblem)
        blind = list_job_reviews.sync_detailed(job_id, client=self._business.client)
        seen = self._teller.done("Pat looks", blind, models.JobReviews)
        self._teller.expect(seen.items, [], "he does not read Homer's words before he has written")
        theirs = models.ReviewCreate(rating=5, text="Friendly, and the way was free.")
        answered = create_review.sync_detailed(job_id, client=self._business.client, body=theirs)
        self._teller.done("Pat reviews Homer", answered, models.Review)
        page = self._teller.until(
            "a stranger reads the reviews",
            lambda: list_provider_reviews.sync_detailed(self._business.slug, client=self._stranger),
            models.PublicReviewPage,
            lambda page: len(page.items) == 1,
        )
        self._teller.expect(page.items[0].text, mine.text, "it is what Homer wrote")
        sorry = models.ReviewReplyCreate(text="The first washer was of the wrong size.")
        replied = reply_to_review.sync_detailed(job_id, client=self._business.client, body=sorry)
        self._teller.done("Pat replies", replied, models.Review)

    def dispute(self, inquiry: models.Inquiry, url: str) -> None:
        """Let the job of an inquiry end in a dispute, which staff decide."""
        self._teller.chapter("They cannot agree about a second job, and staff decide")
        job, client = self._job_of(inquiry), self._business.client
        self._teller.done("Pat begins", start_job.sync_detailed(job.id, client=client), models.Job)
        body = models.JobDisputeOpen(text="The second tap was not changed.")
        opened = dispute_job.sync_detailed(job.id, client=self._homeowner, body=body)
        self._teller.done("Homer opens a dispute", opened, models.Job)
        meanwhile = deliver_job.sync_detailed(job.id, client=client)
        self._teller.refused("delivering meanwhile", meanwhile, models.InvalidTransitionProblem)
        decision = models.JobDecide(outcome="COMPLETED", statement=_STATEMENT)
        own = decide_dispute.sync_detailed(job.id, client=client, body=decision)
        self._teller.refused("Pat deciding it himself", own, models.ForbiddenProblem)
        with moderator(self._teller, url) as staff:
            listed = list_disputes.sync_detailed(client=staff, limit=100)
            page = self._teller.done("and looks what waits", listed, models.DisputedJobPage)
            self._teller.expect(job.id in [one.id for one in page.items], wanted=True, words="it is there")
            answer = decide_dispute.sync_detailed(job.id, client=staff, body=decision)
            self._teller.done("and decides", answer, models.DisputedJob)
        told = self._teller.done("Pat reads it", get_job.sync_detailed(job.id, client=client), models.Job)
        decided = None if told.dispute is None else told.dispute.decision
        self._teller.expect(None if decided is None else decided.statement, _STATEMENT, "with the reasons")

    def be_rated(self, somebody: AuthenticatedClient) -> None:
        """Show the new rating to a second homeowner."""
        self._teller.chapter("Nora compares businesses")
        answer = get_provider.sync_detailed(self._business.slug, client=somebody)
        rating = self._teller.done("she opens Pat's page", answer, models.PublicProvider).rating
        self._teller.expect((rating.average, rating.review_count), (4.0, 1), "she sees the new rating")
        stars = (rating.punctuality, rating.quality, rating.value)
        self._teller.expect(stars, (3.0, 5.0, 4.0), "and what it is made of")

    def show_notifications(self, kinds: set[models.NotificationKind]) -> None:
        """Show the homeowner what has happened meanwhile."""
        self._teller.chapter("Homer reads what has happened")
        page = self._teller.until(
            "he opens his notifications",
            lambda: list_notifications.sync_detailed(client=self._homeowner, limit=100),
            models.NotificationPage,
            lambda page: kinds <= {one.kind for one in page.items},
        )
        self._teller.expect(page.unread_count, len(page.items), "he has read none of them yet")
        body = models.NotificationsRead(last_number=page.items[0].number)
        read = mark_notifications_read.sync_detailed(client=self._homeowner, body=body)
        left = self._teller.done("now he has", read, models.UnreadNotifications)
        self._teller.expect(left.unread_count, 0, "none is left")

    def _agree_on_a_time(self, job_id: UUID) -> None:
        # More than a day away, so that nobody has to confirm it.
        begins = self._free("Pat looks when he is free", days=3)[0].starts_at
        time = models.JobTime(starts_at=begins, ends_at=begins + dt.timedelta(hours=2))
        answer = schedule_job.sync_detailed(job_id, client=self._business.client, body=time)
        agreed = self._teller.done("he sets a time", answer, models.Job)
        self._teller.expect((agreed.starts_at, agreed.proposal), (begins, None), "it holds at once")
        taken = self._starts("Homer looks, too", days=3)
        self._teller.expect(begins in taken, wanted=False, words="the time is taken")

    def _job_of(self, inquiry: models.Inquiry) -> models.Job:
        answer = list_jobs.sync_detailed(client=self._homeowner, side="HOMEOWNER", inquiry_id=inquiry.id)
        (job,) = self._teller.done("there is a job now", answer, models.JobPage).items
        return job

    def _starts(self, words: str, days: int = 0) -> list[dt.datetime]:
        return [slot.starts_at for slot in self._free(words, days)]

    def _free(self, words: str, days: int = 0) -> list[models.Slot]:
        first = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)
        answer = list_slots.sync_detailed(self._business.slug, client=self._stranger, from_date=first)
        return self._teller.done(words, answer, models.Slots).items
