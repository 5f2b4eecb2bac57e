"""Limit baseline: hand-written Starlette and raw asyncpg, with nothing that the case does not need."""

import argparse
import contextlib
import hmac
import json
import os
import time
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring
from typing import Any, Final, cast
from uuid import UUID

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.values import CURRENCIES, KINDS, MEDIA, SORT, scope_of
from impl.kernel.ids import new_id
from impl.kernel.paging import Cursors
from impl.marketplace.capabilities.geography.service import coarse_area
from impl.marketplace.properties.service import words_of

_JSON: Final = "application/json"
_KEY: Final = json.loads(os.environ["JWT_KEYS"])[os.environ["JWT_ACTIVE_KID"]]["key"].encode()
_CURSORS: Final = Cursors(os.environ["SECRET_KEY"].encode())
_quoted: Final = encode_basestring

_PAGE: Final = """
    SELECT listing.service_id, profile.id, profile.slug, profile.business_name, profile.website,
        profile.service_radius_km, listing.rating_tenths, coalesce(rating.review_count, 0), town.name,
        town.latitude, town.longitude,
        EXISTS (
            SELECT FROM marketplace.verifications licence
            WHERE licence.owner_id = profile.user_id AND licence.kind = 'LICENCE' AND licence.state = 'VERIFIED'
                AND (licence.expires_date IS NULL OR licence.expires_date >= current_date)
        ), category.id, category.slug, category.name, listing.title,
        listing.description, listing.pricing_kind, listing.price_minor, listing.currency, listing.price_unit,
        listing.duration_minutes, listing.tags::text, listing.published_at, listing.updated_at, photo.id,
        photo.alt_text, photo.width, photo.height, photo.placeholder, photo.content_hash
    FROM marketplace.placements place
    JOIN marketplace.listings listing ON listing.service_id = place.service_id
    JOIN marketplace.provider_profiles profile ON profile.id = listing.profile_id
    JOIN marketplace.categories category ON category.id = listing.category_id
    LEFT JOIN marketplace.places town ON town.id = profile.base_place_id
    LEFT JOIN marketplace.ratings rating ON rating.provider_id = profile.user_id
    LEFT JOIN LATERAL (
        SELECT * FROM marketplace.photos WHERE subject_id = listing.service_id AND state = 'READY'
        ORDER BY position, id LIMIT 1
    ) photo ON true
    WHERE place.live AND place.category_id = (SELECT id FROM marketplace.categories WHERE slug = $1)
        AND place.currency = $2 AND place.price_rank_up <= $3 AND profile.state = 'APPROVED'
    ORDER BY place.currency, place.price_rank_up, place.service_id
"""
_ME: Final = """
    SELECT account.id, account.email, account.username, account.full_name, account.phone, account.locale, account.state,
        account.password_hash IS NOT NULL, account.created_at, account.updated_at, account.version,
        (SELECT string_agg(role_name, ',' ORDER BY role_name) FROM identity.user_roles WHERE user_id = account.id)
    FROM identity.sessions session
    JOIN identity.users account ON account.id = session.user_id
    WHERE session.id = $1 AND session.user_id = $2 AND session.ended_at IS NULL AND session.expires_at > now()
        AND account.state IN ('ACTIVE', 'PENDING')
"""
_CREATE: Final = """
    WITH caller AS (
        SELECT session.user_id
        FROM identity.sessions session
        JOIN identity.users account ON account.id = session.user_id
        WHERE session.id = $1 AND session.user_id = $2 AND session.ended_at IS NULL AND session.expires_at > now()
            AND account.state = 'ACTIVE' AND EXISTS (
                SELECT FROM identity.user_roles held
                JOIN identity.role_permissions permitted ON permitted.role_name = held.role_name
                WHERE held.user_id = account.id AND permitted.permission = 'property:write')
    )
    INSERT INTO marketplace.properties (
        id, owner_id, label, type, line1, line2, city, city_key, region, postal_code, country, latitude, longitude,
        area_latitude, area_longitude, size_m2, year_built, notes, state, created_at, updated_at, version, words)
    SELECT $3, user_id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 'ACTIVE', $20, $20, 1,
        $21
    FROM caller
    RETURNING true
"""

_pool: asyncpg.Pool


def _time(instant: datetime) -> str:
    return f'"{instant.isoformat()[:-6]}Z"'


def _text(value: str | None) -> str:
    return "null" if value is None else _quoted(value)


def _number(value: float | None) -> str:
    return "null" if value is None else repr(value)


def _point(latitude: float | None, longitude: float | None) -> str:
    return "null" if latitude is None else f'{{"latitude":{latitude},"longitude":{longitude}}}'


