"""Real values for the fuzzer: one's accounts with identity providers."""

from __future__ import annotations

from tests.fuzz import codes
from tests.fuzz.cases import Case, merge, name_in_path, url
from tests.fuzz.entries import Fuzzing
from tests.fuzz.pools import Pools
from tests.fuzz.sign_ins import BEGIN, sign_ins
from tests.identity.sessions.fuzz import LOGINS


def _just_signed_in(case: Case, pools: Pools) -> None:
    """Sign in anew: linking takes a session that began a moment ago. Sessions of others stay, to be refused as such."""
    if sign_ins(case).admits(case):
        item = pools.turn(LOGINS)
        case.headers["Authorization"] = codes.session_of(url(case), item["login"], item["password"])


def _begin(case: Case, _: Pools) -> None:
    merge(case, **BEGIN)


def _confirm(case: Case, _: Pools) -> None:
    if sign_ins(case).admits(case) and sign_ins(case).may("confirmIdentityLink", case):
        merge(case, code=sign_ins(case).code(link_for=case.headers["Authorization"])[0])


def _unlink(case: Case, _: Pools) -> None:
    if sign_ins(case).admits(case) and sign_ins(case).may("deleteIdentity", case):
        name_in_path(case, identity_id=sign_ins(case).identity(case.headers["Authorization"]))


FUZZING = Fuzzing(
    fills={
        "beginIdentityLink": [_just_signed_in, _begin],
        "confirmIdentityLink": [_just_signed_in, _confirm],
        "deleteIdentity": [_just_signed_in, _unlink],
    },
    rules={
        "beginIdentityLink": {"unknown-provider", "unknown-client"},
        "confirmIdentityLink": {"invalid-one-time-token"},
    },
)
