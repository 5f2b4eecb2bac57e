"""Successful requests of the operations of OAuth's tokens."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.harness.openid import Person as AtProvider


async def _granted(stage: Stage, example: Body) -> Ready:
    sign_in = stage.sign_in_with_provider()
    if "refresh_token" in example:
        tokens = await sign_in.signed_in(AtProvider())
        return Ready(body={**example, "refresh_token": tokens["refresh_token"]})
    code = (await sign_in.back(AtProvider()))["code"]
    return Ready(body={**example, "code": code, "code_verifier": sign_in.verifier})


async def _given_back(stage: Stage, example: Body) -> Ready:
    tokens = await stage.sign_in_with_provider().signed_in(AtProvider())
    return Ready(body={**example, "token": tokens["refresh_token"]})


SUCCESSES: Entries = {"exchangeToken": _granted, "revokeToken": _given_back}

CHANGES_NO_ETAG = {"exchangeToken", "revokeToken"}
