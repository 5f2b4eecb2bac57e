"""A change changes the ETag of every reading that shows it, and what changes nothing leaves all of them alone.

For each write operation of the contract: what it refers to is prepared, everything that has an ETag and can be read of
it is read, the write is sent, and everything is read again. On one engine, for what an ETag is made from is arithmetic
of the service and no SQL.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import cast, override

import pytest

from tests.contract.contract_operations import (
    OPERATIONS,
    PROBLEMS,
    Node,
    is_open,
    name_of,
    parameters,
    resolve,
    responses,
)
from tests.contract.requests import Call
from tests.contract.scenario import PASSWORD, Person, Preparation, Stage
from tests.contract.successes import changing_no_etag, prepare
from tests.harness.contract import Operation
from tests.harness.service import Service
from tests.marketplace.catalogue.categories import category
from tests.marketplace.provider_profile.successes import approved_profile_of, business
from tests.marketplace.provider_services.successes import service_of

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")


def _has_etag(operation: Operation) -> bool:
    if 200 not in responses(operation):
        return False
    return "ETag" in cast("Node", resolve(responses(operation)[200]).get("headers", {}))


_READINGS = [operation for operation in OPERATIONS if operation.method == "GET" and _has_etag(operation)]
_WRITES = [operation for operation in OPERATIONS if operation.method != "GET"]
_GUARDED = [operation for operation in OPERATIONS if "If-Match" in parameters(operation, "header")]

# There is nothing to read before, or nothing after.
_NEW = frozenset(operation.id for operation in _WRITES if 201 in responses(operation))
_GONE = frozenset(operation.id for operation in _WRITES if operation.method == "DELETE")

_REFUSABLE = [one for one in _WRITES if one.id not in changing_no_etag() | _NEW and not is_open(one)]


@dataclass(frozen=True, slots=True)
class Reading:
    """Answer to one reader: the ETag and the body."""

    call: Call
    etag: str
    body: bytes


class WatchedStage(Stage):
    """Stage that remembers the person whom it has made last, for writes that name nobody but carry a token."""

    newest: Person | None = None

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self._examples: dict[str, Call] = {}

    @override
    def own(self, name: str) -> str:
        """Return a name that the other stage of this worker does not use: they share a service."""
        local, at, domain = super().own(name).partition("@")
        return f"{local}.watched{at}{domain}"

    @override
    def own_role(self, name: str) -> str:
        return super().own_role(f"WATCHED_{name}")

    @override
    async def person(
        self,
        *roles: str,
        email: str = "somebody@example.com",
        password: str = PASSWORD,
        username: str | None = None,
        verified: bool = True,
    ) -> Person:
        made = await super().person(*roles, email=email, password=password, username=username, verified=verified)
        if not any(role.startswith("STAFF_") for role in roles):
            self.newest = made
        return made

    @override
    async def shared(self, *roles: str, purpose: str = "", prepare: Preparation | None = None) -> Person:
        """Return somebody whom tests share: whether they are made now or were before, they are not made for a write."""
        newest = self.newest
        found = await super().shared(*roles, purpose=purpose, prepare=prepare)
        self.newest = newest
        return found

    def forget(self) -> None:
        """Remember whoever is made from now on."""
        self.newest = None

    async def example_of(self, operation: Operation) -> Call:
        """Return a request of the operation, of which the body is wanted alone; it is prepared once."""
        if operation.id not in self._examples:
            self._examples[operation.id] = await prepare(self, operation)
        return self._examples[operation.id]

    async def account_id(self, person: Person) -> str | None:
        """Find somebody's account as staff do; closed ones are not shown to them."""
        admin = await self.shared("STAFF_ADMIN")
        found = await self.client.get("/users", params={"q": person.email, "limit": 1}, headers=admin.headers)
        return next((str(one["id"]) for one in found.json()["items"]), None)

    async def readings(self, ids: Mapping[str, str], owner: Person | None) -> dict[str, Reading]:
        """Read whatever has an ETag and is named by the ids alone: as its owner, else as staff, else as anybody."""
        admin = await self.shared("STAFF_ADMIN")
        found: dict[str, Reading] = {}
        for operation in _READINGS:
            if not parameters(operation, "path").keys() <= ids.keys():
                continue
            own = "user_id" not in parameters(operation, "path") and operation.raw["security"] != []
            own = own and not operation.path.startswith("/admin/")
            if own and (owner is None or not owner.access_token):
                continue  # before the address is verified there is no session
            for reader in [owner] if own else [admin, None]:
                call = Call(operation, reader, ids, None, {})
                answer = await call.send(self.client)
                if answer.status_code == 200:
                    found[operation.id] = Reading(call, answer.headers["ETag"], answer.content)
                    break
        return found

    async def again(self, readings: Mapping[str, Reading]) -> dict[str, Reading]:
        """Read the same as the same people; what cannot be read any more is left out."""
        found: dict[str, Reading] = {}
        for name, reading in readings.items():
            answer = await reading.call.send(self.client)
            if answer.status_code == 200:
                found[name] = Reading(reading.call, answer.headers["ETag"], answer.content)
        return found


@pytest.fixture(scope="session")
async def watched(service: Service) -> AsyncIterator[WatchedStage]:
    """Return a stage of these tests' own."""
    opened = WatchedStage(service)
    await opened.shared("STAFF_ADMIN")
    yield opened
    await opened.close()


