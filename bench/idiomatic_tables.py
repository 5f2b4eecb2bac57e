"""Tables of the idiomatic baseline: ORM entities with relationships."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, DateTime, Double, ForeignKey, MetaData, and_, func, or_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, foreign, mapped_column, relationship

from bench.values import MEDIA


class Base(DeclarativeBase):
    metadata = MetaData(schema="marketplace")
    type_annotation_map = {datetime: DateTime(timezone=True), list[str]: JSONB}  # noqa: RUF012 - SQLAlchemy's own


class UserRole(Base):
    __tablename__ = "user_roles"
    __table_args__ = ({"schema": "identity"},)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("identity.users.id"), primary_key=True)
    role_name: Mapped[str] = mapped_column(primary_key=True)


class User(Base):
    __tablename__ = "users"
    __table_args__ = ({"schema": "identity"},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    username: Mapped[str | None]
    full_name: Mapped[str]
    phone: Mapped[str | None]
    locale: Mapped[str]
    state: Mapped[str]
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int]
    roles: Mapped[list[UserRole]] = relationship(lazy="selectin", order_by=UserRole.role_name)


class Session(Base):
    __tablename__ = "sessions"
    __table_args__ = ({"schema": "identity"},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("identity.users.id"))
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="joined")


class Category(Base):
    __tablename__ = "categories"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]


class Town(Base):
    __tablename__ = "places"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    latitude: Mapped[float]
    longitude: Mapped[float]


class Rating(Base):
    __tablename__ = "ratings"

    provider_id: Mapped[UUID] = mapped_column(primary_key=True)
    review_count: Mapped[int]


class Licence(Base):
    __tablename__ = "verifications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    kind: Mapped[str]
    state: Mapped[str]
    expires_date: Mapped[date | None]


class Profile(Base):
    __tablename__ = "provider_profiles"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    business_name: Mapped[str]
    user_id: Mapped[UUID]
    website: Mapped[str | None]
    service_radius_km: Mapped[int | None]
    state: Mapped[str]
    base_place_id: Mapped[UUID | None] = mapped_column(ForeignKey("marketplace.places.id"))
    town: Mapped[Town | None] = relationship(lazy="joined")
    rating: Mapped[Rating | None] = relationship(
        primaryjoin=lambda: foreign(Rating.provider_id) == Profile.user_id, lazy="joined", viewonly=True, uselist=False
    )
    licences: Mapped[list[Licence]] = relationship(
        primaryjoin=lambda: and_(
            foreign(Licence.owner_id) == Profile.user_id,
            Licence.kind == "LICENCE",
            Licence.state == "VERIFIED",
            or_(Licence.expires_date.is_(None), Licence.expires_date >= func.current_date()),
        ),
        lazy="selectin",
        viewonly=True,
    )


class Photo(Base):
    __tablename__ = "photos"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("marketplace.listings.service_id"))
    state: Mapped[str]
    alt_text: Mapped[str | None]
    position: Mapped[int]
    content_hash: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    placeholder: Mapped[str | None]

    @property
    def files(self) -> dict[str, dict[str, str]]:
        base = f"{MEDIA}/{self.content_hash}"
        return {
            size: {"webp": f"{base}/{size}.webp", "jpeg": f"{base}/{size}.jpg"} for size in ("thumb", "card", "full")
        }


class Listing(Base):
    __tablename__ = "listings"

    service_id: Mapped[UUID] = mapped_column(primary_key=True)
    profile_id: Mapped[UUID] = mapped_column(ForeignKey("marketplace.provider_profiles.id"))
    category_id: Mapped[UUID] = mapped_column(ForeignKey("marketplace.categories.id"))
    title: Mapped[str]
    description: Mapped[str]
    pricing_kind: Mapped[str]
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    price_unit: Mapped[str | None]
    duration_minutes: Mapped[int | None]
    tags: Mapped[list[str]]
    published_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    rating_tenths: Mapped[int]
    provider: Mapped[Profile] = relationship(innerjoin=True)
    category: Mapped[Category] = relationship(innerjoin=True)

    photos: Mapped[list[Photo]] = relationship(
        primaryjoin=lambda: and_(Photo.subject_id == Listing.service_id, Photo.state == "READY"),
        order_by=lambda: (Photo.position, Photo.id),
        lazy="selectin",
        viewonly=True,
    )
    distance_km = None

    @property
    def id(self) -> UUID:
        return self.service_id

    @property
    def provider_rating(self) -> float | None:
        return self.rating_tenths / 10 if self.rating_tenths else None

    @property
    def provider_review_count(self) -> int:
        return self.provider.rating.review_count if self.provider.rating else 0

    @property
    def provider_town(self) -> str | None:
        return self.provider.town.name if self.provider.town else None

    @property
    def provider_town_coordinates(self) -> Town | None:
        return self.provider.town

    @property
    def provider_verified(self) -> bool:
        return bool(self.provider.licences)

    @property
    def photo(self) -> Photo | None:
        return self.photos[0] if self.photos else None

    @property
    def pricing(self) -> dict[str, Any]:
        if self.pricing_kind == "QUOTE":
            return {"kind": "QUOTE"}
        price = {"amount_minor": self.price_minor, "currency": self.currency}
        if self.pricing_kind == "PER_UNIT":
            return {"kind": "PER_UNIT", "price": price, "unit": self.price_unit}
        return {"kind": self.pricing_kind, "price": price}


class ListingCategory(Base):
    __tablename__ = "placements"

    service_id: Mapped[UUID] = mapped_column(ForeignKey("marketplace.listings.service_id"), primary_key=True)
    category_id: Mapped[UUID] = mapped_column(ForeignKey("marketplace.categories.id"), primary_key=True)
    live: Mapped[bool]
    currency: Mapped[str | None]
    price_rank_up: Mapped[int] = mapped_column(BigInteger)


class Property(Base):
    __tablename__ = "properties"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("identity.users.id"))
    label: Mapped[str]
    type: Mapped[str]
    line1: Mapped[str]
    line2: Mapped[str | None]
    city: Mapped[str]
    city_key: Mapped[str]
    words: Mapped[str]
    region: Mapped[str | None]
    postal_code: Mapped[str | None]
    country: Mapped[str]
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    area_latitude: Mapped[float | None] = mapped_column(Double)
    area_longitude: Mapped[float | None] = mapped_column(Double)
    coordinates_approximate: Mapped[bool] = mapped_column(default=False)
    size_m2: Mapped[int | None]
    year_built: Mapped[int | None]
    notes: Mapped[str | None]
    state: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int]

    @property
    def address(self) -> dict[str, str | None]:
        names = ("line1", "line2", "city", "region", "postal_code", "country")
        return {name: getattr(self, name) for name in names}

    @property
    def coordinates(self) -> dict[str, float | None] | None:
        return None if self.latitude is None else {"latitude": self.latitude, "longitude": self.longitude}