def _pricing(kind: str, amount: int | None, currency: str | None, unit: str | None) -> str:
    if kind == "QUOTE":
        return '{"kind":"QUOTE"}'
    price = f'{{"kind":"{kind}","price":{{"amount_minor":{amount},"currency":"{currency}"}}'
    return f'{price},"unit":{_text(unit)}}}' if kind == "PER_UNIT" else price + "}"


def _photo(row: Sequence[Any]) -> str:
    id_, alt_text, width, height, placeholder, content_hash = row
    if id_ is None:
        return "null"
    base = f"{MEDIA}/{content_hash}"
    files = ",".join(
        f'"{size}":{{"webp":"{base}/{size}.webp","jpeg":"{base}/{size}.jpg"}}' for size in ("thumb", "card", "full")
    )
    return (
        f'{{"id":"{id_}","alt_text":{_text(alt_text)},"width":{width},"height":{height},'
        f'"placeholder":{_quoted(placeholder)},"files":{{{files}}}}}'
    )


def item(row: Sequence[Any]) -> str:
    """Return a service of the page."""
    (
        id_,
        profile_id,
        slug,
        name,
        website,
        radius,
        tenths,
        reviews,
        town,
        latitude,
        longitude,
        verified,
        category_id,
        category,
        category_name,
        title,
        description,
        kind,
        amount,
        currency,
        unit,
        minutes,
        tags,
        published,
        updated,
        *photo,
    ) = row
    return (
        f'{{"id":"{id_}","provider":{{"id":"{profile_id}","slug":"{slug}","business_name":{_quoted(name)},'
        f'"website":{_text(website)},"service_radius_km":{_number(radius)}}},'
        f'"provider_rating":{tenths / 10 if tenths else "null"},"provider_review_count":{reviews},'
        f'"provider_town":{_text(town)},"provider_town_coordinates":{_point(latitude, longitude)},'
        f'"provider_verified":{"true" if verified else "false"},'
        f'"category":{{"id":"{category_id}","slug":"{category}","name":{_quoted(category_name)}}},'
        f'"title":{_quoted(title)},"description":{_quoted(description)},'
        f'"pricing":{_pricing(kind, amount, currency, unit)},"duration_minutes":{_number(minutes)},"tags":{tags},'
        f'"distance_km":null,"photo":{_photo(photo)},'
        f'"published_at":{_time(published)},"updated_at":{_time(updated)}}}'
    )


def page(items: Iterable[Sequence[Any]], cursor: str) -> str:
    """Return a page of services; the cursor is JSON."""
    return (
        f'{{"items":[{",".join(map(item, items))}],"corrected_query":null,"next_cursor":{cursor},"total":null,'
        '"total_capped":false}'
    )


async def services(request: Request) -> Response:
    query = request.query_params
    category, currency, most, limit = query["category"], query["currency"], query["max_price_minor"], query["limit"]
    if currency not in CURRENCIES or query["sort"] != SORT or not 1 <= int(limit) <= 100:
        return Response(status_code=422)
    # A limit that stands in the text lets the server keep one plan; with a parameter it plans each time anew.
    rows = await _pool.fetch(f"{_PAGE} LIMIT {int(limit) + 1}", category, currency, int(most))
    items, cursor = rows[: int(limit)], "null"
    if len(rows) > len(items):
        last = items[-1]
        scope = scope_of(category, currency, int(most))
        cursor = f'"{_CURSORS.encode([last["price_minor"], str(last["service_id"])], scope=scope)}"'
    return Response(
        page(map(tuple, items), cursor).encode(), media_type=_JSON, headers={"cache-control": "public, max-age=30"}
    )


def _claims(request: Request) -> tuple[UUID, UUID] | None:
    """Return session and account of a valid token, whose signature is checked by hand."""
    scheme, _, token = request.headers["authorization"].partition(" ")
    signed, _, signature = token.rpartition(".")
    expected = hmac.digest(_KEY, signed.encode(), "sha256")
    if scheme != "Bearer" or not hmac.compare_digest(urlsafe_b64decode(signature + "="), expected):
        return None
    payload = signed.partition(".")[2]
    claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    if claims["exp"] <= time.time() or claims["aud"] != "hestami" or claims["token_type"] != "access_token":
        return None
    return UUID(claims["sid"]), UUID(claims["sub"])


async def me(request: Request) -> Response:
    claims = _claims(request)
    row = None if claims is None else await _pool.fetchrow(_ME, *claims)
    if row is None:
        return Response(status_code=401)
    headers = {"cache-control": "no-store", "etag": f'"{row["version"]}"'}
    return Response(account(tuple(row)).encode(), media_type=_JSON, headers=headers)


