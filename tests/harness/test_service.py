"""The harness runs a service that answers, mails and signs people in, on both engines."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.harness.accounts import Accounts, StaffRole
from tests.harness.client import assert_problem
from tests.harness.contract import ContractBreach
from tests.harness.service import Service


async def test_the_service_is_ready_and_looks_inside_too(service: Service, client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/ready")

    assert answer.status_code == 200, answer.text
    assert service.services.database.dialect == service.engine


async def test_what_no_route_serves_is_a_problem(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/nowhere"), 404, "not-found")


async def test_a_response_that_the_contract_does_not_list_fails_the_test_that_met_it(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.harness.contract._EVERYWHERE", ("No-Such-Header",))

    with pytest.raises(ContractBreach, match="No-Such-Header is missing"):
        await client.get("/health/live")


async def test_people_are_made_over_http_and_mail(accounts: Accounts) -> None:
    homeowner, provider = await accounts.homeowner(), await accounts.provider()

    assert (await homeowner.client.get("/auth/me")).status_code == 200
    assert (await provider.client.get("/users/me")).json()["email"] == provider.email
    assert await accounts.homeowner() is homeowner


@pytest.mark.parametrize("role", ["STAFF_SUPPORT", "STAFF_MODERATOR", "STAFF_ADMIN"])
async def test_staff_is_made_by_an_operator(accounts: Accounts, role: StaffRole) -> None:
    staff = await accounts.staff(role)

    assert (await staff.client.get("/auth/me")).json()["roles"] == [role]


async def test_moving_the_clock_ages_what_the_service_gave(service: Service, accounts: Accounts) -> None:
    someone = await accounts.make()
    service.clock.advance(timedelta(minutes=31))

    assert_problem(await someone.client.get("/auth/me"), 401, "invalid-token")
    assert (await (await accounts.homeowner()).client.get("/auth/me")).status_code == 200
