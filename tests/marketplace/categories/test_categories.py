"""Categories kept by staff over HTTP: names, places in the tree, and what becomes of services and slugs."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, text

from impl.kernel.ids import new_id
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.categories.service import CATEGORIES_MAX, CHILDREN_MAX, FORMER_SLUGS_MAX
from impl.marketplace.capabilities.categories.tables import Category, CategorySlug
from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.databases import Databases
from tests.harness.service import Service, run_service
from tests.marketplace.categories.staff import ANY, CATEGORIES, category, found, move, rename, retire, slug
from tests.marketplace.payloads import (
    DRAINS,
    LIGHTING,
    NOBODYS,
    PLUMBING,
    SERVICES,
    Json,
    add,
    ids,
    job,
    ok,
    publish,
)


@pytest.fixture
async def staff(accounts: Accounts) -> Account:
    return await accounts.staff("STAFF_MODERATOR")


def public(tree: Json) -> dict[str, str | None]:
    """Return the slug of each category that everybody sees, with that of its parent."""
    seen: dict[str, str | None] = {}
    waiting: list[tuple[str | None, Json]] = [(None, one) for one in tree["items"]]
    for above, one in waiting:
        seen[one["slug"]] = above
        waiting += [(one["slug"], below) for below in one["children"]]
    return seen


async def test_a_new_category_is_offered_at_once(service: Service, staff: Account, seller: Account) -> None:
    async with service.client() as anyone:
        before = await anyone.get("/categories")
        group = await category(staff)
        leaf = await category(staff, group, name="Underfloor heating")
        after = await anyone.get("/categories", headers={"If-None-Match": before.headers["etag"]})
        assert public(ok(after))[leaf["slug"]] == group["slug"]
        published = await publish(seller, category_id=leaf["id"])
        assert await found(anyone, group["slug"]) == await found(anyone, leaf["slug"]) == [published["id"]]

    tree = ok(await staff.client.get(CATEGORIES))["items"]
    place = {one["id"]: one for one in tree}
    assert ids(tree).index(leaf["id"]) == ids(tree).index(group["id"]) + 1
    assert [(place[one["id"]]["depth"], place[one["id"]]["service_count"]) for one in (group, leaf)] == [(1, 0), (2, 1)]
    assert [place[one["id"]]["listing_count"] for one in (group, leaf)] == [1, 1]


@pytest.mark.both_engines
async def test_a_renamed_category_is_found_by_each_slug_that_it_had_and_by_its_new_name_only(
    service: Service, staff: Account, seller: Account
) -> None:
    first = await category(staff, name="Quibblewood floors")
    published = await publish(seller, category_id=first["id"])
    path = f"{SERVICES}/{published['id']}"
    tag = (await seller.client.get(path)).headers["etag"]
    second = ok(await rename(staff, first, slug=slug("second"), name="Zanthorn floors"))
    assert second["former_slugs"] == [first["slug"]]
    shown = await seller.client.get(path)
    assert shown.headers["etag"] != tag
    assert ok(shown)["category"] == {name: second[name] for name in ("id", "slug", "name")}
    async with service.client() as anyone:
        for named in (first["slug"], second["slug"]):
            assert await found(anyone, named) == [published["id"]]
            assert len(ok(await anyone.get("/providers", params={"category": named}))["items"]) == 1
            mine = ok(await seller.client.get(SERVICES, params={"category": named, "scope": "mine"}))
            assert ids(mine["items"]) == [published["id"]]
        assert ids(ok(await anyone.get("/services", params={"q": "zanthorn"}))["items"]) == [published["id"]]
        assert ids(ok(await anyone.get("/services", params={"q": "quibblewood"}))["items"]) == []

    # The old slug is nobody else's, neither in a new category nor in a renamed one; its owner may have it back.
    for answer in (
        await staff.client.post(CATEGORIES, json={"parent_id": None, "slug": first["slug"], "name": "Another"}),
        await rename(staff, await category(staff), slug=first["slug"]),
    ):
        assert_problem(answer, 409, "category-slug-taken")
    back = ok(await rename(staff, second, slug=first["slug"]))
    assert (back["slug"], back["former_slugs"]) == (first["slug"], [second["slug"]])


async def test_facets_of_a_renamed_group_are_found_by_its_old_slug(
    service: Service, staff: Account, seller: Account
) -> None:
    group = await category(staff)
    leaf = await category(staff, group)
    await publish(seller, category_id=leaf["id"])
    ok(await rename(staff, group, slug=slug("renamed")))
    async with service.client() as anyone:
        facets = ok(await anyone.get("/services/facets", params={"category": group["slug"]}))
    assert [(one["category"]["id"], one["count"]["count"]) for one in facets["categories"]] == [(leaf["id"], 1)]


@pytest.mark.both_engines
async def test_services_are_submitted_while_their_category_changes(staff: Account, seller: Account) -> None:
    for _ in range(4):
        one, other = await category(staff), await category(staff)
        drafts = [await add(seller, category_id=one["id"]) for _ in range(6)]
        answers = await asyncio.gather(
            *(seller.client.post(f"{SERVICES}/{draft['id']}/submit") for draft in drafts[:3]),
            rename(staff, one, slug=slug("changed")),
            *(seller.client.post(f"{SERVICES}/{draft['id']}/submit") for draft in drafts[3:]),
            move(staff, one, other),
        )
        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]


@pytest.mark.both_engines
async def test_a_moved_category_takes_what_lies_below_it_along(
    service: Service, staff: Account, seller: Account
) -> None:
    old, new = await category(staff), await category(staff)
    group = await category(staff, old)
    leaf = await category(staff, group)
    published = await publish(seller, category_id=leaf["id"])
    ok(await move(staff, group, new))
    async with service.client() as anyone:
        assert await found(anyone, old["slug"]) == []
        for named in (new, group, leaf):
            assert await found(anyone, named["slug"]) == [published["id"]]
        # What is published there from now on is filed the same way.
        another = await publish(seller, category_id=leaf["id"])
        assert await found(anyone, new["slug"], sort="published_at") == [published["id"], another["id"]]
        tree = public(ok(await anyone.get("/categories")))
    assert (tree[group["slug"]], tree[leaf["slug"]]) == (new["slug"], group["slug"])


async def test_neighbours_are_shown_in_the_order_that_staff_give_them(service: Service, staff: Account) -> None:
    group = await category(staff)
    one, two, three = [await category(staff, group) for _ in range(3)]

    async def order() -> list[str]:
        async with service.client() as anyone:
            tree = ok(await anyone.get("/categories"))["items"]
        return ids(next(node for node in tree if node["id"] == group["id"])["children"])

    assert await order() == ids([one, two, three])
    tags = [(await staff.client.get(f"{CATEGORIES}/{other['id']}")).headers["etag"] for other in (one, two)]
    ok(await move(staff, three, group))
    assert await order() == ids([three, one, two])
    ok(await move(staff, three, group, after=one))
    assert await order() == ids([one, three, two])
    ok(await move(staff, one, group, after=two))
    assert await order() == ids([three, two, one])
    again = [(await staff.client.get(f"{CATEGORIES}/{other['id']}")).headers["etag"] for other in (one, two)]
    assert (tags[0] != again[0], tags[1] == again[1]) == (True, True)
    assert_problem(await move(staff, one, group, after=one), 404, "not-found")
    assert_problem(await move(staff, one, group, after=group), 404, "not-found")


async def test_the_tree_has_no_circle_and_four_levels_at_the_most(staff: Account) -> None:
    path = [await category(staff)]
    while len(path) < 4:
        path.append(await category(staff, path[-1]))
    assert_problem(await move(staff, path[0], path[0]), 409, "category-circle")
    assert_problem(await move(staff, path[0], path[3]), 409, "category-circle")
    assert_problem(
        await staff.client.post(CATEGORIES, json={"parent_id": path[3]["id"], "slug": slug(), "name": "Fifth"}),
        409,
        "category-too-deep",
    )
    other = await category(staff)
    assert_problem(await move(staff, path[0], other), 409, "category-too-deep")
    ok(await move(staff, path[1], other))
    assert_problem(await move(staff, path[0], path[3]), 409, "category-too-deep")
    ok(await move(staff, path[3], None))
    ok(await move(staff, path[0], path[2]))


@pytest.mark.both_engines
async def test_of_two_moves_at_once_that_would_make_a_circle_one_is_refused(staff: Account) -> None:
    for _ in range(3):
        one, other = await category(staff), await category(staff)
        answers = await asyncio.gather(move(staff, one, other), move(staff, other, one))
        assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 1}
        refused = next(answer for answer in answers if answer.status_code == 409)
        assert_problem(refused, 409, "category-circle")


async def test_services_of_a_retired_category_are_found_under_its_replacement(
    service: Service, staff: Account, seller: Account
) -> None:
    group, other = await category(staff), await category(staff)
    first = await category(staff, group, name="Grumblethwaite pipes")
    second = await category(staff, other, name="Second pipes")
    third = await category(staff, other, name="Wobblemere pipes")
    published = await publish(seller, category_id=first["id"])
    draft = await add(seller, category_id=first["id"])
    path = f"{SERVICES}/{published['id']}"
    before = await seller.client.get(path)
    public_path = f"/services/{published['id']}"
    async with service.client() as anyone:
        since = (await anyone.get(public_path)).headers["last-modified"]
    service.clock.advance(timedelta(minutes=1))

    retired = ok(await retire(staff, first, second))
    assert (retired["replaced_by_id"], retired["retired_at"] is None) == (second["id"], False)
    ok(await retire(staff, second, third))

    shown = await seller.client.get(path)
    assert shown.headers["etag"] != before.headers["etag"]
    assert ok(shown)["category"]["id"] == third["id"]
    assert ok(await seller.client.get(f"{SERVICES}/{draft['id']}"))["category"]["id"] == third["id"]
    async with service.client() as anyone:
        assert (await anyone.get(public_path, headers={"If-Modified-Since": since})).status_code == 200
        for one in (first, second, third, other):
            assert await found(anyone, one["slug"]) == [published["id"]]
            assert len(ok(await anyone.get("/providers", params={"category": one["slug"]}))["items"]) == 1
        assert await found(anyone, group["slug"]) == []
        assert ids(ok(await anyone.get("/services", params={"q": "wobblemere"}))["items"]) == [published["id"]]
        assert ids(ok(await anyone.get("/services", params={"q": "grumblethwaite"}))["items"]) == []
        tree = public(ok(await anyone.get("/categories")))
    assert not {first["slug"], second["slug"]} & tree.keys()
    # Staff go on seeing both; the owner edits the service as before, and nobody files one there any more.
    assert {first["id"], second["id"]} <= set(ids(ok(await staff.client.get(CATEGORIES))["items"]))
    ok(await seller.client.patch(path, json={"title": "Pipes laid anew"}))
    for refused in (
        await seller.client.post(SERVICES, json=job(category_id=first["id"])),
        await seller.client.patch(path, json={"category_id": first["id"]}),
    ):
        assert_problem(refused, 404, "not-found")


async def test_what_is_retired_stays_as_it_is(staff: Account) -> None:
    gone, into = await category(staff), await category(staff)
    leaf = await category(staff, gone)
    assert_problem(await retire(staff, gone, into), 409, "category-in-use")
    assert_problem(await retire(staff, into, into), 409, "category-circle")
    assert_problem(await retire(staff, leaf, {"id": NOBODYS}), 404, "not-found")
    ok(await retire(staff, leaf, into))
    ok(await retire(staff, gone, into))
    for answer in (
        await retire(staff, gone, into),
        await retire(staff, into, gone),
        await rename(staff, gone, name="Another"),
        await move(staff, gone, into),
        await move(staff, into, gone),
        await staff.client.post(CATEGORIES, json={"parent_id": gone["id"], "slug": slug(), "name": "Below"}),
    ):
        assert_problem(answer, 409, "category-retired")
    for one in (gone, leaf, into):
        deletion = await staff.client.delete(f"{CATEGORIES}/{one['id']}", headers=ANY)
        assert_problem(deletion, 409, "category-in-use")


async def test_only_a_category_that_was_never_used_is_deleted(staff: Account, seller: Account) -> None:
    unused, used = await category(staff), await category(staff)
    draft = await add(seller, category_id=used["id"])
    ok(await seller.client.delete(f"{SERVICES}/{draft['id']}"), 204)
    assert_problem(await staff.client.delete(f"{CATEGORIES}/{used['id']}", headers=ANY), 409, "category-in-use")
    ok(await staff.client.delete(f"{CATEGORIES}/{unused['id']}", headers=ANY), 204)
    assert_problem(await staff.client.get(f"{CATEGORIES}/{unused['id']}"), 404, "not-found")
    again = {"parent_id": None, "slug": unused["slug"], "name": "Its slug is free"}
    ok(await staff.client.post(CATEGORIES, json=again), 201)


@pytest.mark.both_engines
async def test_nobody_publishes_into_a_category_while_it_is_retired(
    service: Service, staff: Account, seller: Account
) -> None:
    for _ in range(3):
        gone, into = await category(staff), await category(staff)
        answers = await asyncio.gather(
            *(seller.client.post(SERVICES, json=job(category_id=gone["id"])) for _ in range(3)),
            retire(staff, gone, into),
        )
        assert answers[-1].status_code == 200
        assert {answer.status_code for answer in answers[:-1]} <= {201, 404}
        made = [answer.json()["id"] for answer in answers[:-1] if answer.status_code == 201]
        filed = [ok(await seller.client.get(f"{SERVICES}/{one}"))["category"]["id"] for one in made]
        assert filed == [into["id"]] * len(made)


async def test_an_edit_of_a_category_needs_the_version_that_was_read(staff: Account) -> None:
    one = await category(staff)
    path = f"{CATEGORIES}/{one['id']}"
    tag = (await staff.client.get(path)).headers["etag"]
    body = {"slug": one["slug"], "name": "Read before"}
    ok(await staff.client.put(path, json=body, headers={"If-Match": tag}))
    for stale in (
        await staff.client.put(path, json={**body, "name": "Too late"}, headers={"If-Match": tag}),
        await staff.client.post(
            f"{path}/move", json={"parent_id": PLUMBING, "after_id": None}, headers={"If-Match": tag}
        ),
        await staff.client.post(f"{path}/retire", json={"replacement_id": DRAINS}, headers={"If-Match": tag}),
    ):
        assert_problem(stale, 412, "precondition-failed")
    for missing in (
        await staff.client.post(f"{path}/move", json={"parent_id": PLUMBING, "after_id": None}),
        await staff.client.post(f"{path}/retire", json={"replacement_id": LIGHTING}),
    ):
        assert_problem(missing, 428, "precondition-required")


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")  # SQLite has one writer at a time
async def test_an_edit_that_changes_nothing_waits_for_no_provider(
    service: Service, staff: Account, seller: Account
) -> None:
    one, draft = await category(staff), await add(seller)
    path, body = f"{CATEGORIES}/{one['id']}", {"slug": one["slug"], "name": one["name"]}
    top = ok(await staff.client.get(CATEGORIES))["items"]
    before = [each["id"] for each in top if each["parent_id"] is None]
    place = {"parent_id": None, "after_id": before[before.index(one["id"]) - 1]}
    stale = {"If-Match": '"0"'}
    async with service.services.database.begin() as tx:
        await tx.execute(text("SELECT id FROM marketplace.services WHERE id = :id FOR UPDATE"), {"id": draft["id"]})
        ok(await staff.client.put(path, json=body, headers=ANY))
        ok(await staff.client.post(f"{path}/move", json=place, headers=ANY))
        into = {"replacement_id": DRAINS}
        for verb, end, sent in (("PUT", "", body), ("POST", "/move", place), ("POST", "/retire", into)):
            gone = f"{CATEGORIES}/{NOBODYS}{end}"
            assert_problem(await staff.client.request(verb, gone, json=sent, headers=ANY), 404, "not-found")
            refused = await staff.client.request(verb, f"{path}{end}", json=sent, headers=stale)
            assert_problem(refused, 412, "precondition-failed")
        taken = await staff.client.put(path, json={**body, "slug": top[0]["slug"]}, headers=ANY)
        assert_problem(taken, 409, "category-slug-taken")


async def test_the_tree_a_category_and_its_slugs_are_no_more_than_they_may(
    databases: Databases, worker_id: str
) -> None:
    """On SQLite, in a service of its own: each other test would read two thousand categories."""
    table = core_table(Category)
    async with run_service(databases, "sqlite", f"tree_{worker_id}") as running:
        accounts = Accounts(running)
        staff = await accounts.staff("STAFF_MODERATOR")
        crowded, renamed = await category(staff), await category(staff)

        async def add_below(parent: Json, number: int) -> None:
            async with running.services.database.begin() as tx:
                row = (await tx.execute(select(table).where(table.c.id == UUID(parent["id"])))).mappings().one()
                below = {**row, "parent_id": row["id"]}
                more = [{**below, "id": new_id(), "slug": slug(), "position": place} for place in range(number)]
                await tx.execute(insert(table), more)

        async def refused(parent: Json | None) -> None:
            body = {"parent_id": parent and parent["id"], "slug": slug(), "name": "One more"}
            assert_problem(await staff.client.post(CATEGORIES, json=body), 409, "category-limit")

        await add_below(crowded, CHILDREN_MAX - 1)
        await category(staff, crowded)
        await refused(crowded)
        assert_problem(await move(staff, renamed, crowded), 409, "category-limit")

        of = {**dict.fromkeys(("category_id", "leads_to_id"), UUID(renamed["id"])), "created_at": running.clock.now()}
        async with running.services.database.begin() as tx:
            await tx.execute(insert(CategorySlug), [{**of, "slug": slug()} for _ in range(FORMER_SLUGS_MAX - 1)])
        ok(await rename(staff, renamed, slug=slug()))
        assert_problem(await rename(staff, renamed, slug=slug()), 409, "category-limit")

        async with running.services.database.begin() as tx:
            number = await tx.scalar(select(func.count()).select_from(table))
        await add_below(renamed, CATEGORIES_MAX - 1 - (number or 0))
        await category(staff)
        await refused(None)
        await accounts.close()
