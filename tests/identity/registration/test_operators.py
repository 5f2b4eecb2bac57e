"""The first administrator is created by an operator, and in no other way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from impl.identity.capabilities.password_policy.errors import WeakPassword
from impl.identity.capabilities.users.tables import User
from impl.identity.registration.errors import AddressInUseError
from impl.kernel.engines.connecting import connect
from tests.harness.accounts import unique
from tests.harness.queries import UntypedQuery
from tests.identity.database_inspection import rows

if TYPE_CHECKING:
    import httpx

    from tests.harness.service import Service


@pytest.mark.both_engines
async def test_a_fresh_database_has_no_account(fresh_database_url: str) -> None:
    database = connect(fresh_database_url)
    try:
        assert await database.reader.all(UntypedQuery(select(User.id))) == []
    finally:
        await database.close()


@pytest.mark.both_engines
async def test_an_administrator_signs_in_verified(service: Service, client: httpx.AsyncClient) -> None:
    email = f"{unique('boss')}@example.test"
    password = "Copper-Kettle-58"
    user_id = await service.services.identity.registration.create_admin(
        email=email, full_name="The Boss", password=password
    )

    pair = (await client.post("/auth/login", json={"login": email, "password": password})).json()
    me = (await client.get("/auth/me", headers={"Authorization": f"Bearer {pair['access_token']}"})).json()
    assert me["account"]["id"] == str(user_id)
    assert me["roles"] == ["STAFF_ADMIN"]
    assert {"account:read", "moderation:decide", "role:write"} <= set(me["permissions"]), "inherited ones too"
    assert not {"property:read", "service:read"} & set(me["permissions"]), "staff are no homeowners"
    events = await rows(service, "SELECT event FROM operations.audit_events WHERE subject_id = :id", id=user_id)
    assert [row["event"] for row in events] == ["account.created"]


async def test_create_admin_refuses_weak_passwords_and_taken_addresses(service: Service) -> None:
    registration = service.services.identity.registration
    email = f"{unique('boss')}@example.test"
    for weak in ("short1", "Password1", "no-digit-in-here"):
        with pytest.raises(WeakPassword):
            await registration.create_admin(email=email, full_name="The Boss", password=weak)
    await registration.create_admin(email=email, full_name="The Boss", password="Copper-Kettle-58")
    with pytest.raises(AddressInUseError):
        await registration.create_admin(email=email.upper(), full_name="The Boss", password="Copper-Kettle-58")
