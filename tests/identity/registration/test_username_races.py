"""Two people who wish for one username and follow their links at the same moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness.accounts import unique
from tests.harness.client import assert_problem
from tests.identity.database_inspection import rows
from tests.identity.race_barrier import at_once

if TYPE_CHECKING:
    import httpx

    from tests.harness.service import Service

_PASSWORD = "Birch-Window-77"


@pytest.mark.both_engines
async def test_one_has_the_username_and_the_other_may_take_another(client: httpx.AsyncClient, service: Service) -> None:
    username = unique("wished")
    tokens = []
    for _ in range(2):
        body = {"email": f"{unique()}@example.test", "full_name": "Some Body", "password": _PASSWORD}
        assert (await client.post("/auth/register", json={**body, "username": username})).status_code == 202
        tokens.append((await service.inbox.wait_for(body["email"])).token)

    async def verify(token: str, **more: str) -> httpx.Response:
        return await client.post("/auth/verify-email", json={"token": token, "password": _PASSWORD, **more})

    answers = await at_once(service, "identity.users", *(verify(token) for token in tokens))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    lost = next(number for number, answer in enumerate(answers) if answer.status_code == 409)
    assert assert_problem(answers[lost], 409, "username-taken")["errors"][0]["pointer"] == "/username"
    has_it = "SELECT state FROM identity.users WHERE username_key = :key ORDER BY state"
    assert [row["state"] for row in await rows(service, has_it, key=username)] in (["ACTIVE"], ["ACTIVE", "PENDING"])

    chosen = unique("chosen")
    answer = await verify(tokens[lost], username=chosen)
    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await client.get("/users/me", headers=headers)).json()["username"] == chosen
