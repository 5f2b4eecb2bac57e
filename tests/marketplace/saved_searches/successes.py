"""Successful requests to the operations of saved searches."""

from __future__ import annotations

from uuid import UUID

from tests.contract.entries import Entries, as_homeowner
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage, example_of

# Nobody is signed in who could read the search before and after.
CHANGES_NO_ETAG = {"unsubscribe"}


async def search_of(stage: Stage, owner: Person) -> str:
    """Save a search and return its id."""
    body = {**example_of("createSavedSearch"), "name": "Not as the examples call it"}
    made = await stage.expect(201, "POST", "/homeowners/saved-searches", by=owner, json=body)
    return str(made.json()["id"])


def unsubscribe_token(stage: Stage, search_id: str) -> str:
    """Return the token that mails about the search have in their header."""
    return stage.service.services.marketplace.saved_searches.token_of(UUID(search_id))


async def _new_search(stage: Stage, example: Body) -> Ready:
    # Of their own, since nobody may save many.
    return Ready(by=await stage.person(), body=example)


async def _own_search(stage: Stage, example: Body) -> Ready:
    owner = await stage.person()
    return Ready(by=owner, ids={"saved_search_id": await search_of(stage, owner)}, body=example)


async def _a_token(stage: Stage, _: Body) -> Ready:
    search_id = await search_of(stage, await stage.person())
    return Ready(ids={"subscription": unsubscribe_token(stage, search_id)})


SUCCESSES: Entries = {
    "listSavedSearches": as_homeowner,
    "createSavedSearch": _new_search,
    "getSavedSearch": _own_search,
    "replaceSavedSearch": _own_search,
    "deleteSavedSearch": _own_search,
    "openUnsubscribePage": _a_token,
    "unsubscribe": _a_token,
}