async def _prepared(stage: WatchedStage, operation: Operation) -> tuple[Call, dict[str, Reading]]:
    """Return the write, and what can be read of what it concerns: by the ids in its path and the account behind it."""
    stage.forget()
    call = await prepare(stage, operation)
    person = stage.newest or call.by
    ids = dict(call.ids)
    if person is not None and "user_id" not in ids and (found := await stage.account_id(person)):
        ids["user_id"] = found
    # What the other party does not see yet, whoever writes reads themselves; first, since it may note that they did.
    own = {} if call.by is None or call.by is person else await stage.readings(ids, call.by)
    return call, {**own, **await stage.readings(ids, person)}


async def _is_stale(stage: WatchedStage, reading: Reading) -> None:
    """Return whether a change that is guarded by the old ETag is 412."""
    for operation in _GUARDED:
        if operation.path != reading.call.operation.path:
            continue
        call = replace(await stage.example_of(operation), by=reading.call.by, ids=reading.call.ids)
        answer = await replace(call, headers={"If-Match": reading.etag}).send(stage.client)
        if answer.status_code == 403:
            continue  # it is the other party's to do, as the matrix of roles has it
        assert (answer.status_code, answer.json()["type"]) == (412, f"{PROBLEMS}precondition-failed"), answer.text


async def _refused(stage: WatchedStage, call: Call, before: Mapping[str, Reading]) -> None:
    """Assert that the write, spoilt so that it is refused, changes no ETag."""
    strange = await replace(call, query={"unknown": "1"}).send(stage.client)
    assert strange.status_code == 422, strange.text
    if call.operation in _GUARDED:
        stale = await replace(call, headers={"If-Match": '"987654"'}).send(stage.client)
        assert stale.status_code == 412, stale.text
    after = await stage.again(before)
    assert {name: one.etag for name, one in after.items()} == {name: one.etag for name, one in before.items()}


@pytest.mark.parametrize("operation", _WRITES, ids=name_of)
async def test_a_change_changes_the_etag_of_every_reading_that_shows_it(
    watched: WatchedStage, operation: Operation
) -> None:
    call, before = await _prepared(watched, operation)
    if operation in _REFUSABLE:
        await _refused(watched, call, before)
    answer = await call.send(watched.client)
    assert answer.status_code < 300, answer.text
    after = await watched.again(before)
    both = before.keys() & after.keys()
    changed = {name for name in both if before[name].body != after[name].body}
    for name in changed:
        assert before[name].etag != after[name].etag, f"{name} shows another body under the ETag {before[name].etag}"
    if operation.id in changing_no_etag():
        assert changed == set(), "it is seen: strike it from CHANGES_NO_ETAG"
    elif operation.id not in _NEW | _GONE:
        assert changed, f"nothing of {sorted(both)} shows the change"
    for name in changed:
        await _is_stale(watched, before[name])


@pytest.mark.parametrize("operation", [one for one in _GUARDED if one.method in {"PUT", "PATCH"}], ids=name_of)
async def test_a_change_to_what_is_there_already_changes_no_etag(watched: WatchedStage, operation: Operation) -> None:
    call, before = await _prepared(watched, operation)
    first = await call.send(watched.client)
    assert first.status_code < 300, first.text
    between = await watched.again(before)
    second = await call.send(watched.client)
    assert second.status_code == 200, second.text
    assert second.headers["ETag"] == first.headers["ETag"]
    after = await watched.again(before)
    assert {name: one.etag for name, one in after.items()} == {name: one.etag for name, one in between.items()}


async def _service_readings(stage: WatchedStage, provider: Person) -> dict[str, Reading]:
    readings = await stage.readings({"service_id": await service_of(stage, provider, "submit")}, provider)
    return {name: readings[name] for name in ("getProviderService", "getService")}


async def test_a_renamed_business_changes_the_etag_of_its_services(watched: WatchedStage) -> None:
    """Other things that a reading shows are behind its ETag as well."""
    provider = await watched.person("SERVICE_PROVIDER")
    await approved_profile_of(watched, provider)
    before = await _service_readings(watched, provider)
    profile = next(operation for operation in OPERATIONS if operation.id == "replaceProviderProfile")
    call = replace(await prepare(watched, profile), by=provider)
    renamed = await replace(call, body={**call.body, "business_name": "Renamed and Sons"}).send(watched.client)
    assert renamed.status_code == 200, renamed.text
    after = await watched.again(before)
    for name, reading in before.items():
        assert b"Renamed and Sons" in after[name].body
        assert reading.etag != after[name].etag, name
    await _is_stale(watched, before["getProviderService"])


async def test_a_renamed_category_changes_the_etag_of_its_services(watched: WatchedStage) -> None:
    provider = await business(watched)
    before = await _service_readings(watched, provider)
    path, staff = f"/admin/categories/{await category(watched)}", await watched.shared("STAFF_MODERATOR")
    names = (await watched.expect(200, "GET", path, by=staff)).json()
    await _rename(watched, path, staff, {"slug": names["slug"], "name": "Renamed by staff"})
    after = await watched.again(before)
    await _rename(watched, path, staff, {"slug": names["slug"], "name": names["name"]})
    for name, reading in before.items():
        assert b"Renamed by staff" in after[name].body
        assert reading.etag != after[name].etag, name
    await _is_stale(watched, before["getProviderService"])


async def _rename(stage: Stage, path: str, staff: Person, names: dict[str, str]) -> None:
    answer = await stage.client.put(path, json=names, headers={**staff.headers, "If-Match": "*"})
    assert answer.status_code == 200, answer.text
