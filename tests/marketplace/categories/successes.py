"""Successful requests of the operations of categories."""

from __future__ import annotations

from uuid import uuid4
from weakref import WeakKeyDictionary

from tests.contract.entries import ANY_VERSION, Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage


def own_slug(slug: str) -> str:
    """Return a slug of this test's own: a slug belongs to one category for good."""
    return f"{slug[:60]}-{uuid4().hex[-12:]}"


# The newest group of each stage, and how many categories it has: there is room for 200 in each, as at the top.
_groups: WeakKeyDictionary[Stage, tuple[str, int]] = WeakKeyDictionary()
_GROUP = 150


async def _add(stage: Stage, parent_id: str | None, slug: str | None = None) -> str:
    body = {"parent_id": parent_id, "slug": slug or own_slug("made-for-a-test"), "name": "Made for a test"}
    by = await stage.shared("STAFF_MODERATOR")
    return str((await stage.expect(201, "POST", "/admin/categories", by=by, json=body)).json()["id"])


async def group_of(stage: Stage) -> str:
    """Return the id of a group in which there is room for another category."""
    group, size = _groups.get(stage, ("", _GROUP))
    if size >= _GROUP:
        group, size = await _add(stage, None), 0
    _groups[stage] = group, size + 1
    return group


async def category_of(stage: Stage) -> str:
    """Add a category that nobody else uses and return its id."""
    return await _add(stage, await group_of(stage))


async def slug_of(stage: Stage) -> str:
    """Add a category that nobody else uses and return its slug."""
    slug = own_slug("asked-in-a-test")
    await _add(stage, await group_of(stage), slug)
    return slug


async def _slug(stage: Stage, _: Body) -> Ready:
    return Ready(ids={"slug": await slug_of(stage)})


async def _tree(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("STAFF_MODERATOR"))


async def _new(stage: Stage, example: Body) -> Ready:
    body = {**example, "slug": own_slug(example["slug"])}
    return Ready(by=await stage.shared("STAFF_MODERATOR"), body=body)


async def _category(stage: Stage, example: Body) -> Ready:
    ids = {"category_id": await category_of(stage)}
    return Ready(by=await stage.shared("STAFF_MODERATOR"), ids=ids, body=example, headers=ANY_VERSION)


async def _renamed(stage: Stage, example: Body) -> Ready:
    return await _category(stage, {**example, "slug": own_slug(example["slug"])})


SUCCESSES: Entries = {
    "getCategoryQuestions": _slug,
    "getManagedCategoryQuestions": _category,
    "replaceCategoryQuestions": _category,
    "listManagedCategories": _tree,
    "createCategory": _new,
    "getManagedCategory": _category,
    "replaceCategory": _renamed,
    "moveCategory": _category,
    "retireCategory": _category,
    "deleteCategory": _category,
}
