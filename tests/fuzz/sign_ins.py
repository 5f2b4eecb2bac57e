"""Sign-ins with an identity provider for the fuzzer, begun on demand, because their codes live for a minute only."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from functools import cache
from secrets import token_urlsafe
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.fuzz import cases
from tests.fuzz.cases import Case
from tests.harness.client import TRUST
from tests.harness.patience import PATIENCE
from tests.harness.settings import CLIENT, REDIRECT_URI

# How often requests of an operation get a real one in a phase: the provider would otherwise take most of the time, and
# a later phase would lack what an earlier one has used up.
_MOST = 6
BEGIN = {"provider": "google", "client": CLIENT, "redirect_uri": REDIRECT_URI}


class SignIns:
    """Steps of a sign-in, against the running service."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, verify=TRUST, trust_env=False, timeout=PATIENCE)
        self._given: Counter[tuple[str, str]] = Counter()

    def may(self, operation: str, case: Case) -> bool:
        """Return whether the operation gets another one in the request's phase."""
        given = operation, cases.phase(case)
        self._given[given] += 1
        return self._given[given] <= _MOST

    def admits(self, case: Case) -> bool:
        """Return whether the request has a valid session; checks send others too, which must be refused as they are."""
        authorization = case.headers.get("Authorization")
        return (
            authorization is not None
            and self._client.get("/users/me", headers={"Authorization": authorization}).is_success
        )

    def flow(self, *, link_for: str | None = None) -> tuple[str, str]:
        """Return a start URL and the verifier of its code."""
        verifier = token_urlsafe(32)
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        body = {**BEGIN, "state": "fuzz"}
        if link_for is None:
            answer = self._client.post("/auth/authorize", json={**body, "code_challenge": digest})
        else:
            answer = self._client.post("/users/me/identities", json=body, headers={"Authorization": link_for})
        answer.raise_for_status()
        return str(answer.json()["start_url"]), verifier

    def back(self, start_url: str) -> tuple[dict[str, str], str]:
        """Return what the provider sends the browser back with, and the browser's cookie."""
        started = self._client.get(start_url)
        self._client.cookies.clear()
        cookie = started.headers["set-cookie"].partition(";")[0].partition("=")[2]
        return _query(self._client.get(started.headers["location"]).headers["location"]), cookie

    def code(self, *, link_for: str | None = None) -> tuple[str, str]:
        """Return a fresh code and its verifier."""
        start_url, verifier = self.flow(link_for=link_for)
        query, cookie = self.back(start_url)
        landed = self._client.get("/auth/callback/google", params=query, headers={"Cookie": f"sign_in={cookie}"})
        self._client.cookies.clear()
        return _query(landed.headers["location"])["code"], verifier

    def identity(self, authorization: str) -> str:
        """Return the id of an identity that was linked to the account just now."""
        code, _ = self.code(link_for=authorization)
        headers = {"Authorization": authorization}
        linked = self._client.post("/users/me/identity-links", json={"code": code}, headers=headers)
        linked.raise_for_status()
        return str(linked.json()["id"])


def _query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@cache
def _sign_ins_at(url: str) -> SignIns:
    return SignIns(url)


def sign_ins(case: Case) -> SignIns:
    """Return the run's sign-ins at the service that the request goes to."""
    return _sign_ins_at(cases.url(case))
