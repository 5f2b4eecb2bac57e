"""Successful requests of the operations of forbidden words."""

from __future__ import annotations

from uuid import uuid4

from tests.contract.entries import ANY_VERSION, Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage


def own_word(word: str) -> str:
    """Return a word of this test's own: the list has each once, and texts of other tests have none of these."""
    return f"{word[:40]} {uuid4().hex}"


async def word_of(stage: Stage) -> str:
    """Put a word on the list that no text has, and return its id."""
    by = await stage.shared("STAFF_MODERATOR")
    body = {"word": own_word("unheard")}
    return str((await stage.expect(201, "POST", "/admin/forbidden-words", by=by, json=body)).json()["id"])


async def _new(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.shared("STAFF_MODERATOR"), body={**example, "word": own_word(example["word"])})


async def _list(stage: Stage, _: Body) -> Ready:
    await word_of(stage)
    return Ready(by=await stage.shared("STAFF_MODERATOR"), query={"limit": "1"})


async def _word(stage: Stage, example: Body) -> Ready:
    ids = {"word_id": await word_of(stage)}
    return Ready(by=await stage.shared("STAFF_MODERATOR"), ids=ids, body=example, headers=ANY_VERSION)


async def _changed(stage: Stage, example: Body) -> Ready:
    return await _word(stage, {**example, "word": own_word(example["word"])})


SUCCESSES: Entries = {
    "listForbiddenWords": _list,
    "createForbiddenWord": _new,
    "getForbiddenWord": _word,
    "replaceForbiddenWord": _changed,
    "deleteForbiddenWord": _word,
}
