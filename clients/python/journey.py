"""Journey through the service with the generated client, at HESTAMI_URL, with mails in HESTAMI_MAILBOX."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import advice
from hestami_client import AuthenticatedClient, Client, models
from hestami_client.api.account import get_account, update_account
from hestami_client.api.catalogue import get_service, list_categories, search_services
from hestami_client.api.passwords import confirm_password_reset, request_password_reset
from hestami_client.api.properties import create_property, delete_property, get_property, list_properties
from hestami_client.api.provider_profile import (
    get_provider_profile,
    replace_provider_profile,
    submit_provider_profile,
)
from hestami_client.api.provider_services import create_service, submit_service
from hestami_client.api.registration import register, verify_email
from hestami_client.api.sessions import get_current_session, login, logout, refresh_session
from hestami_client.types import Response
from licence import prove
from live import watch
from mails import Mailbox
from people import Person
from report import Surprise, Teller
from trade import Business, Home, Trade
from trust import Trust
from work import Work

PRICE = 12900
STREET = "1421 SE Alder Street"


class Journey:
    """Walks the journey, chapter by chapter."""

    def __init__(self, teller: Teller, url: str, mailbox: Mailbox, opened: ExitStack) -> None:
        self._teller = teller
        self._mailbox = mailbox
        self._url = url
        self._opened = opened
        self._stranger = opened.enter_context(Client(base_url=url))
        mark = secrets.token_hex(4)
        self._pat = Person("Pat the provider", f"pat.{mark}@example.com", "Gravel-Path-2031", "SERVICE_PROVIDER")
        self._homer = Person("Homer the homeowner", f"homer.{mark}@example.com", "Copper-Kettle-58", "HOMEOWNER")
        self._rita = Person("Rita", f"rita.{mark}@example.com", "Copper-Elbow-77", "SERVICE_PROVIDER")
        self._ron = Person("Ron", f"ron.{mark}@example.com", "Brass-Valve-209", "SERVICE_PROVIDER")
        self._nora = Person("Nora the neighbour", f"nora.{mark}@example.com", "Willow-Fence-64", "HOMEOWNER")

    def walk(self) -> None:
        """Walk the whole story."""
        self._register()
        self._verify()
        self._sign_in()
        self._present_the_business()
        service = self._publish_a_service()
        prove(self._teller, self._url, self._pat.client, service)
        house = self._add_a_property()
        self._find(service)
        Trust(self._teller, self._stranger, self._homer.client).walk(service)
        self._trade(Home(house, STREET, service))
        self._stay_among_ones_own(service, house)
        self._watch_what_happens()
        self._change_the_account()
        self._refresh()
        self._reset_the_password()
        self._log_out()

    def _people(self) -> tuple[Person, ...]:
        return (self._pat, self._rita, self._ron, self._homer, self._nora)

    def _register(self) -> None:
        self._teller.chapter("Newcomers register")
        weak = models.Registration(email=self._homer.email, password="password1", full_name="Homer Harper")  # noqa: S106 - an invented password
        answer = register.sync_detailed(client=self._stranger, body=weak)
        problem = self._teller.refused("a password that everybody uses", answer, models.WeakPasswordProblem)
        places = [(error.pointer, error.code) for error in problem.errors if isinstance(error, models.BodyError)]
        self._teller.expect(places, [("/password", "password_common")], "the problem points at the field")
        for person in self._people():
            body = models.Registration(
                email=person.email, password=person.password, full_name=person.name, roles=[person.role]
            )
            answer = register.sync_detailed(client=self._stranger, body=body)
            self._teller.done(f"{person.name} registers", answer, models.Accepted)

    def _verify(self) -> None:
        self._teller.chapter("They verify their addresses by the mailed links")
        early = models.LoginRequest(login=self._homer.email, password=self._homer.password)
        answer = login.sync_detailed(client=self._stranger, body=early)
        self._teller.refused("Homer logs in before verifying", answer, models.InvalidCredentialsProblem)
        for person in self._people():
            token = self._mailbox.token(person.email, after=0)
            body = models.EmailVerification(token=token, password=person.password)
            verified = verify_email.sync_detailed(client=self._stranger, body=body)
            self._teller.done(f"{person.name} follows the link, which signs in", verified, models.TokenPair)
            if person is self._homer:
                again = verify_email.sync_detailed(client=self._stranger, body=body)
                self._teller.refused("the same link once more", again, models.AlreadyUsedProblem)

    def _sign_in(self) -> None:
        self._teller.chapter("They sign in")
        wrong = models.LoginRequest(login=self._homer.email, password="Copper-Kettle-59")  # noqa: S106 - an invented password
        answer = login.sync_detailed(client=self._stranger, body=wrong)
        self._teller.refused("a wrong password", answer, models.InvalidCredentialsProblem)
        for person in self._people():
            self._login(person, f"{person.name} logs in")
        me = get_current_session.sync_detailed(client=self._homer.client)
        session = self._teller.done("Homer asks who he is", me, models.AuthSession)
        self._teller.expect(session.roles, ["HOMEOWNER"], "Homer is a homeowner")

    def _present_the_business(self) -> None:
        self._teller.chapter("Pat presents the business")
        client = self._pat.client
        absent = get_provider_profile.sync_detailed(client=client)
        self._teller.refused("reading a profile that is not there yet", absent, models.NotFoundProblem)
        far = replace_provider_profile.sync_detailed(client=client, body=_profile(radius=4000))
        self._teller.refused("a service radius beyond 300 km", far, models.ValidationFailedProblem)
        filled = replace_provider_profile.sync_detailed(client=client, body=_profile(radius=40))
        self._teller.done("Pat fills the profile", filled, models.ProviderProfile)

    def _publish_a_service(self) -> models.Service:
        categories = list_categories.sync_detailed(client=self._stranger)
        tree = self._teller.done("Pat looks for a category", categories, models.CategoryTree)
        category = _leaf(tree.items)
        client, body, key = self._pat.client, _offer(category.id), str(uuid4())
        made = create_service.sync_detailed(client=client, body=body, idempotency_key=key)
        service = self._teller.done(f"Pat adds a service in {category.slug}", made, models.Service)
        again = create_service.sync_detailed(client=client, body=body, idempotency_key=key)
        self._teller.done("the answer got lost, Pat's client sends it again", again, models.Service)
        self._teller.expect(again.content, made.content, "the same request with the same key gives the same answer")
        early = submit_service.sync_detailed(service.id, client=client)
        self._teller.refused("publishing before the profile was submitted", early, models.ProfileRequiredProblem)
        if not isinstance(
            early.parsed, models.Service | None
        ):  # so far narrowed, it is one of the operation's problems
            hint = advice.on_submission(early.parsed)
            self._teller.expect(hint, "Submit your business profile first.", "the problem tells what to do")
        submitted = submit_provider_profile.sync_detailed(client=client)
        profile = self._teller.done("Pat submits the profile", submitted, models.ProviderProfile)
        self._teller.expect(profile.state, "APPROVED", "the profile is approved (MODERATION=auto)")
        answer = submit_service.sync_detailed(service.id, client=client)
        published = self._teller.done("Pat submits the service", answer, models.Service)
        self._teller.expect(published.state, "PUBLISHED", "the service is published")
        twice = submit_service.sync_detailed(service.id, client=client)
        self._teller.refused("submitting it twice", twice, models.InvalidTransitionProblem)
        return published

    def _add_a_property(self) -> UUID:
        self._teller.chapter("Homer adds a property")
        client = self._homer.client
        made = create_property.sync_detailed(client=client, body=_house())
        house = self._teller.done("Homer adds his house", made, models.Property)
        leads = made.headers["Location"].endswith(f"/homeowners/properties/{house.id}")
        self._teller.expect(leads, wanted=True, words="Location leads to it")
        answer = list_properties.sync_detailed(client=client, country="US")
        listed = self._teller.done("Homer lists his properties", answer, models.PropertyPage)
        self._teller.expect(
            [item.id for item in listed.items], [house.id], "the list holds that house and nothing else"
        )
        return house.id

    def _find(self, service: models.Service) -> None:
        self._teller.chapter("Homer finds the service by category and price")
        category = service.category.slug
        unpriced = search_services.sync_detailed(client=self._stranger, category=category, max_price_minor=100)
        self._teller.refused("a price without its currency", unpriced, models.ValidationFailedProblem)
        found = self._search("Homer searches around the price", category, PRICE - 100, PRICE + 100)
        self._teller.expect(service.id in found, wanted=True, words="the service is among what was found")
        cheap = self._search("Homer searches far below it", category, 0, 100)
        self._teller.expect(service.id in cheap, wanted=False, words="it is not among what costs a dollar")
        named = search_services.sync_detailed(client=self._stranger, q="TÁP leak", category=category)
        best = self._teller.done("Homer searches by words", named, models.CatalogueServicePage)
        ids = [item.id for item in best.items]
        self._teller.expect(service.id in ids, wanted=True, words="the service is among what was found")
        answer = get_service.sync_detailed(service.id, client=self._stranger)
        read = self._teller.done("Homer reads it", answer, models.PublicService)
        self._teller.expect(read.title, service.title, "it is the service that Pat wrote")
        known = get_service.sync_detailed(service.id, client=self._stranger, if_none_match=answer.headers["ETag"])
        self._teller.expect(int(known.status_code), 304, "it has not changed since")

    def _trade(self, home: Home) -> None:
        """Let three businesses be asked and one be hired; Homer and Pat come to two jobs, the second by staff."""
        homer = self._homer.client
        pat = self._business_of("Pat", self._pat)
        others = [self._open_a_business(person) for person in (self._rita, self._ron)]
        rita, ron = others
        trade, work = Trade(self._teller, self._stranger, homer, home), Work(self._teller, self._stranger, homer, pat)
        work.say_when()
        inquiry = trade.ask(pat, rita, ron)
        trade.decline(inquiry, ron)
        trade.write(inquiry, pat)
        work.visit(inquiry)
        first = trade.quote(inquiry, pat, 9000)
        trade.quote(inquiry, rita, 7500)
        better = trade.quote(inquiry, pat, 8000, discount=1000)
        trade.accept(inquiry, better, revised=first)
        job_id = work.carry_out(inquiry, home.street, not_for=rita)
        work.review(job_id)
        work.be_rated(self._nora.client)
        work.dispute(trade.agree_again(pat), self._url)
        work.show_notifications(
            {"INQUIRY_DECLINED", "QUOTE_RECEIVED", "QUOTE_REVISED", "VISIT_BOOKED", "DISPUTE_DECIDED"}
        )

    def _open_a_business(self, person: Person) -> Business:
        self._teller.chapter(f"{person.name} opens a business, too")
        body = _profile(radius=40)
        body.business_name = f"{person.name}'s Pipes"
        self._teller.done(
            "the profile is filled",
            replace_provider_profile.sync_detailed(client=person.client, body=body),
            models.ProviderProfile,
        )
        submitted = submit_provider_profile.sync_detailed(client=person.client)
        self._teller.done("and submitted", submitted, models.ProviderProfile)
        return self._business_of(person.name, person)

    def _business_of(self, name: str, person: Person) -> Business:
        answer = get_provider_profile.sync_detailed(client=person.client)
        profile = self._teller.done(f"{name} looks at the profile", answer, models.ProviderProfile)
        return Business(name, person.client, profile.id, profile.slug)

    def _stay_among_ones_own(self, service: models.Service, house: UUID) -> None:
        self._teller.chapter("Everybody keeps to what is theirs")
        offered = create_service.sync_detailed(client=self._homer.client, body=_offer(service.category.id))
        self._teller.refused("Homer offering a service (wrong role)", offered, models.ForbiddenProblem)
        peeked = get_property.sync_detailed(house, client=self._pat.client)
        self._teller.refused("Pat reading Homer's house (wrong role)", peeked, models.ForbiddenProblem)
        read = get_property.sync_detailed(house, client=self._nora.client)
        self._teller.refused("Nora reading Homer's house (foreign id)", read, models.NotFoundProblem)
        deleted = delete_property.sync_detailed(house, client=self._nora.client)
        self._teller.refused("Nora deleting Homer's house (foreign id)", deleted, models.NotFoundProblem)

    def _watch_what_happens(self) -> None:
        self._teller.chapter("Homer watches what happens")
        opened = next(watch(self._homer.client))
        self._teller.expect(type(opened), models.NotificationsOpened, "a stream is opened")
        stranger = AuthenticatedClient(base_url=self._url, token="of.no.use")  # noqa: S106 - it is none
        self._teller.expect(list(watch(stranger)), [], "and ends for good where the session is over")

    def _change_the_account(self) -> None:
        self._teller.chapter("Homer changes his profile")
        client, phone = self._homer.client, "+15035550142"
        read = get_account.sync_detailed(client=client)
        self._teller.done("Homer reads his account", read, models.Account)
        given, cleared = models.AccountUpdate(phone=phone), models.AccountUpdate(phone=None)
        answer = update_account.sync_detailed(client=client, body=given, if_match=read.headers["ETag"])
        changed = self._teller.done("Homer gives his phone number", answer, models.Account)
        self._teller.expect(changed.phone, phone, "the phone number is kept")
        stale = update_account.sync_detailed(client=client, body=cleared, if_match=read.headers["ETag"])
        self._teller.refused("his other tab still holds the old version", stale, models.PreconditionFailedProblem)

    def _refresh(self) -> None:
        self._teller.chapter("Homer's tokens are refreshed")
        first = self._homer.refresh_token
        for words in ("Homer's client refreshes its tokens", "and once more, later"):
            answer = self._refreshed(self._homer.refresh_token)
            self._sign(self._homer, self._teller.done(words, answer, models.TokenPair))
        me = get_current_session.sync_detailed(client=self._homer.client)
        self._teller.done("the new access token is good", me, models.AuthSession)
        stolen = self._refreshed(first)
        self._teller.refused("a refresh token of long ago", stolen, models.InvalidRefreshTokenProblem)
        ended = get_current_session.sync_detailed(client=self._homer.client)
        self._teller.refused("which ended the session", ended, models.InvalidTokenProblem)
        self._login(self._homer, "Homer logs in again")

    def _reset_the_password(self) -> None:
        self._teller.chapter("Homer forgets his password")
        before, client = self._mailbox.count(self._homer.email), self._stranger
        asked = request_password_reset.sync_detailed(
            client=client, body=models.PasswordResetRequest(email=self._homer.email)
        )
        self._teller.done("Homer asks for a mail", asked, models.Accepted)
        token = self._mailbox.token(self._homer.email, after=before)
        body = models.PasswordReset(token=token, new_password="password1")  # noqa: S106 - an invented password
        weak = confirm_password_reset.sync_detailed(client=client, body=body)
        self._teller.refused("a new password that everybody uses", weak, models.WeakPasswordProblem)
        body.new_password = "Birch-Window-77"
        self._teller.empty("Homer sets a new one", confirm_password_reset.sync_detailed(client=client, body=body))
        again = confirm_password_reset.sync_detailed(client=client, body=body)
        self._teller.refused("the same link once more", again, models.AlreadyUsedProblem)
        old = models.LoginRequest(login=self._homer.email, password=self._homer.password)
        answer = login.sync_detailed(client=client, body=old)
        self._teller.refused("the old password", answer, models.InvalidCredentialsProblem)
        self._homer.password = body.new_password
        self._login(self._homer, "Homer logs in with the new one")

    def _log_out(self) -> None:
        self._teller.chapter("Homer goes home")
        self._teller.empty("Homer logs out", logout.sync_detailed(client=self._homer.client))
        me = get_current_session.sync_detailed(client=self._homer.client)
        self._teller.refused("the token of the ended session", me, models.InvalidTokenProblem)
        kept = self._refreshed(self._homer.refresh_token)
        self._teller.refused("its refresh token", kept, models.InvalidRefreshTokenProblem)

    def _login(self, person: Person, words: str) -> None:
        body = models.LoginRequest(login=person.email, password=person.password)
        answer = login.sync_detailed(client=self._stranger, body=body)
        self._sign(person, self._teller.done(words, answer, models.TokenPair))

    def _sign(self, person: Person, tokens: models.TokenPair) -> None:
        client = AuthenticatedClient(base_url=self._url, token=tokens.access_token)
        person.hold(tokens, self._opened.enter_context(client))

    def _refreshed(self, token: str) -> Response[Any]:
        return refresh_session.sync_detailed(client=self._stranger, body=models.RefreshRequest(refresh_token=token))

    def _search(self, words: str, category: str, low: int, high: int) -> list[UUID]:
        """Return the ids on all pages, following the cursor."""
        found: list[UUID] = []
        filters: dict[str, Any] = {"category": category, "min_price_minor": low, "max_price_minor": high}
        while True:
            answer = search_services.sync_detailed(client=self._stranger, currency="USD", sort="price", **filters)
            page = self._teller.done(words, answer, models.CatalogueServicePage)
            found += [item.id for item in page.items]
            if page.next_cursor is None:
                return found
            filters["cursor"] = page.next_cursor


def _house() -> models.PropertyCreate:
    return models.PropertyCreate(
        label="Home on Alder Street",
        type_="SINGLE_FAMILY_HOME",
        address=models.AddressInput(line1=STREET, city="Portland", region="OR", country="US"),
        coordinates=models.Coordinates(latitude=45.5179, longitude=-122.6512),
    )


def _profile(*, radius: int) -> models.ProviderProfileReplace:
    return models.ProviderProfileReplace(
        business_name="Rose City Plumbing",
        about="Family plumbers on the east side of Portland since 1998.",
        phone="+15035550170",
        base_point=models.Coordinates(latitude=45.5231, longitude=-122.6765),
        service_radius_km=radius,
    )


def _offer(category: UUID) -> models.ServiceCreate:
    return models.ServiceCreate(
        category_id=category,
        title="Leaking tap repaired",
        description="We replace worn washers and cartridges. Common parts are included.",
        pricing=models.PricingFixed(kind="FIXED", price=models.Money(amount_minor=PRICE, currency="USD")),
        duration_minutes=60,
    )


def _leaf(nodes: list[models.CategoryNode]) -> models.CategoryNode:
    return _leaf(nodes[0].children) if nodes[0].children else nodes[0]


def main() -> int:
    """Walk the story; 0 when it ends well."""
    url = os.environ.get("HESTAMI_URL", "http://127.0.0.1:8000")
    mailbox = Mailbox(Path(os.environ.get("HESTAMI_MAILBOX", ".data/mailbox")))
    teller = Teller()
    try:
        with ExitStack() as opened:
            Journey(teller, f"{url}/api/v1", mailbox, opened).walk()
    except (Surprise, TimeoutError) as surprise:
        sys.stderr.write(f"\nSurprise: {surprise}\n")
        return 1
    sys.stdout.write(f"\nThe story ended well, after {teller.steps} steps, {teller.refusals} of them refused.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
