"""Photos over HTTP: they go up, are written anew by the worker, come back clean, and go with all that is theirs."""

import asyncio
import io
import re
from collections.abc import Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from PIL import Image
from sqlalchemy import insert, select, text

from generated.states import PhotoState
from impl.gateways.pictures import RENDITIONS
from impl.kernel.ids import new_id
from impl.marketplace.photos.service import MOST_OF_ALL, MOST_OF_ONE
from impl.marketplace.photos.tables import Photo, PhotoFault, PhotoSubjectKind
from tests.gateways.picture_files import BROKEN, CLEAN, OTHER, REFUSED, SECRET
from tests.harness.accounts import Account, Accounts, unique
from tests.harness.client import assert_problem, open_browser
from tests.harness.doubles import take_last_place
from tests.harness.inbox import Inbox
from tests.harness.patience import PATIENCE
from tests.harness.service import Service
from tests.identity.closure.test_closure import closed
from tests.marketplace.payloads import PROFILE, PROPERTIES, SERVICES, Json, approve_business, house, ok, publish
from tests.marketplace.payloads import add as add_service
from tests.marketplace.photos.successes import picture
from tests.marketplace.photos.waiting import settled

PRIVATE = "private, max-age=300"
PUBLIC = "public, max-age=31536000, s-maxage=60, immutable"


async def home(owner: Account) -> str:
    """Add a property, and return the path of its photos."""
    made = ok(await owner.client.post(PROPERTIES, json=house()), 201)
    return f"{PROPERTIES}/{made['id']}/photos"


async def add(owner: Account, path: str, content: bytes | None = None, **texts: str) -> Json:
    files = {"file": ("holiday.png", content or picture(), "text/html")}
    return ok(await owner.client.post(path, files=files, data=texts), 201)


async def listed(owner: Account, path: str) -> Sequence[str]:
    items = ok(await owner.client.get(path))["items"]
    assert [photo["position"] for photo in items] == list(range(len(items)))
    return [photo["alt_text"] for photo in items]


def addresses(photo: Json) -> list[str]:
    return [photo["files"][size][kind] for size in ("thumb", "card", "full") for kind in ("webp", "jpeg")]


def stored(service: Service, photo_id: str) -> list[Path]:
    folder = service.settings.storage_dir
    assert folder is not None
    return [path for path in folder.rglob("*") if path.is_file() and photo_id in str(path)]


async def gone(service: Service, photo_id: str) -> None:
    """Wait until the worker has deleted the files of a photo."""
    async with asyncio.timeout(PATIENCE):
        while stored(service, photo_id):
            await asyncio.to_thread(stored, service, photo_id)


async def test_a_photo_goes_up_and_comes_back_clean(accounts: Accounts, client: httpx.AsyncClient) -> None:
    owner = await accounts.make()
    path = await home(owner)
    sent = await add(owner, path, CLEAN["a JPEG on its side"](), alt_text="The front")
    assert (sent["state"], sent["files"], sent["position"]) == ("PENDING", None, 0)

    photo = await settled(owner, sent)
    assert (photo["state"], photo["width"], photo["height"], photo["fault"]) == ("READY", 640, 480, None)
    assert photo["placeholder"]
    for address in addresses(photo):
        shown = await client.get(address)
        assert (shown.status_code, shown.headers["cache-control"]) == (200, PRIVATE)
        assert shown.headers["content-type"] in {"image/webp", "image/jpeg"}
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert shown.headers["content-disposition"].startswith("inline; filename=")
        assert "sandbox" in shown.headers["content-security-policy"]
        assert SECRET not in shown.content
        assert len(shown.content) == int(shown.headers["content-length"])


