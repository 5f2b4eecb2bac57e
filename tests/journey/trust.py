"""Journey of finding and trusting: a licence, a search with a typo, a page, favourites, reviews, a report."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from tests.journey.mailbox import Mailbox
from tests.journey.report import Person, Teller
from tests.journey.trade import hire
from tests.journey.work import carry_out, dispute

_POSTAL_CODE = "97214"
_PROFILE: dict[str, Any] = {
    "about": "Plumbers who say beforehand what it costs.",
    "phone": "+15035550170",
    "service_radius_km": 40,
}
_REJECTION = {
    "decision": "REJECT",
    "rejection_reason": "INCOMPLETE",
    "note": "Please say what is included; customers ask us.",
}
_LICENCE = {
    "kind": "LICENCE",
    "title": "Master plumber",
    "number": "PL-20931",
    "authority": "Oregon Building Codes Division",
    "country": "US",
}
_DOCUMENT = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
_STATEMENT = "The price in the listing is not the one on the invoice. Name the real one and submit it again."


@dataclass(slots=True)
class _Business:
    """Provider of the story, with what they offer."""

    person: Person
    name: str
    base: dict[str, Any]
    slug: str = ""
    profile_id: str = ""
    service_id: str = ""
    words: dict[str, Any] = field(default_factory=dict)


class TrustJourney:
    """Walks the journey of a homeowner, two businesses and a moderator, chapter by chapter."""

    def __init__(self, teller: Teller, mailbox: Mailbox, moderator: Person) -> None:
        """Begin with a person of the staff who may invite people and decide."""
        self._teller = teller
        self._mailbox = mailbox
        self._moderator = moderator
        self._mark = mark = secrets.token_hex(4)
        self._category_slug = ""
        self._hugo = Person("Hugo the homeowner", f"hugo.{mark}@example.com", "Cellar-Stairs-28", ["HOMEOWNER"])
        self._rita, self._ron = (
            _Business(
                Person(
                    f"{name} the plumber", f"{name.lower()}.{mark}@example.com", "Pipe-Wrench-311", ["SERVICE_PROVIDER"]
                ),
                f"{name}'s Pipes {mark}",
                base,
            )
            for name, base in (
                ("Rita", {}),
                # Some ten kilometres to the west of the other one.
                ("Ron", {"base_point": {"latitude": 45.4871, "longitude": -122.7700}}),
            )
        )

    def walk(self) -> None:
        """Walk the whole story."""
        place = self._find_the_place()
        self._rita.base = {"base_place": place}
        self._invite()
        for business in (self._rita, self._ron):
            self._present(business)
            self._publish(business)
        self._prove()
        self._search(place)
        self._open_the_page()
        self._keep_it()
        self._save_the_search(place)
        question = self._ask()
        hire(self._teller, question, by=self._hugo, businesses=(self._rita, self._ron))
        carry_out(self._teller, by=self._hugo, business=self._rita)
        dispute(self._teller, question, by=self._hugo, business=self._rita, moderator=self._moderator)
        self._report()
        self._review_again()

    def _find_the_place(self) -> str:
        self._teller.chapter("Hugo says where he lives")
        found = self._teller.done(
            "he types his postal code", 200, "GET /places", params={"q": _POSTAL_CODE, "country": "US"}
        ).json()["items"]
        self._teller.expect([one["name"] for one in found] == [_POSTAL_CODE], "it is suggested", found=found)
        return str(found[0]["id"])

    def _invite(self) -> None:
        self._teller.chapter("Hugo and two plumbers join")
        self._teller.sign_in(f"{self._moderator.name} logs in", self._moderator)
        for person in (self._hugo, self._rita.person, self._ron.person):
            body = {"email": person.email, "full_name": person.name, "roles": person.roles}
            self._teller.done(f"{person.name} is invited", 201, "POST /users", by=self._moderator, json=body)
            reset = {"token": self._mailbox.token(person.email, after=0), "new_password": person.password}
            path = "POST /auth/reset-password/confirm"
            self._teller.done(f"{person.name} follows the link and sets a password", 204, path, json=reset)
            self._teller.sign_in(f"{person.name} logs in", person)

    def _present(self, business: _Business) -> None:
        provider = business.person
        self._teller.chapter(f"{provider.name} presents the business")
        body = {**_PROFILE, **business.base, "business_name": business.name}
        path = "/service-providers/profile"
        self._teller.done("the profile is filled in", 201, f"PUT {path}", by=provider, json=body)
        profile = self._teller.done("and submitted", 200, f"POST {path}/submit", by=provider).json()
        if profile["state"] == "PENDING_REVIEW":
            edit = {**body, "about": f"{_PROFILE['about']} Parts included."}
            profile = self._review(provider, path, profile["id"], "PUT", edit)
        self._teller.expect(profile["state"] == "APPROVED", "it is approved", found=profile["state"])
        business.slug, business.profile_id = profile["slug"], profile["id"]

    def _publish(self, business: _Business) -> None:
        tree = self._teller.done("a category is chosen", 200, "GET /categories").json()
        category = _leaf(tree["items"])
        self._category_slug = str(category["slug"])
        business.words = {
            "category_id": category["id"],
            "title": f"Plumber for old houses {self._mark}",
            "description": "Pipes, taps and drains of houses that were built before 1930.",
            "pricing": {"kind": "HOURLY", "price": {"amount_minor": 9500, "currency": "USD"}},
        }
        path = "/service-providers/services"
        made = self._teller.done(
            "a service is added", 201, f"POST {path}", by=business.person, json=business.words
        ).json()
        business.service_id = made["id"]
        path = f"{path}/{made['id']}"
        service = self._teller.done("and submitted", 200, f"POST {path}/submit", by=business.person).json()
        if service["state"] == "PENDING_REVIEW":
            self._decide(made["id"], {"decision": "APPROVE"})
            service = self._teller.done("it is read again", 200, f"GET {path}", by=business.person).json()
        self._teller.expect(service["state"] == "PUBLISHED", "it is published", found=service["state"])

    def _prove(self) -> None:
        self._teller.chapter("Rita proves that she has a licence, and staff look at the proof")
        path = "/service-providers/verifications"
        sent = self._teller.done(
            "she sends her licence in",
            201,
            f"POST {path}",
            by=self._rita.person,
            data=_LICENCE,
            files={"document": ("licence.pdf", _DOCUMENT)},
        ).json()
        self._teller.refused("Ron reading it", 404, "not-found", f"GET {path}/{sent['id']}", by=self._ron.person)
        path = f"/admin/verifications/{sent['id']}"
        proof = self._teller.done("a moderator opens the document", 200, f"GET {path}/document", by=self._moderator)
        self._teller.expect(proof.content == _DOCUMENT, "it is what she sent")
        decided = self._teller.done(
            "and verifies it", 200, f"POST {path}/decision", by=self._moderator, json={"decision": "VERIFY"}
        ).json()
        self._teller.expect(decided["state"] == "VERIFIED", "it counts from now on", found=decided)

    def _search(self, place: str) -> None:
        self._teller.chapter("Hugo looks for a plumber, with a typo")
        typo = f"plumbre {self._mark}"
        near = {"place": place, "radius_km": "50"}
        found = self._teller.until(
            "he searches near his postal code",
            "GET /services",
            lambda page: bool(page["items"]),
            params={"q": typo, **near},
        )
        corrected = f"plumber {self._mark}"
        self._teller.expect(found["corrected_query"] == corrected, f"{corrected} is searched for", found=found)
        verbatim = {"q": typo, **near, "verbatim": "true"}
        page = self._teller.done("he insists on his spelling", 200, "GET /services", params=verbatim).json()
        self._teller.expect((page["items"], page["corrected_query"]) == ([], None), "nothing is found", found=page)
        nearest = {"q": corrected, **near, "sort": "distance"}
        page = self._teller.done("he compares by distance", 200, "GET /services", params=nearest).json()
        away = [(one["id"], one["distance_km"]) for one in page["items"]]
        ids, kilometres = [one for one, _ in away], [far for _, far in away]
        self._teller.expect(
            ids == [self._rita.service_id, self._ron.service_id] and kilometres == sorted(kilometres),
            "Rita is nearer than Ron",
            found=away,
        )
        licensed = {"q": corrected, **near, "verified": "true"}
        page = self._teller.done("he wants a licence to be there", 200, "GET /services", params=licensed).json()
        ids = [one["id"] for one in page["items"]]
        self._teller.expect(ids == [self._rita.service_id], "only Rita is left", found=ids)
        facets = self._teller.done(
            "he looks what he could narrow by", 200, "GET /services/facets", params={"q": corrected, "currency": "USD"}
        ).json()
        counts = {one["pricing"]: one["count"]["count"] for one in facets["pricing"]}
        self._teller.expect(counts["HOURLY"] == 2, "both are paid by the hour", found=counts)
        self._teller.refused(
            "sorting by a distance from nowhere",
            422,
            "validation-failed",
            "GET /services",
            params={"q": corrected, "sort": "distance"},
        )

    def _open_the_page(self) -> None:
        self._teller.chapter("Hugo opens the page of the business")
        found = self._teller.until(
            "he looks for the business, with a typo as well",
            "GET /providers",
            lambda page: bool(page["items"]),
            params={"q": f"plumbres {self._mark}"},
        )
        slugs = {one["slug"] for one in found["items"]}
        self._teller.expect(slugs == {self._rita.slug, self._ron.slug}, "both are found", found=found)
        page = self._teller.done("he opens Rita's page", 200, f"GET /providers/{self._rita.slug}")
        shown = [item["id"] for group in page.json()["services"] for item in group["items"]]
        self._teller.expect(shown == [self._rita.service_id], "her service is there", found=shown)
        licences = [(one["title"], one["number"]) for one in page.json()["licences"]]
        self._teller.expect(licences == [(_LICENCE["title"], _LICENCE["number"])], "and her licence", found=licences)
        self._teller.done(
            "his browser asks whether it changed",
            304,
            f"GET /providers/{self._rita.slug}",
            headers={"If-None-Match": page.headers["ETag"]},
        )

    def _keep_it(self) -> None:
        self._teller.chapter("Hugo keeps what he liked")
        path = "/homeowners/favourites"
        for words, kept in (
            ("Rita's service", f"services/{self._rita.service_id}"),
            ("her business", f"providers/{self._rita.profile_id}"),
            ("Ron's service", f"services/{self._ron.service_id}"),
        ):
            self._teller.done(words, 200, f"PUT {path}/{kept}", by=self._hugo)
        self._teller.refused("a plumber who keeps something", 403, "forbidden", f"GET {path}", by=self._ron.person)

    def _save_the_search(self, place: str) -> None:
        self._teller.chapter("Hugo saves the search")
        filters = {"q": f"plumber {self._mark}", "place": place, "radius_km": 50, "verified": True}
        body = {"name": "Licensed plumbers near home", "filters": filters, "frequency": "DAILY"}
        path = "/homeowners/saved-searches"
        saved = self._teller.done("with a daily mail", 201, f"POST {path}", by=self._hugo, json=body).json()
        listed = self._teller.done("he lists them", 200, f"GET {path}", by=self._hugo).json()["items"]
        self._teller.expect(
            [(one["id"], one["filters"]["verified"]) for one in listed] == [(saved["id"], True)],
            "there it is, with the licence",
            found=listed,
        )

    def _ask(self) -> dict[str, Any]:
        self._teller.chapter("Hugo asks both plumbers, and one declines")
        home = {"line1": "1421 SE Alder Street", "city": "Portland", "region": "OR", "postal_code": _POSTAL_CODE}
        body = {"label": "Home", "type": "SINGLE_FAMILY_HOME", "address": {**home, "country": "US"}}
        place = self._teller.done("he adds his house", 201, "POST /homeowners/properties", by=self._hugo, json=body)
        work = {"property_id": place.json()["id"], "category_id": self._rita.words["category_id"]}
        path = "/homeowners/inquiries"
        matches = self._teller.done(
            "he is proposed who would fit", 200, f"POST {path}/match", by=self._hugo, json=work
        ).json()["items"]
        proposed = {one["provider"]["id"] for one in matches}
        both = {self._rita.profile_id, self._ron.profile_id}
        self._teller.expect(both <= proposed or len(proposed) == 10, "both are proposed, or ten others", found=matches)
        questions = self._teller.done(
            "he sees what is asked there", 200, f"GET /categories/{self._category_slug}/questions"
        ).json()
        question = {
            **work,
            "title": "The kitchen tap drips",
            "details": "It has dripped for a week, more at night.",
            "questions_version": questions["version"],
            "answers": [_answer(one) for one in questions["questions"] if one["required"]],
            "timing": {"kind": "FLEXIBLE"},
            "recipients": [{"kind": "SERVICE", "id": self._rita.service_id}],
        }
        asked = self._teller.done("he asks Rita", 201, f"POST {path}", by=self._hugo, json=question).json()
        path, inbox = f"{path}/{asked['id']}", f"/service-providers/inquiries/{asked['id']}"
        more = {"kind": "PROVIDER", "id": self._ron.profile_id}
        self._teller.done("and Ron as well", 200, f"POST {path}/recipients", by=self._hugo, json=more)
        read = self._teller.done("Rita reads it", 200, f"GET {inbox}", by=self._rita.person).json()
        known = (read["state"], read["others_asked"], home["line1"] in str(read))
        self._teller.expect(known == ("VIEWED", 1, False), "she sees no address", found=read)
        thread = f"{path}/recipients/{asked['recipients'][0]['id']}/messages"
        words = {"text": "When could you come? Call 503-555-0119."}
        said = self._teller.done("Hugo writes to her", 201, f"POST {thread}", by=self._hugo, json=words).json()
        answer = {"text": "On Monday after 9."}
        self._teller.done("she answers", 201, f"POST {inbox}/messages", by=self._rita.person, json=answer)
        marker = {"last_read_id": said["id"]}
        self._teller.done("and marks it", 200, f"PUT {inbox}/messages/read-marker", by=self._rita.person, json=marker)
        talk = self._teller.done("Hugo reads", 200, f"GET {thread}", by=self._hugo).json()["items"]
        told = [(one["text"], one["masked"], one["read"]) for one in talk]
        masked = ("When could you come? Call ************.", ["PHONE"], True)
        self._teller.expect(told == [(answer["text"], [], False), masked], "his number is masked, and read", found=told)
        reason = {"decline_reason": "NO_CAPACITY", "note": "We are booked until April."}
        self._teller.done("Ron declines", 200, f"POST {inbox}/decline", by=self._ron.person, json=reason)
        seen = self._teller.done("Hugo looks at it", 200, f"GET {path}", by=self._hugo).json()
        states = [one["state"] for one in seen["recipients"]]
        self._teller.expect(states == ["VIEWED", "DECLINED"], "he sees what became of it", found=states)
        self._teller.done("he withdraws it", 200, f"POST {path}/withdraw", by=self._hugo)
        return question

    def _report(self) -> None:
        self._teller.chapter("Hugo reports Ron's listing, and staff take it down")
        body = {
            "subject_kind": "SERVICE",
            "subject_id": self._ron.service_id,
            "reason": "MISLEADING",
            "text": "The invoice was twice the price.",
        }
        made = self._teller.done("he reports it", 201, "POST /reports", by=self._hugo, json=body).json()
        self._teller.refused(
            "Ron reporting himself", 409, "own-listing", "POST /reports", by=self._ron.person, json=body
        )
        path = f"/admin/reports/{made['id']}"
        decision = {"outcome": "ACTIONED", "action": "TAKE_DOWN", "statement": _STATEMENT}
        self._teller.refused(
            "deciding before looking",
            409,
            "invalid-transition",
            f"POST {path}/decision",
            by=self._moderator,
            json=decision,
        )
        self._teller.done("a moderator takes the report up", 200, f"POST {path}/triage", by=self._moderator)
        self._teller.done("and decides it", 200, f"POST {path}/decision", by=self._moderator, json=decision)
        mine = self._teller.done("Hugo reads it", 200, f"GET /reports/{made['id']}", by=self._hugo).json()
        self._teller.expect(mine["statement"] == _STATEMENT, "with the reasons", found=mine)
        self._teller.refused("Ron's listing", 404, "not-found", f"GET /services/{self._ron.service_id}")
        page = self._teller.done("Hugo looks at his list", 200, "GET /homeowners/favourites", by=self._hugo).json()
        available = sorted(one["available"] for one in page["items"])
        self._teller.expect(available == [False, True, True], "one is not available", found=available)

    def _review_again(self) -> None:
        path = f"/service-providers/services/{self._ron.service_id}"
        self._teller.chapter("Ron corrects it, and staff look at it again")
        mine = self._teller.done("he reads why", 200, f"GET {path}", by=self._ron.person).json()
        self._teller.expect(mine["review_note"] == _STATEMENT, "the reasons are there", found=mine)
        self._teller.done(
            "he names the real price",
            200,
            f"PATCH {path}",
            by=self._ron.person,
            json={"pricing": {"kind": "HOURLY", "price": {"amount_minor": 19000, "currency": "USD"}}},
        )
        self._teller.done("and submits it", 200, f"POST {path}/submit", by=self._ron.person)
        edit = {"description": "All parts are included."}
        after = self._review(self._ron.person, path, self._ron.service_id, "PATCH", edit)
        self._teller.expect(after["state"] == "PUBLISHED", "it is published", found=after["state"])
        self._teller.done("Hugo sees it again", 200, f"GET /services/{self._ron.service_id}")

    def _review(self, owner: Person, path: str, subject_id: str, method: str, edit: dict[str, Any]) -> dict[str, Any]:
        """Let a moderator reject what waits, and approve it after the owner's edit; return it as it is then."""
        self._decide(subject_id, _REJECTION)
        rejected: dict[str, Any] = self._teller.done("its owner reads why", 200, f"GET {path}", by=owner).json()
        self._teller.expect(
            (rejected["state"], rejected["review_note"]) == ("REJECTED", _REJECTION["note"]), "it is rejected"
        )
        self._teller.done("and edits it", 200, f"{method} {path}", by=owner, json=edit)
        self._teller.done("and submits it again", 200, f"POST {path}/submit", by=owner)
        self._decide(subject_id, {"decision": "APPROVE"})
        approved: dict[str, Any] = self._teller.done("it is read again", 200, f"GET {path}", by=owner).json()
        return approved

    def _decide(self, subject_id: str, decision: dict[str, str]) -> None:
        page = self._teller.done(
            "a moderator opens the queue",
            200,
            "GET /admin/moderation",
            by=self._moderator,
            params={"sort": "-submitted_at", "limit": "100"},
        ).json()
        item = next(one for one in page["items"] if one["subject_id"] == subject_id)
        path, words = f"POST /admin/moderation/{item['id']}", f"and decides: {decision['decision']}"
        self._teller.done("claims it", 200, f"{path}/claim", by=self._moderator)
        told = {**decision, "text_version": item["text_version"]}
        self._teller.done(words, 200, f"{path}/decision", by=self._moderator, json=told)


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    """Answer a question with something that fits it."""
    key, kind = question["key"], question["kind"]
    choices = [choice["key"] for choice in question.get("choices", [])]
    values: dict[str, dict[str, Any]] = {
        "TEXT": {"text": "It began in spring."},
        "CHOICE": {"choice": choices[0] if choices else ""},
        "MULTIPLE": {"choices": choices[:1]},
        "NUMBER": {"number": question.get("minimum") or 1},
        "DATE": {"answer_date": question.get("earliest") or "2030-01-02"},
        "BOOLEAN": {"boolean": True},
    }
    return {"kind": kind, "key": key, **values[kind]}


def _leaf(nodes: list[dict[str, Any]]) -> dict[str, Any]:
    return _leaf(nodes[0]["children"]) if nodes[0]["children"] else nodes[0]
