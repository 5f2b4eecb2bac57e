"""Sign-ins with an identity provider for the fuzzer, begun on demand, because their codes live for a minute only."""

from __future__ import annotations

import base64
import hashlib
import os
from collections import Counter
from collections.abc import Callable
from secrets import token_urlsafe
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.fuzz import cases
from tests.fuzz.cases import Case
from tests.harness.patience import PATIENCE
from tests.harness.settings import CLIENT, REDIRECT_URI

# How often requests of an operation get a real one in a phase: the provider would otherwise take most of the time, and
# a later phase would lack what an earlier one has used up.
_MOST = 6
_BEGIN = {"provider": "google", "client": CLIENT, "redirect_uri": REDIRECT_URI}


class SignIns:
    """Steps of a sign-in, against the running service."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=f"{url}/api/v1", trust_env=False, timeout=PATIENCE)
        self._given: Counter[tuple[str, str]] = Counter()

    def may(self, operation: str, case: Case) -> bool:
        """Return whether the operation gets another one in the request's phase."""
        given = operation, cases.phase(case)
        self._given[given] += 1
        return self._given[given] <= _MOST

    def admits(self, authorization: str) -> bool:
        """Return whether the request has a valid session; checks send others too, which must be refused as they are."""
        return self._client.get("/users/me", headers={"Authorization": authorization}).is_success

    def flow(self, *, link_for: str | None = None) -> tuple[str, str]:
        """Return a start URL and the verifier of its code."""
        verifier = token_urlsafe(32)
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        body = {**_BEGIN, "state": "fuzz"}
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


_SIGN_INS = SignIns(os.environ["FUZZ_URL"])


def _merge(case: Case, **values: str) -> None:
    if isinstance(case.body, dict):
        case.body = {**case.body, **values}


def _begin(case: Case) -> None:
    _merge(case, **_BEGIN)


def _authorize(case: Case) -> None:
    case.query = {**case.query, "client_id": CLIENT, "redirect_uri": REDIRECT_URI}
    if _SIGN_INS.may("requestAuthorization", case):
        case.query |= {"response_type": "code", "code_challenge_method": "S256", "provider": "google"}
        case.query |= {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}
        for name in ("scope", "response_mode"):
            case.query.pop(name, None)


def _start(case: Case) -> None:
    if _SIGN_INS.may("startSignIn", case):
        case.path_parameters = {**case.path_parameters, "flow": _SIGN_INS.flow()[0].rpartition("/")[2]}


def _come_back(case: Case) -> None:
    if _SIGN_INS.may("finishSignIn", case):
        query, cookie = _SIGN_INS.back(_SIGN_INS.flow()[0])
        case.path_parameters = {**case.path_parameters, "provider": "google"}
        case.query = {**case.query, **query}
        case.query.pop("error", None)
        case.cookies = {"sign_in": cookie}


def _exchange(case: Case) -> None:
    _merge(case, client_id=CLIENT)
    if _SIGN_INS.may("exchangeToken", case):
        code, verifier = _SIGN_INS.code()
        grant = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        _merge(case, **grant, redirect_uri=REDIRECT_URI)


def _revoke(case: Case) -> None:
    _merge(case, client_id=CLIENT)


def is_admitted(case: Case) -> bool:
    """Return whether the request has a valid session."""
    authorization = case.headers.get("Authorization")
    return authorization is not None and _SIGN_INS.admits(authorization)


def _confirm_link(case: Case) -> None:
    if is_admitted(case) and _SIGN_INS.may("confirmIdentityLink", case):
        _merge(case, code=_SIGN_INS.code(link_for=case.headers["Authorization"])[0])


def _unlink(case: Case) -> None:
    if is_admitted(case) and _SIGN_INS.may("deleteIdentity", case):
        identity_id = _SIGN_INS.identity(case.headers["Authorization"])
        case.path_parameters = {**case.path_parameters, "identity_id": identity_id}


# To link takes a session that began a moment ago.
OF_FRESH_SESSIONS = ("beginIdentityLink", "confirmIdentityLink", "deleteIdentity")
FILLS: dict[str, list[Callable[[Case], None]]] = {
    "beginSignIn": [_begin],
    "beginIdentityLink": [_begin],
    "requestAuthorization": [_authorize],
    "startSignIn": [_start],
    "finishSignIn": [_come_back],
    "exchangeToken": [_exchange],
    "revokeToken": [_revoke],
    "confirmIdentityLink": [_confirm_link],
    "deleteIdentity": [_unlink],
}
