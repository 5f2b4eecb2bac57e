"""The list of forbidden words over HTTP, and the hints that come of it."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import delete, func, insert, select

from impl.kernel.ids import new_id
from impl.marketplace.capabilities.hints.service import WORDS_MAX
from impl.marketplace.capabilities.hints.tables import FOLDED_MAX, ForbiddenWord
from tests.harness.accounts import Accounts, unique
from tests.harness.client import assert_problem
from tests.harness.service import Service
from tests.marketplace.payloads import ids, ok, whole

WORDS = "/admin/forbidden-words"
ANY = {"If-Match": "*"}


async def test_the_list_has_a_word_once_in_whatever_letters(accounts: Accounts) -> None:
    staff = await accounts.staff("STAFF_MODERATOR")
    name = unique("bargain")
    added = ok(await staff.client.post(WORDS, json={"word": f"Caf\u00e9 {name}"}), 201)
    other = ok(await staff.client.post(WORDS, json={"word": unique("other"), "note": "Too loud."}), 201)
    same = {"word": f"CAFE-{name.upper()}"}
    assert_problem(await staff.client.post(WORDS, json=same), 409, "forbidden-word-taken")
    path = f"{WORDS}/{other['id']}"
    assert_problem(await staff.client.put(path, json=same, headers=ANY), 409, "forbidden-word-taken")
    changed = ok(await staff.client.put(f"{WORDS}/{added['id']}", json=same, headers=ANY))
    assert (changed["word"], changed["note"]) == (same["word"], None)
    listed = ids(await whole(staff.client, WORDS, limit=50))
    assert listed.index(other["id"]) < listed.index(added["id"])
    ok(await staff.client.delete(path, headers=ANY), 204)
    assert_problem(await staff.client.get(path), 404, "not-found")


@pytest.mark.both_engines
async def test_of_the_same_word_at_once_one_is_added(accounts: Accounts) -> None:
    staff = await accounts.staff("STAFF_MODERATOR")
    body = {"word": unique("twice")}
    answers = await asyncio.gather(*(staff.client.post(WORDS, json=body) for _ in range(4)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 3}


@pytest.mark.both_engines
async def test_of_a_change_and_a_removal_at_once_neither_fails(accounts: Accounts) -> None:
    staff = await accounts.staff("STAFF_MODERATOR")
    for _ in range(4):
        added = ok(await staff.client.post(WORDS, json={"word": unique("changing")}), 201)
        path = f"{WORDS}/{added['id']}"
        answers = await asyncio.gather(
            *(staff.client.put(path, json={"word": unique("changed")}, headers=ANY) for _ in range(3)),
            staff.client.delete(path, headers=ANY),
        )
        assert answers[-1].status_code == 204
        assert {answer.status_code for answer in answers[:-1]} <= {200, 404}


@pytest.mark.both_engines
async def test_the_list_has_so_many_words_and_no_more(accounts: Accounts, service: Service) -> None:
    staff = await accounts.staff("STAFF_MODERATOR")
    made = ok(await staff.client.post(WORDS, json={"word": unique("last")}), 201)
    now, mark = service.clock.now(), unique("filling")
    row = {"note": None, "created_at": now, "updated_at": now, "version": 1}
    words = [f"{mark} {number}" for number in range(WORDS_MAX)]
    filled = [row | {"id": new_id(), "word": word, "folded": word} for word in words]
    async with service.services.database.begin() as tx:
        there = await tx.scalar(select(func.count()).select_from(ForbiddenWord))
        await tx.execute(insert(ForbiddenWord), filled[there or 0 :])
    refused = await staff.client.post(WORDS, json={"word": unique("one more")})
    assert assert_problem(refused, 409, "limit-reached")["limit"] == WORDS_MAX
    assert_problem(await staff.client.post(WORDS, json={"word": made["word"]}), 409, "forbidden-word-taken")
    async with service.services.database.begin() as tx:
        await tx.execute(delete(ForbiddenWord).where(ForbiddenWord.word.in_(words)))
    ok(await staff.client.post(WORDS, json={"word": unique("one more")}), 201)


async def test_a_word_that_is_too_long_when_it_is_written_out_is_refused(accounts: Accounts) -> None:
    staff = await accounts.staff("STAFF_MODERATOR")
    refused = await staff.client.post(WORDS, json={"word": "\ufdfa" * 60})
    assert_problem(refused, 422, "validation-failed")
    assert [error["code"] for error in refused.json()["errors"]] == ["too_long"]
    # Eighteen letters each, and as many as it may have with those behind them.
    written_out = "\ufdfa" * 22
    most = FOLDED_MAX - 18 * 22
    assert_problem(
        await staff.client.post(WORDS, json={"word": written_out + "x" * (most + 1)}), 422, "validation-failed"
    )
    added = ok(await staff.client.post(WORDS, json={"word": written_out + "x" * most}), 201)
    ok(await staff.client.delete(f"{WORDS}/{added['id']}", headers=ANY), 204)
