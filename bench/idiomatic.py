"""Idiomatic baseline: FastAPI with dependencies, ORM entities, PyJWT and response_model, as in its tutorial."""

import argparse
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import jwt
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Query, Response
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import contains_eager, joinedload

from bench.idiomatic_tables import Category, Listing, ListingCategory, Profile, Property, Session, User
from bench.values import scope_of
from generated.models import CountryCode, CurrencyCode, PropertyType
from impl.kernel.paging import Cursors
from impl.marketplace.capabilities.geography.service import coarse_area
from impl.marketplace.properties.service import words_of

_KEY: Final = json.loads(os.environ["JWT_KEYS"])[os.environ["JWT_ACTIVE_KID"]]["key"]
_CURSORS: Final = Cursors(os.environ["SECRET_KEY"].encode())
_ISSUER: Final = os.environ["API_URL"]

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=10, max_overflow=0)
make_session = async_sessionmaker(engine, expire_on_commit=False)
bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/login")
app = FastAPI()


class Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ProviderSummary(Read):
    id: UUID
    slug: str
    business_name: str
    website: str | None
    service_radius_km: int | None


class CategorySummary(Read):
    id: UUID
    slug: str
    name: str


class Money(Read):
    amount_minor: int
    currency: CurrencyCode


class Quote(Read):
    kind: Literal["QUOTE"]


class Priced(Read):
    kind: Literal["FIXED", "HOURLY", "STARTING_AT"]
    price: Money


class PerUnit(Read):
    kind: Literal["PER_UNIT"]
    price: Money
    unit: str


class PhotoFile(Read):
    webp: str
    jpeg: str


class PhotoFiles(Read):
    thumb: PhotoFile
    card: PhotoFile
    full: PhotoFile


class PublicPhoto(Read):
    id: UUID
    alt_text: str | None
    width: int
    height: int
    placeholder: str
    files: PhotoFiles


class Coordinates(Read):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class CatalogueService(Read):
    id: UUID
    provider: ProviderSummary
    provider_rating: float | None
    provider_review_count: int
    provider_town: str | None
    provider_town_coordinates: Coordinates | None
    provider_verified: bool
    category: CategorySummary
    title: str
    description: str
    pricing: Annotated[Quote | Priced | PerUnit, Field(discriminator="kind")]
    duration_minutes: int | None
    tags: list[str]
    distance_km: float | None
    photo: PublicPhoto | None
    published_at: datetime
    updated_at: datetime


class ServicePage(Read):
    items: list[CatalogueService]
    corrected_query: str | None
    next_cursor: str | None
    total: int | None
    total_capped: bool


class Account(Read):
    id: UUID
    email: str
    username: str | None
    full_name: str
    phone: str | None
    locale: str
    state: str
    email_verified: bool
    has_password: bool
    roles: list[str]
    created_at: datetime
    updated_at: datetime


class Address(Read):
    line1: str = Field(min_length=1, max_length=120)
    line2: str | None = Field(None, min_length=1, max_length=120)
    city: str = Field(min_length=1, max_length=80)
    region: str | None = Field(None, min_length=1, max_length=80)
    postal_code: str | None = Field(None, min_length=2, max_length=12)
    country: CountryCode


class PropertyCreate(Read):
    label: str = Field(min_length=1, max_length=80)
    type: PropertyType
    address: Address
    coordinates: Coordinates | None = None
    size_m2: int | None = Field(None, ge=1, le=1_000_000)
    year_built: int | None = Field(None, ge=1000, le=2100)
    notes: str | None = Field(None, max_length=4000)


class PropertyRead(PropertyCreate):
    id: UUID
    coordinates_approximate: bool
    state: str
    created_at: datetime
    updated_at: datetime


async def get_db() -> AsyncIterator[AsyncSession]:
    async with make_session() as db:
        yield db


type Db = Annotated[AsyncSession, Depends(get_db)]


