"""Questions of categories over HTTP: each edit makes a version, and each version stays."""

import asyncio
from collections import Counter

import pytest

from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.service import Service
from tests.marketplace.categories.staff import ANY, CATEGORIES, category, rename, retire
from tests.marketplace.payloads import Json, ok

TEXT: Json = {
    "kind": "TEXT",
    "key": "words",
    "label": "What happened?",
    "help": "",
    "required": True,
    "max_length": 200,
}
DAY: Json = {"kind": "DATE", "key": "since", "label": "Since when?", "help": "Roughly.", "required": False}
CHOICE: Json = {
    "kind": "CHOICE",
    "key": "where",
    "label": "Where?",
    "help": "",
    "required": True,
    "choices": [{"key": "tap", "label": "A tap"}, {"key": "pipe", "label": "A pipe"}],
}
NUMBER: Json = {
    "kind": "NUMBER",
    "key": "taps",
    "label": "How many?",
    "help": "",
    "required": False,
    "minimum": 1,
    "maximum": 9,
}


@pytest.fixture
async def staff(accounts: Accounts) -> Account:
    return await accounts.staff("STAFF_MODERATOR")


async def ask(staff: Account, one: Json, *questions: Json) -> Json:
    path = f"{CATEGORIES}/{one['id']}/questions"
    return ok(await staff.client.put(path, json={"questions": questions}, headers=ANY))


@pytest.mark.both_engines
async def test_every_version_of_the_questions_stays(service: Service, staff: Account) -> None:
    one = await category(staff)
    path = f"{CATEGORIES}/{one['id']}/questions"
    none = await staff.client.get(path)
    assert (ok(none)["version"], ok(none)["questions"], none.headers["etag"]) == (0, [], '"0"')
    assert (await ask(staff, one, TEXT, CHOICE))["version"] == 1
    changed = await ask(staff, one, DAY, NUMBER, TEXT)
    assert (changed["version"], changed["questions"]) == (2, [DAY, NUMBER, TEXT])
    # The very same is no other version.
    assert await ask(staff, one, DAY, NUMBER, TEXT) == changed
    assert (await ask(staff, one))["version"] == 3
    public = f"/categories/{one['slug']}/questions"
    async with service.client() as anyone:
        asked = {number: ok(await anyone.get(public, params={"version": number})) for number in range(4)}
        present = await anyone.get(public)
        missing = await anyone.get(public, params={"version": 4})
    assert [asked[number]["questions"] for number in range(4)] == [[], [TEXT, CHOICE], [DAY, NUMBER, TEXT], []]
    assert [asked[number]["version"] for number in range(4)] == [0, 1, 2, 3]
    assert ok(present) == asked[3]
    assert present.headers["cache-control"] == "public, max-age=30"
    assert_problem(missing, 404, "not-found")


async def test_questions_are_read_by_every_slug_and_of_a_retired_category_by_their_version(
    service: Service, staff: Account
) -> None:
    one, other = await category(staff), await category(staff)
    await ask(staff, one, TEXT)
    await ask(staff, other, DAY)
    renamed = ok(await rename(staff, one, slug=f"{one['slug']}-renamed"))
    async with service.client() as anyone:
        old = ok(await anyone.get(f"/categories/{one['slug']}/questions"))
        assert (old["category"]["slug"], old["questions"]) == (renamed["slug"], [TEXT])
        ok(await retire(staff, renamed, other))
        now = ok(await anyone.get(f"/categories/{one['slug']}/questions"))
        assert (now["category"]["id"], now["questions"]) == (other["id"], [DAY])
        then = ok(await anyone.get(f"/categories/{one['slug']}/questions", params={"version": 1}))
        assert (then["category"]["id"], then["questions"]) == (one["id"], [TEXT])
        assert_problem(await anyone.get("/categories/never-there/questions"), 404, "not-found")
    path = f"{CATEGORIES}/{one['id']}/questions"
    refused = await staff.client.put(path, json={"questions": []}, headers=ANY)
    assert_problem(refused, 409, "category-retired")
    fresh = await category(staff)
    await ask(staff, fresh, TEXT)
    assert_problem(await staff.client.delete(f"{CATEGORIES}/{fresh['id']}", headers=ANY), 409, "category-in-use")


@pytest.mark.parametrize(
    ("questions", "pointer"),
    [
        ([TEXT, {**DAY, "key": "words"}], "/questions/1/key"),
        ([{**CHOICE, "choices": [CHOICE["choices"][0]] * 2}], "/questions/0/choices/1/key"),
        ([{**NUMBER, "minimum": 10}], "/questions/0/minimum"),
        ([{**CHOICE, "kind": "MULTIPLE", "max_choices": 3}], "/questions/0/max_choices"),
    ],
)
async def test_questions_that_contradict_themselves_are_refused(
    staff: Account, questions: list[Json], pointer: str
) -> None:
    one = await category(staff)
    path = f"{CATEGORIES}/{one['id']}/questions"
    refused = await staff.client.put(path, json={"questions": questions}, headers=ANY)
    assert_problem(refused, 422, "validation-failed")
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


@pytest.mark.both_engines
async def test_of_two_edits_of_one_version_one_is_refused(staff: Account) -> None:
    one = await category(staff)
    path = f"{CATEGORIES}/{one['id']}/questions"
    answers = await asyncio.gather(
        *(
            staff.client.put(path, json={"questions": [question]}, headers={"If-Match": '"0"'})
            for question in (TEXT, DAY)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 1}
