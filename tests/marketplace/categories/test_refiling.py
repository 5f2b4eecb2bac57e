"""Filing of services under categories that change: the first ones at once, and the others by the worker."""

import asyncio
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from impl.kernel.outbox import Message
from impl.marketplace.capabilities.search import service as search
from impl.marketplace.categories import service as managed
from tests.harness.accounts import Account, Accounts
from tests.harness.patience import PATIENCE
from tests.harness.service import Service
from tests.marketplace.categories.staff import category, found, move, rename, retire
from tests.marketplace.payloads import NOBODYS, SERVICES, Json, add, ids, ok, publish


@pytest.fixture
async def staff(accounts: Accounts) -> Account:
    return await accounts.staff("STAFF_MODERATOR")


async def found_by(client: httpx.AsyncClient, name: str) -> set[str]:
    return set(ids(ok(await client.get("/services", params={"q": name, "verbatim": "true"}))["items"]))


async def found_at_last(service: Service, client: httpx.AsyncClient, name: str, all_of: set[str]) -> set[str]:
    """Return what is found by a name when the worker has written all of these anew."""
    async with asyncio.timeout(PATIENCE):
        while (found := await found_by(client, name)) != all_of:
            service.clock.advance(managed.PAUSE)
    return found


@pytest.mark.both_engines
async def test_the_worker_lets_many_listings_be_found_by_the_new_name(
    service: Service, staff: Account, seller: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "TOGETHER", 1)
    monkeypatch.setattr(managed, "PARTS", 2)
    one, other = await category(staff, name="Plinthdale stoves"), await category(staff, name="Hearthmoor stoves")
    published = {(await publish(seller, category_id=one["id"]))["id"] for _ in range(6)}
    # Whoever does the rest of one change goes by what has become of the category since.
    ok(await rename(staff, one, name="Ashvale stoves"))
    ok(await rename(staff, one, name="Emberlyn stoves"))
    ok(await retire(staff, one, other))
    # The message of a worker that was killed is delivered again, perhaps while another one is.
    go_on = service.services.marketplace.categories.outbox_handlers()[managed.TOPIC]
    again = Message(UUID(NOBODYS), managed.TOPIC, {"category_id": one["id"]}, 2, service.clock.now())
    await asyncio.gather(*(go_on(again) for _ in range(2)), return_exceptions=True)
    async with service.client() as anyone:
        assert await found_at_last(service, anyone, "hearthmoor", published) == published
        for name in ("plinthdale", "ashvale", "emberlyn"):
            assert await found_by(anyone, name) == set()


@pytest.mark.both_engines
async def test_the_worker_files_what_is_left_of_a_moved_and_of_a_retired_category(
    service: Service, staff: Account, seller: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(managed, "TOGETHER", 1)
    monkeypatch.setattr(managed, "PARTS", 1)
    old, new, gone, into = [await category(staff) for _ in range(4)]
    leaf = await category(staff, old)
    moved, retired = [{(await publish(seller, category_id=one["id"]))["id"] for _ in range(3)} for one in (leaf, gone)]
    draft = await add(seller, category_id=gone["id"])
    ok(await move(staff, leaf, new))
    ok(await retire(staff, gone, into))
    async with service.client() as anyone:

        async def in_one_or_the_other(one: Json, other: Json) -> set[str]:
            places = [await found(anyone, place["slug"]) for place in (one, other)]
            return {*places[0], *places[1]}

        assert await in_one_or_the_other(old, new) == moved == {*await found(anyone, leaf["slug"])}
        assert await in_one_or_the_other(gone, into) == retired
        # What replaces a category may be retired before all is filed under it.
        ok(await retire(staff, into, new))
        # A killed worker's message is delivered again, while another worker has what it left.
        go_on = service.services.marketplace.categories.outbox_handlers()
        again = [
            go_on[topic](Message(UUID(NOBODYS), topic, {"category_id": one["id"]}, 2, service.clock.now()))
            for topic, one in ((managed.MOVED, leaf), (managed.RETIRED, gone))
        ]
        await asyncio.gather(*again, return_exceptions=True)
        async with asyncio.timeout(PATIENCE):
            while any([{*await found(anyone, one["slug"])} != moved | retired for one in (new, gone, into)]):
                service.clock.advance(managed.PAUSE)
        assert await found(anyone, old["slug"]) == []
    assert ok(await seller.client.get(f"{SERVICES}/{draft['id']}"))["category"]["id"] == new["id"]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")  # SQLite has one writer at a time
async def test_an_edit_waits_for_its_service_to_be_filed_elsewhere(
    service: Service, staff: Account, seller: Account
) -> None:
    one, other = await category(staff), await category(staff)
    published = await publish(seller, category_id=one["id"])
    filed = text("UPDATE marketplace.services SET category_id = :into WHERE id = :id")
    waiting = text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::text::xid"
    )
    async with service.services.database.begin() as tx:
        await tx.execute(filed, {"into": other["id"], "id": published["id"]})
        edit = asyncio.create_task(seller.client.patch(f"{SERVICES}/{published['id']}", json={"title": "Edited then"}))
        async with asyncio.timeout(PATIENCE):
            while await tx.scalar(waiting) == 0:
                pass
    assert ok(await edit)["category"]["id"] == other["id"]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")  # SQLite has one writer at a time
async def test_a_new_name_waits_for_no_listing_that_is_being_written(
    service: Service, staff: Account, seller: Account
) -> None:
    one = await category(staff, name="Bramblewick sheds")
    published = [(await publish(seller, category_id=one["id"]))["id"] for _ in range(2)]
    row = text("SELECT number FROM marketplace.listing_texts WHERE service_id = :id FOR UPDATE")
    async with service.client() as anyone:
        async with service.services.database.begin() as tx:
            await tx.execute(row, {"id": published[0]})
            ok(await rename(staff, one, name="Thornwick sheds"))
            assert await found_by(anyone, "thornwick") == {published[1]}
        assert await found_at_last(service, anyone, "thornwick", {*published}) == {*published}