def account(row: Sequence[Any]) -> str:
    """Return somebody's own account."""
    id_, email, username, full_name, phone, locale, state, has_password, created, updated, _, roles = row
    held = ",".join(f'"{role}"' for role in roles.split(","))
    return (
        f'{{"id":"{id_}","email":{_quoted(email)},"username":{_text(username)},"full_name":{_quoted(full_name)},'
        f'"phone":{_text(phone)},"locale":"{locale}","state":"{state}",'
        f'"email_verified":{"false" if state == "PENDING" else "true"},'
        f'"has_password":{"true" if has_password else "false"},"roles":[{held}],'
        f'"created_at":{_time(created)},"updated_at":{_time(updated)}}}'
    )


def _is_valid(body: dict[str, Any], address: dict[str, Any]) -> bool:
    point = body.get("coordinates") or {"latitude": 0.0, "longitude": 0.0}
    return (
        1 <= len(body["label"]) <= 80
        and body["type"] in KINDS
        and 1 <= len(address["line1"]) <= 120
        and 1 <= len(address["city"]) <= 80
        and len(address["country"]) == 2
        and -90 <= point["latitude"] <= 90
        and -180 <= point["longitude"] <= 180
        and len(body.get("notes") or "") <= 4000
    )


def added(id_: UUID, body: Mapping[str, Any], now: datetime) -> str:
    """Return a property that was added with this body."""
    address, point = body["address"], body.get("coordinates")
    shown = "null"
    if point is not None:
        shown = f'{{"latitude":{float(point["latitude"])!r},"longitude":{float(point["longitude"])!r}}}'
    return (
        f'{{"id":"{id_}","label":{_quoted(body["label"])},"type":"{body["type"]}",'
        f'"address":{{"line1":{_quoted(address["line1"])},"line2":{_text(address.get("line2"))},'
        f'"city":{_quoted(address["city"])},"region":{_text(address.get("region"))},'
        f'"postal_code":{_text(address.get("postal_code"))},"country":"{address["country"]}"}},'
        f'"coordinates":{shown},"coordinates_approximate":false,"size_m2":{_number(body.get("size_m2"))},'
        f'"year_built":{_number(body.get("year_built"))},"notes":{_text(body.get("notes"))},"state":"ACTIVE",'
        f'"created_at":{_time(now)},"updated_at":{_time(now)}}}'
    )


async def create(request: Request) -> Response:
    claims = _claims(request)
    if claims is None:
        return Response(status_code=401)
    body = cast("dict[str, Any]", json.loads(await request.body()))
    address = body["address"]
    if not _is_valid(body, address):
        return Response(status_code=422)
    point = body.get("coordinates")
    place: tuple[float | None, ...] = (None, None, None, None)
    if point is not None:
        place = (point["latitude"], point["longitude"], *coarse_area(point["latitude"], point["longitude"]))
    id_, now = new_id(), datetime.now(UTC)
    label, line1, line2, city = body["label"], address["line1"], address.get("line2"), address["city"]
    region, postal_code, country = address.get("region"), address.get("postal_code"), address["country"]
    size, year, notes = body.get("size_m2"), body.get("year_built"), body.get("notes")
    where = (line1, line2, city, city.casefold(), region, postal_code, country, *place)
    words = words_of(label, line1, line2, city, region, postal_code, notes)
    done = await _pool.fetchval(_CREATE, *claims, id_, label, body["type"], *where, size, year, notes, now, words)
    if not done:
        return Response(status_code=403)
    written = added(id_, body, now)
    headers = {"location": f"/api/v1/homeowners/properties/{id_}", "etag": '"1"', "cache-control": "no-store"}
    return Response(written.encode(), 201, media_type=_JSON, headers=headers)


async def health(request: Request) -> Response:
    return Response(b"{}", media_type=_JSON)


async def _leave_as_is(connection: asyncpg.Connection) -> None:
    """Reset nothing: no statement here leaves anything behind."""


@contextlib.asynccontextmanager
async def _open(_: Starlette) -> AsyncIterator[None]:
    global _pool
    url = os.environ["DATABASE_URL"].replace("postgresql+asyncpg", "postgresql")
    async with asyncpg.create_pool(url, min_size=10, max_size=10, reset=_leave_as_is) as _pool:
        yield


app = Starlette(
    routes=[
        Route("/api/v1/services", services),
        Route("/api/v1/users/me", me),
        Route("/api/v1/homeowners/properties", create, methods=["POST"]),
        Route("/health", health),
    ],
    lifespan=_open,
)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, required=True)
    uvicorn.run(app, port=arguments.parse_args().port, log_level="warning", access_log=False, loop="uvloop")
