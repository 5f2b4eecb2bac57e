"""Journey of staff and account owners: accounts are kept, changed, closed and restored."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pyotp

from tests.journey.mailbox import Mailbox
from tests.journey.report import Person, Teller

_STEP = 30


class PeopleJourney:
    """Walks the journey of an administrator and the people whom they invite, chapter by chapter."""

    def __init__(self, teller: Teller, mailbox: Mailbox, admin: Person, *, now: Callable[[], float]) -> None:
        """Begin with a person who may do everything; `now` is the time by which one-time codes are made."""
        self._teller = teller
        self._mailbox = mailbox
        self._admin = admin
        self._now = now
        self._mark = mark = secrets.token_hex(4)
        self._sue = Person(
            "Sue the supporter", f"sue.{mark}@example.com", "Marble-Arch-417", [f"STAFF_SUE_{mark.upper()}"]
        )
        self._gus = Person("Gus the guest", f"gus.{mark}@example.com", "Harbour-Light-93", ["HOMEOWNER"])

    def walk(self) -> None:
        """Walk the whole story."""
        self._define_a_role()
        gus = self._invite()
        self._keep_to_what_one_may(gus)
        self._suspend(gus)
        self._see_ones_sessions()
        self._enrol_a_second_factor()
        self._move_to_another_address()
        self._close_and_restore()
        self._look_at_the_trail(gus)

    def _define_a_role(self) -> None:
        self._teller.chapter("An administrator defines a role")
        self._teller.sign_in(f"{self._admin.name} logs in", self._admin)
        role = {"name": self._sue.roles[0], "description": "Finds people, and changes nothing.", "inherits": []}
        self._teller.refused(
            "a permission that nobody has heard of",
            422,
            "role-refused",
            "POST /roles",
            by=self._admin,
            json=role | {"permissions": ["account:own"]},
        )
        body = role | {"permissions": ["account:read"]}
        self._teller.done("a role that finds people", 201, "POST /roles", by=self._admin, json=body)

    def _invite(self) -> str:
        """Have two people invited; returns the id of the guest."""
        self._teller.chapter("Staff invite people, who choose their passwords themselves")
        ids: list[str] = []
        for person in (self._sue, self._gus):
            body = {"email": person.email, "full_name": person.name, "roles": person.roles}
            made = self._teller.done(f"{person.name} is invited", 201, "POST /users", by=self._admin, json=body).json()
            ids.append(made["id"])
            reset = {"token": self._mailbox.token(person.email, after=0), "new_password": person.password}
            path = "POST /auth/reset-password/confirm"
            self._teller.done(f"{person.name} follows the link and sets a password", 204, path, json=reset)
            self._teller.sign_in(f"{person.name} logs in", person)
        self._teller.refused(
            "inviting somebody twice",
            409,
            "email-taken",
            "POST /users",
            by=self._admin,
            json={"email": self._gus.email.upper(), "full_name": "Gus"},
        )
        return ids[1]

    def _keep_to_what_one_may(self, gus: str) -> None:
        self._teller.chapter("Sue may look, and nothing else")
        found = self._teller.done(
            "Sue searches for Gus", 200, "GET /users", by=self._sue, params={"q": self._gus.email[:-4].upper()}
        ).json()
        self._teller.expect([one["id"] for one in found["items"]] == [gus], "Gus is found, and nobody else")
        body = {"reason": "Because I can."}
        self._teller.refused(
            "Sue suspending him", 403, "forbidden", f"POST /users/{gus}/suspend", by=self._sue, json=body
        )
        self._teller.refused("Gus looking at people", 403, "forbidden", "GET /users", by=self._gus)
        me = self._teller.done("Sue asks what she may do", 200, "GET /auth/me", by=self._sue).json()
        self._teller.expect(me["permissions"] == ["account:read"], "she may read accounts", found=me)

    def _suspend(self, gus: str) -> None:
        self._teller.chapter("An account is suspended, and the suspension lifted")
        body = {"reason": "Three jobs were charged back within a week."}
        self._teller.done("Gus is suspended", 200, f"POST /users/{gus}/suspend", by=self._admin, json=body)
        self._teller.refused("the session that he had", 401, "invalid-token", "GET /auth/me", by=self._gus)
        login = {"login": self._gus.email, "password": self._gus.password}
        self._teller.refused("logging in again", 403, "account-suspended", "POST /auth/login", json=login)
        self._teller.done("Gus is reactivated", 200, f"POST /users/{gus}/reactivate", by=self._admin)
        self._teller.sign_in("Gus logs in", self._gus)

    def _see_ones_sessions(self) -> None:
        self._teller.chapter("Gus looks where he is signed in")
        telephone = Person("Gus on his telephone", self._gus.email, self._gus.password, [])
        self._teller.sign_in("he logs in on his telephone, too", telephone)
        page = self._teller.done("he lists his sessions", 200, "GET /users/me/sessions", by=self._gus).json()
        others = [one["id"] for one in page["items"] if not one["current"]]
        self._teller.expect(len(others) == 1, "there is one beside his own", found=page["items"])
        path = f"DELETE /users/me/sessions/{others[0]}"
        self._teller.refused("Sue ending it (foreign id)", 404, "not-found", path, by=self._sue)
        self._teller.done("he ends it", 204, path, by=self._gus)
        self._teller.refused("the telephone", 401, "invalid-token", "GET /auth/me", by=telephone)
        self._teller.done("while he stays signed in", 200, "GET /auth/me", by=self._gus)

    def _enrol_a_second_factor(self) -> None:
        self._teller.chapter("Gus wants a second factor")
        begun = self._teller.done("he asks for a secret", 200, "POST /users/me/mfa/totp", by=self._gus).json()
        app, step = pyotp.TOTP(begun["secret"]), int(self._now()) // _STEP
        wrong = {"code": app.generate_otp(step + 1000)}
        self._teller.refused(
            "a code of another day",
            422,
            "wrong-mfa-code",
            "POST /users/me/mfa/totp/confirm",
            by=self._gus,
            json=wrong,
        )
        body = {"code": app.generate_otp(step)}
        kept = self._teller.done(
            "the code that his app shows", 200, "POST /users/me/mfa/totp/confirm", by=self._gus, json=body
        ).json()
        login = {"login": self._gus.email, "password": self._gus.password}
        half = self._teller.halfway(
            "the password is half of a login now", "mfa-required", "POST /auth/login", json=login
        )
        pending = {"mfa_token": half["mfa_token"]}
        self._teller.refused(
            "the code that was used to enrol",
            422,
            "wrong-mfa-code",
            "POST /auth/login/mfa",
            json=pending | {"proof": {"method": "TOTP", **body}},
        )
        recovery = {"method": "RECOVERY_CODE", "recovery_code": kept["recovery_codes"][0]}
        self._gus.tokens = self._teller.done(
            "a recovery code is the other half", 200, "POST /auth/login/mfa", json=pending | {"proof": recovery}
        ).json()
        off = {"proof": {"method": "TOTP", "code": app.generate_otp(int(self._now()) // _STEP + 1)}}
        path = "POST /users/me/mfa/totp/disable"
        self._teller.done("he switches it off, with the next code", 204, path, by=self._gus, json=off)

    def _move_to_another_address(self) -> None:
        self._teller.chapter("Gus moves to another address")
        moved = f"gus.moved.{self._mark}@example.com"
        body = {"new_email": moved, "current_password": "Harbour-Light-94"}
        self._teller.refused(
            "with a wrong password", 422, "wrong-current-password", "POST /users/me/email", by=self._gus, json=body
        )
        body["current_password"] = self._gus.password
        self._teller.done("with the right one", 202, "POST /users/me/email", by=self._gus, json=body)
        proof = {"method": "PASSWORD", "password": self._gus.password}
        token = self._mailbox.token(moved, after=0)
        confirm = {"token": token, "proof": proof}
        self._teller.done("he follows the link there", 204, "POST /users/me/email/confirm", json=confirm)
        self._gus.email = moved
        self._teller.sign_in("he logs in with the new address", self._gus)

    def _close_and_restore(self) -> None:
        self._teller.chapter("Gus leaves, and comes back")
        before = self._mailbox.count(self._gus.email)
        body = {"current_password": self._gus.password}
        self._teller.done("he closes his account", 204, "DELETE /users/me", by=self._gus, json=body)
        self._teller.refused("his session", 401, "invalid-token", "GET /auth/me", by=self._gus)
        login = {"login": self._gus.email, "password": self._gus.password}
        self._teller.refused("logging in", 401, "invalid-credentials", "POST /auth/login", json=login)
        token = self._mailbox.token(self._gus.email, after=before)
        self._teller.done("he follows the mailed link", 204, "POST /auth/restore", json={"token": token})
        self._teller.sign_in("he logs in as if nothing had been", self._gus)

    def _look_at_the_trail(self, gus: str) -> None:
        self._teller.chapter("Every step has left its event")
        own = self._events("Gus reads what happened", "GET /users/me/activity", self._gus)
        self._teller.expect(
            {"account.closed", "account.restored", "mfa.enabled"} <= own, "his own steps are there", found=own
        )
        params = {"subject_type": "user", "subject_id": gus, "limit": "50"}
        seen = self._events("the administrator reads the trail", "GET /admin/audit-events", self._admin, params)
        self._teller.expect(
            {"account.created", "account.suspended", "account.reactivated"} <= seen, "and those of staff", found=seen
        )
        self._teller.refused("Sue reading it", 403, "forbidden", "GET /admin/audit-events", by=self._sue)

    def _events(self, words: str, request: str, by: Person, params: dict[str, str] | None = None) -> set[str]:
        answer: dict[str, Any] = self._teller.done(words, 200, request, by=by, params=params or {"limit": "50"}).json()
        return {event["event"] for event in answer["items"]}