async def get_session(db: Db, token: Annotated[str, Depends(bearer)]) -> Session:
    try:
        claims = jwt.decode(token, _KEY, ["HS256"], audience="hestami", issuer=_ISSUER)
    except jwt.PyJWTError as error:
        raise HTTPException(401) from error
    session = await db.get(Session, UUID(claims["sid"]))
    if session is None or session.ended_at is not None or session.expires_at <= datetime.now(UTC):
        raise HTTPException(401)
    return session


async def get_user(session: Annotated[Session, Depends(get_session)]) -> User:
    if session.user.state not in {"ACTIVE", "PENDING"}:
        raise HTTPException(403)
    return session.user


async def get_homeowner(user: Annotated[User, Depends(get_user)]) -> User:
    if user.state != "ACTIVE" or "HOMEOWNER" not in {role.role_name for role in user.roles}:
        raise HTTPException(403)
    return user


@app.get("/api/v1/services", response_model=ServicePage)
async def services(
    db: Db,
    *,
    category: str,
    currency: CurrencyCode,
    max_price_minor: Annotated[int, Query(ge=0)],
    sort: Literal["price"],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    given = select(Category.id).where(Category.slug == category).scalar_subquery()
    statement = (
        select(Listing)
        .join(ListingCategory, ListingCategory.service_id == Listing.service_id)
        .join(Listing.provider)
        .options(contains_eager(Listing.provider), joinedload(Listing.category))
        .where(
            ListingCategory.live,
            ListingCategory.category_id == given,
            ListingCategory.currency == currency.value,
            ListingCategory.price_rank_up <= max_price_minor,
            Profile.state == "APPROVED",
        )
        .order_by(ListingCategory.currency, ListingCategory.price_rank_up, ListingCategory.service_id)
        .limit(limit + 1)
    )
    found = (await db.scalars(statement)).all()
    items, cursor = found[:limit], None
    if len(found) > limit:
        last = items[-1]
        scope = scope_of(category, currency.value, max_price_minor)
        cursor = _CURSORS.encode([last.price_minor, str(last.id)], scope=scope)
    return {"items": items, "corrected_query": None, "next_cursor": cursor, "total": None, "total_capped": False}


@app.get("/api/v1/users/me", response_model=Account)
async def me(user: Annotated[User, Depends(get_user)], response: Response) -> dict[str, Any]:
    response.headers["ETag"] = f'"{user.version}"'
    return {
        "id": user.id,
        "email": user.email,
        "username": user.username,
        "full_name": user.full_name,
        "phone": user.phone,
        "locale": user.locale,
        "state": user.state,
        "email_verified": user.state != "PENDING",
        "has_password": user.password_hash is not None,
        "roles": [role.role_name for role in user.roles],
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    }


@app.post("/api/v1/homeowners/properties", response_model=PropertyRead, status_code=201)
async def create(
    db: Db, user: Annotated[User, Depends(get_homeowner)], body: PropertyCreate, response: Response
) -> Property:
    now = datetime.now(UTC)
    point = body.coordinates
    area = (None, None) if point is None else coarse_area(point.latitude, point.longitude)
    added = Property(
        owner_id=user.id,
        **body.model_dump(exclude={"address", "coordinates"}),
        **body.address.model_dump(),
        city_key=body.address.city.casefold(),
        words=words_of(body.label, *body.address.model_dump().values(), body.notes),
        latitude=None if point is None else point.latitude,
        longitude=None if point is None else point.longitude,
        area_latitude=area[0],
        area_longitude=area[1],
        state="ACTIVE",
        created_at=now,
        updated_at=now,
        version=1,
    )
    db.add(added)
    await db.commit()
    await db.refresh(added)
    response.headers["Location"] = f"/api/v1/homeowners/properties/{added.id}"
    response.headers["ETag"] = f'"{added.version}"'
    return added


@app.get("/health")
async def health() -> dict[str, str]:
    return {}


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, required=True)
    uvicorn.run(app, port=arguments.parse_args().port, log_level="warning", access_log=False, loop="uvloop")
