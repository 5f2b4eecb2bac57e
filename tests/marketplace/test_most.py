"""Properties and services of one account have a bound, deleted ones a wider one."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from impl.kernel.ids import new_id
from impl.kernel.tables import Table, core_table
from impl.marketplace.properties.service import MOST as MOST_PROPERTIES
from impl.marketplace.properties.service import MOST_IN_ALL as PROPERTIES_IN_ALL
from impl.marketplace.properties.tables import Property
from impl.marketplace.provider_services.service import MOST as MOST_SERVICES
from impl.marketplace.provider_services.service import MOST_IN_ALL as SERVICES_IN_ALL
from impl.marketplace.provider_services.tables import Service as ProviderService
from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.doubles import take_last_place
from tests.harness.service import Service
from tests.marketplace.payloads import PROPERTIES, SERVICES, Json, house, job, ok


@dataclass(frozen=True, slots=True)
class Kind:
    path: str
    body: Json
    table: type[Table]
    role: Literal["HOMEOWNER", "SERVICE_PROVIDER"]
    most: int
    in_all: int


_KINDS = (
    Kind(PROPERTIES, house(), Property, "HOMEOWNER", MOST_PROPERTIES, PROPERTIES_IN_ALL),
    Kind(SERVICES, job(), ProviderService, "SERVICE_PROVIDER", MOST_SERVICES, SERVICES_IN_ALL),
)


async def _fill(service: Service, kind: Kind, made: Json, number: int) -> None:
    """Add so many copies of a row."""
    table = core_table(kind.table)
    async with service.services.database.begin() as tx:
        row = (await tx.execute(select(table).where(table.c.id == UUID(made["id"])))).mappings().one()
        await tx.execute(insert(table), [{**row, "id": new_id()} for _ in range(number)])


async def _take_last_place(owner: Account, kind: Kind, limit: int) -> Json:
    """Let four creates ask for the last place at once; return what one of them has made."""
    answers = await asyncio.gather(*(owner.client.post(kind.path, json=kind.body) for _ in range(4)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 3}
    for answer in answers:
        if answer.status_code == 409:
            assert assert_problem(answer, 409, "limit-reached")["limit"] == limit
    made: dict[str, Any] = next(answer.json() for answer in answers if answer.status_code == 201)
    return made


@pytest.mark.both_engines
@pytest.mark.parametrize("kind", _KINDS, ids=lambda kind: kind.table.__tablename__)
async def test_of_those_who_take_the_last_place_at_once_one_succeeds_and_deleting_makes_place_for_so_many(
    accounts: Accounts, service: Service, kind: Kind
) -> None:
    owner = await accounts.make(kind.role)
    first = ok(await owner.client.post(kind.path, json=kind.body), 201)
    await _fill(service, kind, first, kind.most - 2)
    last = await _take_last_place(owner, kind, kind.most)
    ok(await owner.client.delete(f"{kind.path}/{last['id']}"), 204)
    again = await take_last_place(lambda key: owner.client.post(kind.path, json=kind.body, headers=key))
    for one in (again.json(), first):
        ok(await owner.client.delete(f"{kind.path}/{one['id']}"), 204)
    deleted = 3
    await _fill(service, kind, first, kind.in_all - 1 - (kind.most - 2) - deleted)
    last = await _take_last_place(owner, kind, kind.in_all)
    ok(await owner.client.delete(f"{kind.path}/{last['id']}"), 204)
    refused = await owner.client.post(kind.path, json=kind.body)
    assert assert_problem(refused, 409, "limit-reached")["limit"] == kind.in_all
