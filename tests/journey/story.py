"""Journey from registration to a published service, a new password and a log-out."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from tests.journey.mailbox import Mailbox
from tests.journey.report import Person, Teller

CURRENCY = "USD"
PRICE = 12900
_PROPERTY: dict[str, Any] = {
    "label": "Home on Alder Street",
    "type": "SINGLE_FAMILY_HOME",
    "address": {"line1": "1421 SE Alder Street", "city": "Portland", "region": "OR", "country": "US"},
    "coordinates": {"latitude": 45.5179, "longitude": -122.6512},
}
_PROFILE: dict[str, Any] = {
    "business_name": "Rose City Plumbing",
    "about": "Family plumbers on the east side of Portland since 1998.",
    "phone": "+15035550170",
    "base_point": {"latitude": 45.5231, "longitude": -122.6765},
    "service_radius_km": 40,
}
_SERVICE: dict[str, Any] = {
    "title": "Leaking tap repaired",
    "description": "We replace worn washers and cartridges. Common parts are included.",
    "pricing": {"kind": "FIXED", "price": {"amount_minor": PRICE, "currency": CURRENCY}},
    "duration_minutes": 60,
}


class Journey:
    """Walks the journey, chapter by chapter."""

    def __init__(self, teller: Teller, mailbox: Mailbox) -> None:
        self._teller = teller
        self._mailbox = mailbox
        mark = secrets.token_hex(4)
        self._pat = Person("Pat the provider", f"pat.{mark}@example.com", "Gravel-Path-2031", ["SERVICE_PROVIDER"])
        self._homer = Person("Homer the homeowner", f"homer.{mark}@example.com", "Copper-Kettle-58", ["HOMEOWNER"])
        self._nora = Person("Nora the neighbour", f"nora.{mark}@example.com", "Willow-Fence-64", ["HOMEOWNER"])

    def walk(self) -> None:
        """Walk the whole story."""
        self._register()
        self._verify()
        self._sign_in()
        self._present_the_business()
        service = self._publish_a_service()
        home = self._add_a_property()
        self._find(service)
        self._stay_among_ones_own(service, home)
        self._change_the_profile()
        self._refresh()
        self._reset_the_password()
        self._log_out()

    def _register(self) -> None:
        self._teller.chapter("Newcomers register")
        self._teller.refused(
            "a password that everybody uses",
            422,
            "weak-password",
            "POST /auth/register",
            json={"email": self._homer.email, "password": "password1", "full_name": "Homer Harper"},
        )
        self._teller.refused(
            "a role that nobody may take",
            422,
            "validation-failed",
            "POST /auth/register",
            json={
                "email": self._homer.email,
                "password": self._homer.password,
                "full_name": "Homer",
                "roles": ["STAFF_ADMIN"],
            },
        )
        for person in (self._pat, self._homer, self._nora):
            body = {
                "email": person.email,
                "password": person.password,
                "full_name": person.name,
                "roles": person.roles,
            }
            self._teller.done(f"{person.name} registers", 202, "POST /auth/register", json=body)

    def _verify(self) -> None:
        self._teller.chapter("They verify their addresses by the mailed links")
        self._teller.refused(
            "Homer logs in before verifying",
            401,
            "invalid-credentials",
            "POST /auth/login",
            json={"login": self._homer.email, "password": self._homer.password},
        )
        for person in (self._pat, self._homer, self._nora):
            token = self._mailbox.token(person.email, after=0)
            body = {"token": token, "password": person.password}
            self._teller.done(
                f"{person.name} follows the link, which signs in", 200, "POST /auth/verify-email", json=body
            )
            if person is self._homer:
                self._teller.refused(
                    "the same link once more", 422, "already-used", "POST /auth/verify-email", json=body
                )

    def _sign_in(self) -> None:
        self._teller.chapter("They sign in")
        self._teller.refused(
            "a wrong password",
            401,
            "invalid-credentials",
            "POST /auth/login",
            json={"login": self._homer.email, "password": "Copper-Kettle-59"},
        )
        for person in (self._pat, self._homer, self._nora):
            self._teller.sign_in(f"{person.name} logs in", person)
        me = self._teller.done("Homer asks who he is", 200, "GET /auth/me", by=self._homer).json()
        self._teller.expect("HOMEOWNER" in me["roles"], "he is a homeowner", found=me["roles"])

    def _present_the_business(self) -> None:
        self._teller.chapter("Pat presents the business")
        self._teller.refused(
            "reading a profile that is not there yet", 404, "not-found", "GET /service-providers/profile", by=self._pat
        )
        self._teller.refused(
            "a service radius beyond 300 km",
            422,
            "validation-failed",
            "PUT /service-providers/profile",
            by=self._pat,
            json=_PROFILE | {"service_radius_km": 4000},
        )
        self._teller.done("Pat fills the profile", 201, "PUT /service-providers/profile", by=self._pat, json=_PROFILE)

    def _publish_a_service(self) -> dict[str, Any]:
        category = self._leaf()
        body = _SERVICE | {"category_id": category["id"]}
        key = {"Idempotency-Key": secrets.token_hex(8)}
        made = self._teller.done(
            f"Pat adds a service in {category['slug']}",
            201,
            "POST /service-providers/services",
            by=self._pat,
            json=body,
            headers=key,
        )
        again = self._teller.done(
            "the answer got lost, Pat's client sends it again",
            201,
            "POST /service-providers/services",
            by=self._pat,
            json=body,
            headers=key,
        )
        self._teller.expect(again.content == made.content, "the same request with the same key gives the same answer")
        service: dict[str, Any] = made.json()
        submit = f"POST /service-providers/services/{service['id']}/submit"
        self._teller.refused(
            "publishing before the profile was submitted", 409, "profile-required", submit, by=self._pat
        )
        profile = self._teller.done(
            "Pat submits the profile", 200, "POST /service-providers/profile/submit", by=self._pat
        ).json()
        self._teller.expect(
            profile["state"] == "APPROVED", "the profile is APPROVED (with MODERATION=auto)", found=profile["state"]
        )
        published = self._teller.done("Pat submits the service", 200, submit, by=self._pat).json()
        self._teller.expect(published["state"] == "PUBLISHED", "the service is PUBLISHED", found=published["state"])
        self._teller.refused("submitting it twice", 409, "invalid-transition", submit, by=self._pat)
        return service

    def _add_a_property(self) -> str:
        self._teller.chapter("Homer adds a property")
        self._teller.refused(
            "a field that nobody knows",
            422,
            "validation-failed",
            "POST /homeowners/properties",
            by=self._homer,
            json=_PROPERTY | {"owner_id": "mine"},
        )
        made = self._teller.done(
            "Homer adds his house", 201, "POST /homeowners/properties", by=self._homer, json=_PROPERTY
        )
        home = str(made.json()["id"])
        location = made.headers["Location"]
        self._teller.expect(location.endswith(f"/homeowners/properties/{home}"), "Location leads to it", found=location)
        listed = self._teller.done(
            "Homer lists his properties", 200, "GET /homeowners/properties?country=US", by=self._homer
        ).json()
        self._teller.expect(
            [item["id"] for item in listed["items"]] == [home], "the list holds that house and nothing else"
        )
        return home

    def _find(self, service: Mapping[str, Any]) -> None:
        self._teller.chapter("Homer finds the service by category, price and words")
        search = {"category": service["category"]["slug"], "currency": CURRENCY}
        near = search | {"min_price_minor": str(PRICE - 100), "max_price_minor": str(PRICE + 100), "sort": "price"}
        self._teller.refused(
            "a filter that is misspelt", 422, "validation-failed", "GET /services", params=near | {"prize": "1"}
        )
        self._teller.refused(
            "a price without its currency",
            422,
            "validation-failed",
            "GET /services",
            params={"category": service["category"]["slug"], "max_price_minor": "100"},
        )
        found = self._search("Homer searches around the price", near)
        self._teller.expect(service["id"] in found, "the service is among what was found")
        cheap = self._search("Homer searches far below it", search | {"max_price_minor": "100"})
        self._teller.expect(service["id"] not in cheap, "the service is not among what costs a dollar")
        named = self._search("Homer searches by words as he types them", search | {"q": "TÁP leak"})
        self._teller.expect(service["id"] in named, "the service is among what was found")
        other = self._search("Homer searches for what nobody offers", search | {"q": "tap zeppelin"})
        self._teller.expect(other == [], "nothing is found")
        read = self._teller.done("Homer reads it", 200, f"GET /services/{service['id']}")
        self._teller.expect(read.json()["title"] == _SERVICE["title"], "it is the service that Pat wrote")
        self._teller.done(
            "his browser asks whether it changed",
            304,
            f"GET /services/{service['id']}",
            headers={"If-None-Match": read.headers["ETag"]},
        )

    def _stay_among_ones_own(self, service: Mapping[str, Any], home: str) -> None:
        self._teller.chapter("Everybody keeps to what is theirs")
        self._teller.refused(
            "Homer offering a service (wrong role)",
            403,
            "forbidden",
            "POST /service-providers/services",
            by=self._homer,
            json=_SERVICE | {"category_id": service["category"]["id"]},
        )
        self._teller.refused(
            "Pat reading Homer's house (wrong role)",
            403,
            "forbidden",
            f"GET /homeowners/properties/{home}",
            by=self._pat,
        )
        for method in ("GET", "DELETE"):
            self._teller.refused(
                f"Nora trying to {method} Homer's house (foreign id)",
                404,
                "not-found",
                f"{method} /homeowners/properties/{home}",
                by=self._nora,
            )
        self._teller.refused("a stranger listing properties", 401, "unauthenticated", "GET /homeowners/properties")

    def _change_the_profile(self) -> None:
        self._teller.chapter("Homer changes his profile")
        account = self._teller.done("Homer reads his account", 200, "GET /users/me", by=self._homer)
        version = {"If-Match": account.headers["ETag"]}
        changed = self._teller.done(
            "Homer gives his phone number",
            200,
            "PATCH /users/me",
            by=self._homer,
            json={"phone": "+15035550142"},
            headers=version,
        )
        self._teller.expect(changed.json()["phone"] == "+15035550142", "the phone number is kept")
        self._teller.refused(
            "his other tab still holds the old version",
            412,
            "precondition-failed",
            "PATCH /users/me",
            by=self._homer,
            json={"phone": None},
            headers=version,
        )
        self._teller.refused(
            "making himself an administrator",
            422,
            "validation-failed",
            "PATCH /users/me",
            by=self._homer,
            json={"roles": ["STAFF_ADMIN"]},
        )

    def _refresh(self) -> None:
        self._teller.chapter("Homer's tokens are refreshed")
        first = self._homer.tokens["refresh_token"]
        for words in ("Homer's client refreshes its tokens", "and once more, later"):
            body = {"refresh_token": self._homer.tokens["refresh_token"]}
            pair = self._teller.done(words, 200, "POST /auth/refresh", json=body).json()
            self._homer.tokens = pair
        self._teller.done("the new access token is good", 200, "GET /auth/me", by=self._homer)
        self._teller.refused(
            "somebody presents a refresh token of long ago",
            401,
            "invalid-refresh-token",
            "POST /auth/refresh",
            json={"refresh_token": first},
        )
        self._teller.refused(
            "which ended the session, as it may have been stolen", 401, "invalid-token", "GET /auth/me", by=self._homer
        )
        self._teller.sign_in("Homer logs in again", self._homer)

    def _reset_the_password(self) -> None:
        self._teller.chapter("Homer forgets his password")
        before = self._mailbox.count(self._homer.email)
        self._teller.done("Homer asks for a mail", 202, "POST /auth/reset-password", json={"email": self._homer.email})
        token = self._mailbox.token(self._homer.email, after=before)
        self._teller.refused(
            "a new password that everybody uses",
            422,
            "weak-password",
            "POST /auth/reset-password/confirm",
            json={"token": token, "new_password": "password1"},
        )
        reset = {"token": token, "new_password": "Birch-Window-77"}
        self._teller.done("Homer sets a new one", 204, "POST /auth/reset-password/confirm", json=reset)
        self._teller.refused(
            "the same link once more", 422, "already-used", "POST /auth/reset-password/confirm", json=reset
        )
        self._teller.refused("the old access token", 401, "invalid-token", "GET /users/me", by=self._homer)
        self._teller.refused(
            "the old password",
            401,
            "invalid-credentials",
            "POST /auth/login",
            json={"login": self._homer.email, "password": self._homer.password},
        )
        self._homer.password = reset["new_password"]
        self._teller.sign_in("Homer logs in with the new one", self._homer)

    def _log_out(self) -> None:
        self._teller.chapter("Homer goes home")
        self._teller.done("Homer logs out", 204, "POST /auth/logout", by=self._homer)
        self._teller.refused("the token of the ended session", 401, "invalid-token", "GET /auth/me", by=self._homer)
        self._teller.refused(
            "its refresh token",
            401,
            "invalid-refresh-token",
            "POST /auth/refresh",
            json={"refresh_token": self._homer.tokens["refresh_token"]},
        )

    def _leaf(self) -> Mapping[str, Any]:
        tree = self._teller.done("Pat looks for a category", 200, "GET /categories").json()
        node: Mapping[str, Any] = tree["items"][0]
        while node["children"]:
            node = node["children"][0]
        return node

    def _search(self, words: str, params: Mapping[str, str]) -> list[str]:
        """Return the ids on all pages, following the cursor."""
        found: list[str] = []
        page = self._teller.done(words, 200, "GET /services", params=params).json()
        while True:
            found.extend(item["id"] for item in page["items"])
            if page["next_cursor"] is None:
                return found
            page = self._teller.done(
                "the next page", 200, "GET /services", params={**params, "cursor": page["next_cursor"]}
            ).json()
