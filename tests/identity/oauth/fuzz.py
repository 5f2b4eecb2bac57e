"""Real values for the fuzzer: signing in with an identity provider."""

from __future__ import annotations

from tests.fuzz.cases import Case, merge, name_in_path
from tests.fuzz.entries import Fuzzing
from tests.fuzz.pools import Pools
from tests.fuzz.sign_ins import BEGIN, sign_ins
from tests.harness.settings import CLIENT, REDIRECT_URI


def _begin(case: Case, _: Pools) -> None:
    merge(case, **BEGIN)


def _authorize(case: Case, _: Pools) -> None:
    case.query = {**case.query, "client_id": CLIENT, "redirect_uri": REDIRECT_URI}
    if sign_ins(case).may("requestAuthorization", case):
        case.query |= {"response_type": "code", "code_challenge_method": "S256", "provider": "google"}
        case.query |= {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}
        for name in ("scope", "response_mode"):
            case.query.pop(name, None)


def _start(case: Case, _: Pools) -> None:
    if sign_ins(case).may("startSignIn", case):
        name_in_path(case, flow=sign_ins(case).flow()[0].rpartition("/")[2])


def _come_back(case: Case, _: Pools) -> None:
    if sign_ins(case).may("finishSignIn", case):
        query, cookie = sign_ins(case).back(sign_ins(case).flow()[0])
        name_in_path(case, provider="google")
        case.query = {**case.query, **query}
        case.query.pop("error", None)
        case.cookies = {"sign_in": cookie}


FUZZING = Fuzzing(
    fills={
        "beginSignIn": [_begin],
        "requestAuthorization": [_authorize],
        "startSignIn": [_start],
        "finishSignIn": [_come_back],
    },
    rules={
        "beginSignIn": {"unknown-provider", "unknown-client"},
        "requestAuthorization": {"unknown-client"},
    },
)
