"""Requests of staff about categories."""

import httpx

from tests.harness.accounts import Account, unique
from tests.marketplace.payloads import Json, ids, ok

CATEGORIES = "/admin/categories"
ANY = {"If-Match": "*"}


def slug(word: str = "kept") -> str:
    return f"{word}-{unique('x')}"


async def category(staff: Account, parent: Json | None = None, **changes: object) -> Json:
    body = {"parent_id": parent and parent["id"], "slug": slug(), "name": "Kept by staff", **changes}
    return ok(await staff.client.post(CATEGORIES, json=body), 201)


async def move(staff: Account, one: Json, parent: Json | None, after: Json | None = None) -> httpx.Response:
    body = {"parent_id": parent and parent["id"], "after_id": after and after["id"]}
    return await staff.client.post(f"{CATEGORIES}/{one['id']}/move", json=body, headers=ANY)


async def retire(staff: Account, one: Json, into: Json) -> httpx.Response:
    path = f"{CATEGORIES}/{one['id']}/retire"
    return await staff.client.post(path, json={"replacement_id": into["id"]}, headers=ANY)


async def rename(staff: Account, one: Json, **names: str) -> httpx.Response:
    body = {"slug": one["slug"], "name": one["name"], **names}
    return await staff.client.put(f"{CATEGORIES}/{one['id']}", json=body, headers=ANY)


async def found(client: httpx.AsyncClient, named: str, **parameters: str) -> list[str]:
    """Return the ids of the services under a slug, as anyone finds them."""
    return ids(ok(await client.get("/services", params={"category": named, **parameters}))["items"])
