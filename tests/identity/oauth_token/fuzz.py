"""Real values for the fuzzer: OAuth's tokens."""

from __future__ import annotations

from tests.fuzz.cases import Case, merge
from tests.fuzz.entries import Fuzzing
from tests.fuzz.pools import Pools
from tests.fuzz.sign_ins import sign_ins
from tests.harness.settings import CLIENT, REDIRECT_URI


def _token_request(case: Case, _: Pools) -> None:
    merge(case, client_id=CLIENT)
    if sign_ins(case).may("exchangeToken", case):
        code, verifier = sign_ins(case).code()
        grant = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        merge(case, **grant, redirect_uri=REDIRECT_URI)


def _revoke(case: Case, _: Pools) -> None:
    merge(case, client_id=CLIENT)


FUZZING = Fuzzing(
    fills={"exchangeToken": [_token_request], "revokeToken": [_revoke]},
    # Which members are needed depends on the grant, and a wrong one is no schema's business (RFC 6749, section 5.2).
    rules={
        "exchangeToken": {"invalid_request", "invalid_client", "invalid_grant", "unsupported_grant_type"},
        "revokeToken": {"invalid_client", "invalid_grant"},
    },
)
