"""Successful requests of the operations of properties."""

from __future__ import annotations

from tests.contract.entries import Entries, as_homeowner
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage, example_of


async def property_of(stage: Stage, owner: Person) -> str:
    """Add a property and return its id."""
    body = example_of("createProperty")
    return str((await stage.expect(201, "POST", "/homeowners/properties", by=owner, json=body)).json()["id"])


async def _new_property(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.shared("HOMEOWNER"), body=example)


async def _own_property(stage: Stage, example: Body) -> Ready:
    owner = await stage.shared("HOMEOWNER")
    return Ready(by=owner, ids={"property_id": await property_of(stage, owner)}, body=example)


SUCCESSES: Entries = {
    "listProperties": as_homeowner,
    "createProperty": _new_property,
    "getProperty": _own_property,
    "replaceProperty": _own_property,
    "updateProperty": _own_property,
    "deleteProperty": _own_property,
}