async def test_a_private_picture_is_shown_by_its_signature_alone_and_for_minutes(
    accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    owner = await accounts.make()
    photo = await settled(owner, await add(owner, await home(owner)))
    address = addresses(photo)[0]
    plain, _, query = address.partition("?")
    other = query[:-1] + ("0" if query[-1] != "0" else "1")
    later = query.replace("expires=", "expires=9")
    size = plain.replace("thumb.webp", "thumb.gif")
    assert (await client.get(address)).status_code == 200
    for refused in ("", f"?{other}", f"?{later}", "?expires=x&signature=%FF"):
        assert (await client.get(plain + refused)).status_code == 404
    for refused in (f"{size}?{query}", plain.replace("/media/", "/media/0")):
        assert (await client.get(refused)).status_code == 404
    service.clock.advance(timedelta(minutes=16))
    assert (await client.get(address)).status_code == 404
    renewed = addresses(ok(await owner.client.get(f"/photos/{photo['id']}")))[0]
    assert (await client.get(renewed)).status_code == 200
    for path in stored(service, photo["id"]):
        path.unlink()
    assert (await client.get(renewed)).status_code == 404


async def test_an_address_that_no_picture_can_have_is_not_found(client: httpx.AsyncClient, service: Service) -> None:
    for named in ("%00", "g" * 32, "0" * 31, "0" * 32):
        assert (await client.get(f"{service.url}/media/{named}/thumb.jpg")).status_code == 404, named


@pytest.mark.both_engines
async def test_pictures_of_the_catalogue_are_public_for_good_while_they_are_in_it(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    await approve_business(provider)
    service = await publish(provider)
    photos = [await add(provider, f"{SERVICES}/{service['id']}/photos"), await add(provider, f"{PROFILE}/photos")]
    for photo in [await settled(provider, photo) for photo in photos]:
        address = addresses(photo)[0]
        assert "?" not in address
        shown = await client.get(address)
        assert (shown.status_code, shown.headers["cache-control"]) == (200, PUBLIC)
        known = await client.get(address, headers={"If-None-Match": shown.headers["etag"]})
        assert (known.status_code, known.content, known.headers["cache-control"]) == (304, b"", PUBLIC)

    ok(await provider.client.post(f"{SERVICES}/{service['id']}/pause"))
    paused = ok(await provider.client.get(f"/photos/{photos[0]['id']}"))
    address = addresses(paused)[0]
    assert (await client.get(address)).headers["cache-control"] == PRIVATE
    assert (await client.get(address.partition("?")[0])).status_code == 404


async def test_what_is_no_picture_is_refused_at_once(accounts: Accounts) -> None:
    owner = await accounts.make()
    path = await home(owner)
    for make, fault in REFUSED.values():
        refused = await owner.client.post(path, files={"file": ("a.jpg", make(), "image/jpeg")})
        errors = assert_problem(refused, 422, "validation-failed")["errors"]
        assert [(error["pointer"], error["code"]) for error in errors] == [("/file", fault.lower())]
    assert await listed(owner, path) == []


async def test_what_cannot_be_decoded_is_rejected_and_its_original_goes(accounts: Accounts, service: Service) -> None:
    owner = await accounts.make()
    path = await home(owner)
    for name in ("a truncated PNG", "a truncated JPEG"):
        photo = await settled(owner, await add(owner, path, BROKEN[name]()))
        assert (photo["state"], photo["fault"], photo["files"]) == ("REJECTED", "UNREADABLE", None)
        await gone(service, photo["id"])


async def test_rare_and_double_natured_files_come_back_clean(accounts: Accounts, client: httpx.AsyncClient) -> None:
    owner = await accounts.make()
    path = await home(owner)
    rare = [CLEAN[name] for name in ("a CMYK JPEG", "an interlaced palette PNG", "a JPEG that is a ZIP archive too")]
    for make in (*rare, OTHER["a PNG of 16 bits"][0]):
        photo = await settled(owner, await add(owner, path, make()))
        assert photo["state"] == "READY"
        shown = await client.get(photo["files"]["full"]["jpeg"])
        assert SECRET not in shown.content
        with Image.open(io.BytesIO(shown.content)) as image:
            assert (image.format, image.size) == ("JPEG", (photo["width"], photo["height"]))
            assert image.mode in {"RGB", "L"}


async def test_photos_stand_in_the_order_that_their_owner_gives_them(accounts: Accounts) -> None:
    owner = await accounts.make()
    path = await home(owner)
    photos = {name: (await add(owner, path, alt_text=name))["id"] for name in "abcd"}

    for name, position, expected in (("d", 0, "dabc"), ("d", 2, "abdc"), ("a", 19, "bdca"), ("a", 3, "bdca")):
        ok(await owner.client.patch(f"/photos/{photos[name]}", json={"position": position}))
        assert await listed(owner, path) == list(expected)
    ok(await owner.client.patch(f"/photos/{photos['b']}", json={"alt_text": None, "position": 1}))
    assert await listed(owner, path) == ["d", None, "c", "a"]
    assert (await owner.client.delete(f"/photos/{photos['d']}")).status_code == 204
    assert_problem(await owner.client.get(f"/photos/{photos['d']}"), 404, "not-found")
    assert await listed(owner, path) == [None, "c", "a"]


@pytest.mark.both_engines
async def test_the_page_of_a_business_shows_its_photos_and_changes_with_them(
    accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    slug = (await approve_business(provider))["slug"]
    page = f"/providers/{slug}"
    bare = await client.get(page)
    assert ok(bare)["photos"] == []

    service.clock.advance(timedelta(seconds=2))
    refused, front, back = [
        await settled(provider, await add(provider, f"{PROFILE}/photos", content, alt_text=text))
        for text, content in (("a", BROKEN["a truncated PNG"]()), ("front", picture()), ("back", picture("navy")))
    ]
    assert refused["state"] == "REJECTED"
    full = await client.get(page)
    shown = ok(full)["photos"]
    assert [photo["alt_text"] for photo in shown] == ["front", "back"]
    assert shown[0]["files"] == ok(await provider.client.get(f"/photos/{front['id']}"))["files"]
    cards = ok(await client.get("/providers", params={"q": bare.json()["business_name"], "limit": 100}))["items"]
    assert [card["photo"]["id"] for card in cards if card["slug"] == slug] == [front["id"]]

    service.clock.advance(timedelta(seconds=60))
    ok(await provider.client.patch(f"/photos/{front['id']}", json={"alt_text": "front", "position": 1}))
    same = await client.get(page)
    assert same.headers["last-modified"] == full.headers["last-modified"], "nothing has changed"
    for photo in (front, back):
        assert (await provider.client.delete(f"/photos/{photo['id']}")).status_code == 204
    service.clock.advance(timedelta(seconds=60))
    emptied = await client.get(page, headers=_known(full))
    assert ok(emptied)["photos"] == []
    moments = [parsedate_to_datetime(one.headers["last-modified"]) for one in (bare, full, emptied)]
    assert moments == sorted(set(moments))


@pytest.mark.both_engines
async def test_a_service_shows_its_photos_wherever_it_stands_and_changes_with_them(
    accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    provider, word = await accounts.make("SERVICE_PROVIDER"), unique("word")
    slug = (await approve_business(provider))["slug"]
    offered = await publish(provider, title=f"Taps {word}")
    paths = (f"/services/{offered['id']}", f"/providers/{slug}")
    bare = [await client.get(path) for path in paths]
    assert (ok(bare[0])["photo"], ok(bare[0])["photos"]) == (None, [])

    service.clock.advance(timedelta(seconds=2))
    front, _ = [
        await settled(provider, await add(provider, f"{SERVICES}/{offered['id']}/photos", alt_text=text))
        for text in ("front", "back")
    ]
    full = [await client.get(path, headers=_known(one)) for path, one in zip(paths, bare, strict=True)]
    shown = ok(full[0])
    assert [photo["alt_text"] for photo in shown["photos"]] == ["front", "back"]
    cover = shown["photo"]
    assert cover == shown["photos"][0]
    assert (cover["id"], cover["files"]) == (
        front["id"],
        ok(await provider.client.get(f"/photos/{front['id']}"))["files"],
    )
    keeper = await accounts.homeowner()
    kept = ok(await keeper.client.put(f"/homeowners/favourites/services/{offered['id']}"))
    (listed_anywhere,) = ok(await client.get("/services", params={"q": word}))["items"]
    (of_business,) = ok(await client.get(f"/providers/{slug}/services"))["items"]
    (group,) = ok(full[1])["services"]
    assert [one["photo"] for one in (kept["service"], listed_anywhere, of_business, *group["items"])] == [cover] * 4
    assert (await _mapped(service, offered["id"])) > offered["updated_at"][:19] + "Z"

    service.clock.advance(timedelta(seconds=2))
    assert (await provider.client.delete(f"/photos/{front['id']}")).status_code == 204
    service.clock.advance(timedelta(seconds=60))
    left = [await client.get(path, headers=_known(one)) for path, one in zip(paths, full, strict=True)]
    assert ok(left[0])["photo"]["alt_text"] == "back"
    for of_path in zip(bare, full, left, strict=True):
        moments = [parsedate_to_datetime(one.headers["last-modified"]) for one in of_path]
        assert moments == sorted(set(moments))


def _known(answer: httpx.Response) -> dict[str, str]:
    return {"If-None-Match": answer.headers["etag"], "If-Modified-Since": answer.headers["last-modified"]}


async def _mapped(service: Service, service_id: str) -> str:
    """Return when a service has changed, as the sitemap has it."""
    async with open_browser(service.url) as browser:
        index = (await browser.get("/sitemap.xml")).text
        parts = [httpx.URL(url).path for url in re.findall("<loc>([^<]*/sitemaps/services-[^<]*)</loc>", index)]
        entries = [(await browser.get(part)).text for part in parts]
    (found,) = re.findall(f"<loc>[^<]*{service_id}</loc><lastmod>([^<]*)</lastmod>", "".join(entries))
    return str(found)


@pytest.mark.both_engines
async def test_there_are_so_many_and_no_more(accounts: Accounts, service: Service) -> None:
    owner = await accounts.make()
    path, other = await home(owner), await home(owner)
    before = {file.name for file in stored(service, "originals")}
    me = ok(await owner.client.get("/users/me"))
    file = {"file": ("a.png", picture())}
    await _fill(service, me["id"], path.split("/")[3], MOST_OF_ONE - 1)
    await take_last_place(lambda key: owner.client.post(path, files=file, headers=key))
    refused = assert_problem(await owner.client.post(path, files=file), 409, "limit-reached")
    assert refused["limit"] == MOST_OF_ONE
    for _ in range(MOST_OF_ALL // MOST_OF_ONE - 2):
        await _fill(service, me["id"], (await home(owner)).split("/")[3], MOST_OF_ONE)
    await _fill(service, me["id"], (await home(owner)).split("/")[3], MOST_OF_ONE - 1)
    await take_last_place(lambda key: owner.client.post(other, files=file, headers=key))
    refused = assert_problem(await owner.client.post(other, files=file), 409, "limit-reached")
    assert refused["limit"] == MOST_OF_ALL
    async with service.services.database.begin() as tx:
        named = {str(photo_id) for photo_id in await tx.scalars(select(Photo.id))}
    new = {path.name for path in stored(service, "originals")} - before
    assert new <= named, "what is refused is not stored"


async def _fill(service: Service, owner_id: str, subject_id: str, number: int) -> None:
    now = service.clock.now()
    row = {
        "owner_id": UUID(owner_id),
        "subject_kind": PhotoSubjectKind.PROPERTY,
        "subject_id": UUID(subject_id),
        "state": PhotoState.REJECTED,
        "fault": PhotoFault.UNREADABLE,
        "created_at": now,
        "updated_at": now,
    }
    async with service.services.database.begin() as tx:
        await tx.execute(insert(Photo), [{**row, "id": new_id(), "position": place} for place in range(number)])


async def test_what_is_archived_takes_its_photos_along(
    accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    owner, provider = await accounts.make(), await accounts.make("SERVICE_PROVIDER")
    theirs = f"{SERVICES}/{(await add_service(provider))['id']}/photos"
    for person, path in ((owner, await home(owner)), (provider, theirs)):
        photo = await settled(person, await add(person, path))
        assert (await client.get(photo["files"]["card"]["jpeg"])).status_code == 200
        assert (await person.client.delete(path.removesuffix("/photos"))).status_code == 204
        for hidden in (path, f"/photos/{photo['id']}"):
            assert_problem(await person.client.get(hidden), 404, "not-found")
        assert (await client.get(photo["files"]["card"]["jpeg"])).status_code == 404
        await gone(service, photo["id"])


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")  # SQLite has one writer at a time
async def test_nothing_gets_a_photo_while_it_is_archived(accounts: Accounts, service: Service) -> None:
    owner = await accounts.make()
    path = await home(owner)
    before = {file.name for file in stored(service, "originals")}
    gone = text("UPDATE marketplace.properties SET state = 'ARCHIVED', archived_at = now() WHERE id = :id")
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid")
    async with service.services.database.begin() as tx:
        await tx.execute(gone, {"id": UUID(path.split("/")[3])})
        sent = asyncio.create_task(owner.client.post(path, files={"file": ("a.png", picture())}))
        async with asyncio.timeout(PATIENCE):
            while not await tx.scalar(waiting):
                assert not sent.done(), "added to what another transaction archives"
    assert_problem(await sent, 404, "not-found")
    assert {file.name for file in stored(service, "originals")} <= before, "what is refused is not stored"


async def test_files_go_with_their_photo_and_with_their_owner(
    accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    owner = await accounts.make()
    path = await home(owner)
    deleted, kept = [await settled(owner, await add(owner, path)) for _ in range(2)]
    assert {path.name for path in stored(service, kept["id"])} >= RENDITIONS.keys()
    assert (await owner.client.delete(f"/photos/{deleted['id']}")).status_code == 204
    await gone(service, deleted["id"])

    await closed(owner, inbox)
    service.clock.advance(timedelta(days=15))
    erased = await service.services.cleanup_jobs["closed accounts"]()
    assert erased["photos"] >= 1
    await gone(service, kept["id"])
