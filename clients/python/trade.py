"""Chapters of the trade, from a question to an accepted quote: three businesses are asked, and one is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from answers import answers_to
from hestami_client import AuthenticatedClient, Client, models
from hestami_client.api.categories import get_category_questions
from hestami_client.api.inquiries import create_inquiry, get_inquiry
from hestami_client.api.matching import match_providers
from hestami_client.api.messages import list_received_inquiry_messages, send_recipient_message
from hestami_client.api.quotes import accept_quote, create_quote, get_quote, get_quote_document, list_received_quotes
from hestami_client.api.quotes import send_quote as post_quote
from hestami_client.api.received_inquiries import decline_inquiry, get_received_inquiry
from hestami_client.types import Response

if TYPE_CHECKING:
    from uuid import UUID

    from report import Teller

_HOURS_THOUSANDTHS = 2000
_TAP = models.QuoteLineCreate(
    description="Mixer tap", quantity_thousandths=1000, unit="piece", unit_price_minor=12000, tax_basis_points=1000
)


@dataclass(frozen=True, slots=True)
class Business:
    """Provider of the story, with the client that they are signed in with, and their page."""

    name: str
    client: AuthenticatedClient
    profile_id: UUID
    slug: str


@dataclass(frozen=True, slots=True)
class Home:
    """House of the story, and the work that is to be done there."""

    property_id: UUID
    street: str
    service: models.Service


class Trade:
    """Walks the part of the journey that leads from a question to a job."""

    def __init__(self, teller: Teller, stranger: Client, homeowner: AuthenticatedClient, home: Home) -> None:
        self._teller = teller
        self._stranger = stranger
        self._homeowner = homeowner
        self._home = home

    def ask(self, chosen: Business, *others: Business) -> models.Inquiry:
        """Ask the business that offers the service, and others by their names."""
        self._teller.chapter(f"Homer asks {1 + len(others)} businesses")
        self._compare_proposals()
        service = self._home.service
        recipients = [models.InquiryRecipientChoice(kind="SERVICE", id=service.id)]
        recipients += [models.InquiryRecipientChoice(kind="PROVIDER", id=one.profile_id) for one in others]
        read = get_category_questions.sync_detailed(service.category.slug, client=self._stranger)
        asked = self._teller.done("he sees what is asked about such work", read, models.CategoryQuestions)
        body = models.InquiryCreate(
            property_id=self._home.property_id,
            category_id=service.category.id,
            title="The kitchen tap drips",
            details="It has dripped for a week. Call me at +1 503 555 0142.",
            questions_version=asked.version,
            answers=answers_to(asked.questions),
            timing=models.TimingFlexible(kind="FLEXIBLE"),
            budget=models.Money(amount_minor=40000, currency="USD"),
            recipients=recipients,
        )
        key = str(uuid4())
        made = create_inquiry.sync_detailed(client=self._homeowner, body=body, idempotency_key=key)
        inquiry = self._teller.done("he asks them", made, models.Inquiry)
        again = create_inquiry.sync_detailed(client=self._homeowner, body=body, idempotency_key=key)
        self._teller.done("his browser sends it once more", again, models.Inquiry)
        self._teller.expect(again.content, made.content, "nobody is asked twice")
        self._read_before_the_acceptance(inquiry, chosen, others=len(others))
        return inquiry

    def decline(self, inquiry: models.Inquiry, by: Business) -> None:
        """Let one of them decline, for a reason that the homeowner reads."""
        self._teller.chapter(f"{by.name} has no time")
        body = models.InquiryDecline(decline_reason="TOO_FAR", note="It is across the river.")
        answer = decline_inquiry.sync_detailed(inquiry.id, client=by.client, body=body)
        declined = self._teller.done("and declines", answer, models.ReceivedInquiry)
        self._teller.expect(declined.state, "DECLINED", "that is an answer, too")
        late = self._written(inquiry, by, self._offer(9000))
        self._teller.refused("quoting after all", late, models.InvalidTransitionProblem)
        seen = get_inquiry.sync_detailed(inquiry.id, client=self._homeowner)
        reasons = [one.decline_reason for one in self._teller.done("Homer looks", seen, models.Inquiry).recipients]
        self._teller.expect("TOO_FAR" in reasons, wanted=True, words="he reads why")

    def write(self, inquiry: models.Inquiry, to: Business) -> None:
        """Write to one of them, who reads it without the number in it."""
        self._teller.chapter(f"Homer writes to {to.name}")
        recipient = recipient_of(inquiry, to)
        body = models.InquiryMessageCreate(text="Is the valve yours as well? +1 503 555 0142")
        sent = send_recipient_message.sync_detailed(inquiry.id, recipient, client=self._homeowner, body=body)
        message = self._teller.done("he sends a message", sent, models.InquiryMessage)
        self._teller.expect(message.masked, ["PHONE"], "he is told that the number is not shown")
        listed = list_received_inquiry_messages.sync_detailed(inquiry.id, client=to.client)
        page = self._teller.done("it is read", listed, models.InquiryMessagePage)
        texts = [one.text for one in page.items if isinstance(one.text, str)]
        self._teller.expect(any("555" in text for text in texts), wanted=False, words="without the number")

    def quote(self, inquiry: models.Inquiry, by: Business, price: int, *, discount: int | None = None) -> models.Quote:
        """Let one of them write a quote and send it; the discount is in hundredths of a percent."""
        self._teller.chapter(f"{by.name} quotes")
        drafted = self._written(inquiry, by, self._offer(price, discount))
        draft = self._teller.done("a draft is written", drafted, models.Quote)
        self._teller.expect(draft.state, "DRAFT", "which nobody else sees")
        unseen = get_quote.sync_detailed(draft.id, client=self._homeowner)
        self._teller.refused("Homer reading the draft", unseen, models.NotFoundProblem)
        sent = self._teller.done("and sent", post_quote.sync_detailed(draft.id, client=by.client), models.Quote)
        net = sum(line.net_minor for line in sent.lines) - sent.discount_minor
        self._teller.expect(sent.gross_minor, net + sent.tax_minor, "the service has added it up")
        return sent

    def accept(self, inquiry: models.Inquiry, best: models.Quote, *, revised: models.Quote) -> None:
        """Compare what they offer, and accept one quote."""
        self._teller.chapter("Homer compares the quotes, and accepts one")
        self._teller.expect(best.revises_id, revised.id, "a quote says which one it takes the place of")
        answer = list_received_quotes.sync_detailed(inquiry.id, client=self._homeowner)
        listed = self._teller.done("he compares them", answer, models.QuoteList).items
        states = sorted(one.state for one in listed)
        self._teller.expect(states, ["SENT", "SENT", "WITHDRAWN"], "two are open")
        paper = get_quote_document.sync_detailed(best.id, client=self._homeowner)
        self._teller.expect(paper.content[:5], b"%PDF-", "it is there on paper, too")
        gone = accept_quote.sync_detailed(revised.id, client=self._homeowner)
        self._teller.refused("accepting what was revised", gone, models.InvalidTransitionProblem)
        read = get_quote.sync_detailed(best.id, client=self._homeowner)
        self._teller.done("he reads the best", read, models.Quote)
        version = read.headers["ETag"]
        accepted = accept_quote.sync_detailed(best.id, client=self._homeowner, if_match=version)
        quote = self._teller.done("and accepts just what he has read", accepted, models.Quote)
        self._teller.expect(quote.state, "ACCEPTED", "that is agreed")
        seen = get_inquiry.sync_detailed(inquiry.id, client=self._homeowner)
        ended = self._teller.done("he looks at his inquiry", seen, models.Inquiry)
        found = sorted(one.state for one in ended.recipients)
        self._teller.expect((ended.state, found), ("ACCEPTED", ["DECLINED", "LOST", "QUOTED"]), "one is chosen")

    def agree_again(self, business: Business) -> models.Inquiry:
        """Come to a second job with a business: ask nobody else, and accept its first quote."""
        inquiry = self.ask(business)
        quote = self.quote(inquiry, business, 9000)
        accepted = accept_quote.sync_detailed(quote.id, client=self._homeowner)
        self._teller.done("Homer accepts it", accepted, models.Quote)
        return inquiry

    def _compare_proposals(self) -> None:
        body = models.ProviderMatchRequest(
            property_id=self._home.property_id, category_id=self._home.service.category.id
        )
        answer = match_providers.sync_detailed(client=self._homeowner, body=body)
        items = self._teller.done("he is proposed who would fit", answer, models.ProviderMatchList).items
        sums = [sum(reason.points for reason in one.reasons) for one in items]
        self._teller.expect([one.score for one in items], sums, "each proposal is explained")

    def _read_before_the_acceptance(self, inquiry: models.Inquiry, reader: Business, *, others: int) -> None:
        answer = get_received_inquiry.sync_detailed(inquiry.id, client=reader.client)
        read = self._teller.done(f"{reader.name} reads it", answer, models.ReceivedInquiry)
        self._teller.expect((read.state, read.others_asked), ("VIEWED", others), "and how many others were asked")
        known = answer.content.decode()
        self._teller.expect(self._home.street in known, wanted=False, words="but not where Homer lives")
        self._teller.expect("555" in read.details, wanted=False, words="nor his number")

    def _written(self, inquiry: models.Inquiry, by: Business, offer: models.QuoteCreate) -> Response[Any]:
        return create_quote.sync_detailed(inquiry.id, client=by.client, body=offer, idempotency_key=str(uuid4()))

    def _offer(self, price: int, discount: int | None = None) -> models.QuoteCreate:
        hours = models.QuoteLineCreate(
            description="Tap fitted",
            quantity_thousandths=_HOURS_THOUSANDTHS,
            unit="hour",
            unit_price_minor=price,
            tax_basis_points=0,
        )
        offer = models.QuoteCreate(currency="USD", lines=[hours, _TAP], valid_days=14, terms="Two years of warranty.")
        if discount is not None:
            offer.discount = models.DiscountPercent(kind="PERCENT", basis_points=discount)
        return offer


def recipient_of(inquiry: models.Inquiry, business: Business) -> UUID:
    """Return the id of the recipient that a business is in an inquiry."""
    (found,) = [
        one.id for one in inquiry.recipients if one.provider is not None and one.provider.id == business.profile_id
    ]
    return found
