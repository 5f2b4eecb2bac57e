"""Queries on the inquiries of one person, with their recipients, and on what a new one refers to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    String,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    not_,
    null,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import InquiryState, PropertyState
from impl.kernel.database import take_turns
from impl.kernel.errors import JsonValue
from impl.kernel.paging import EACH, Counted, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.rows import NEVER_NULL
from impl.kernel.statements import Query
from impl.marketplace.blocks.tables import blocked_between
from impl.marketplace.capabilities.categories.tables import IN_USE, Category
from impl.marketplace.capabilities.inquiries.tables import INQUIRIES, Inquiry, InquiryRecipient, WantedRow
from impl.marketplace.capabilities.listings.tables import Listing
from impl.marketplace.places.tables import Place
from impl.marketplace.properties.tables import Property
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile, regions_of


class InquiryRow(WantedRow):
    id: UUID
    owner_id: UUID
    property_id: UUID | None
    property_label: str | None
    category_id: UUID
    category_slug: str
    category_name: str
    title: str
    details: str
    questions_version: int
    answers: list[Mapping[str, JsonValue]]
    budget_minor: int | None
    budget_currency: str | None
    state: str
    expires_at: datetime
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class _Regions(TypedDict):
    regions: str


class RecipientRow(TypedDict):
    """A recipient with the public names of its business and service, while these are to be seen."""

    id: UUID
    inquiry_id: UUID
    provider_id: UUID
    profile_id: UUID | None
    profile_slug: str | None
    business_name: str | None
    service_id: UUID | None
    service_title: str | None
    state: str
    created_at: datetime
    viewed_at: datetime | None
    answered_at: datetime | None
    decline_reason: str | None
    note: str | None
    lost_reason: str | None
    unread: int


class _GroundRow(TypedDict):
    """A category that can be chosen, what else a new inquiry of this person depends on, and one of those to ask."""

    id: UUID
    has_property: bool
    open_inquiries: Annotated[int, NEVER_NULL]
    profile_id: UUID | None
    user_id: UUID | None
    service_id: UUID | None


class ChosenRow(TypedDict):
    """A business that can be asked, and the service by which it was chosen."""

    profile_id: UUID
    user_id: UUID
    service_id: UUID | None


@dataclass(frozen=True, slots=True)
class Ground:
    """Facts that a new inquiry of this person depends on."""

    has_property: bool
    open_inquiries: int
    chosen: Sequence[ChosenRow]


class _ShownRow(InquiryRow):
    """An inquiry with one of its recipients, whose columns are those of RecipientRow with a prefix."""

    asked_id: UUID | None
    asked_inquiry_id: UUID | None
    asked_provider_id: UUID | None
    asked_profile_id: UUID | None
    asked_profile_slug: str | None
    asked_business_name: str | None
    asked_service_id: UUID | None
    asked_service_title: str | None
    asked_state: str | None
    asked_created_at: datetime | None
    asked_viewed_at: datetime | None
    asked_answered_at: datetime | None
    asked_decline_reason: str | None
    asked_note: str | None
    asked_lost_reason: str | None
    asked_unread: int | None


_COLUMNS: Final = (
    Inquiry.id,
    Inquiry.owner_id,
    Inquiry.property_id,
    Property.label.label("property_label"),
    Inquiry.category_id,
    Category.slug.label("category_slug"),
    Category.name.label("category_name"),
    Inquiry.title,
    Inquiry.details,
    Inquiry.questions_version,
    Inquiry.answers,
    # Enums come as text: the wire has enums of its own.
    type_coerce(Inquiry.timing, String).label("timing"),
    Inquiry.wanted_dates,
    Inquiry.wanted_from,
    Inquiry.wanted_until,
    Inquiry.budget_minor,
    Inquiry.budget_currency,
    type_coerce(Inquiry.state, String).label("state"),
    Inquiry.expires_at,
    Inquiry.closed_at,
    Inquiry.created_at,
    Inquiry.updated_at,
    Inquiry.version,
)
_OWN: Final = Inquiry.owner_id == bindparam("owner_id")
_ROWS: Final = (
    select(*_COLUMNS)
    .join(Category, Category.id == Inquiry.category_id)
    .outerjoin(Property, Property.id == Inquiry.property_id)
)
_ANY: Final = Query(_ROWS.where(Inquiry.id == bindparam("id")), InquiryRow)
_RECIPIENT_COLUMNS: Final[tuple[SQLColumnExpression[Any], ...]] = (
    InquiryRecipient.id,
    InquiryRecipient.inquiry_id,
    InquiryRecipient.provider_id,
    ProviderProfile.id.label("profile_id"),
    ProviderProfile.slug.label("profile_slug"),
    ProviderProfile.business_name,
    InquiryRecipient.service_id,
    Listing.title.label("service_title"),
    type_coerce(InquiryRecipient.state, String).label("state"),
    InquiryRecipient.created_at,
    InquiryRecipient.viewed_at,
    InquiryRecipient.answered_at,
    type_coerce(InquiryRecipient.decline_reason, String).label("decline_reason"),
    InquiryRecipient.note,
    type_coerce(InquiryRecipient.lost_reason, String).label("lost_reason"),
    (InquiryRecipient.provider_messages - InquiryRecipient.homeowner_read).label("unread"),
)
_ITS_PROFILE: Final = and_(ProviderProfile.user_id == InquiryRecipient.provider_id, VISIBLE)
_ITS_LISTING: Final = and_(Listing.service_id == InquiryRecipient.service_id, Listing.live)
_RECIPIENTS: Final = Query(
    select(*_RECIPIENT_COLUMNS)
    .outerjoin(ProviderProfile, _ITS_PROFILE)
    .outerjoin(Listing, _ITS_LISTING)
    .where(InquiryRecipient.inquiry_id.in_(bindparam("ids", type_=Uuid(), expanding=True)))
    .order_by(InquiryRecipient.id),
    RecipientRow,
)
_REGIONS: Final = Query(
    select(
        regions_of(Property.country, InquiryRecipient.provider_id, town_id=Place.id, town_country=Place.country).label(
            "regions"
        )
    )
    .select_from(InquiryRecipient)
    .join(Inquiry, Inquiry.id == InquiryRecipient.inquiry_id)
    .outerjoin(Property, Property.id == Inquiry.property_id)
    .where(InquiryRecipient.id == bindparam("id")),
    _Regions,
)
_RECIPIENT_NAMES: Final = tuple(RecipientRow.__annotations__)
_PREFIX: Final = "asked_"
_ONE: Final = Query(
    select(
        *_COLUMNS,
        *(column.label(_PREFIX + name) for name, column in zip(_RECIPIENT_NAMES, _RECIPIENT_COLUMNS, strict=True)),
    )
    .join(Category, Category.id == Inquiry.category_id)
    .outerjoin(Property, Property.id == Inquiry.property_id)
    .outerjoin(InquiryRecipient, InquiryRecipient.inquiry_id == Inquiry.id)
    .outerjoin(ProviderProfile, _ITS_PROFILE)
    .outerjoin(Listing, _ITS_LISTING)
    .where(_OWN, Inquiry.id == bindparam("id"))
    .order_by(InquiryRecipient.id),
    _ShownRow,
)
_OWN_PROPERTY: Final = exists().where(
    Property.id == bindparam("property_id", type_=Uuid),
    Property.owner_id == bindparam("owner_id", type_=Uuid),
    Property.state == PropertyState.ACTIVE,
)
_OPEN: Final = (
    select(func.count())
    .select_from(Inquiry)
    .where(Inquiry.owner_id == bindparam("owner_id", type_=Uuid), Inquiry.state == InquiryState.OPEN)
    .scalar_subquery()
)
_WELCOME: Final = not_(blocked_between(bindparam("owner_id", type_=Uuid), ProviderProfile.user_id))
_CHOOSABLE: Final = union_all(
    select(ProviderProfile.id.label("profile_id"), ProviderProfile.user_id, Listing.service_id)
    .join(Listing, Listing.profile_id == ProviderProfile.id)
    .where(
        VISIBLE, _WELCOME, Listing.live, Listing.service_id.in_(bindparam("services", type_=Uuid(), expanding=True))
    ),
    select(ProviderProfile.id, ProviderProfile.user_id, type_coerce(null(), Uuid())).where(
        VISIBLE, _WELCOME, ProviderProfile.id.in_(bindparam("profiles", type_=Uuid(), expanding=True))
    ),
)
_CHOSEN: Final = Query(_CHOOSABLE, ChosenRow)
_ASKED: Final = _CHOOSABLE.subquery("asked")
_GROUND: Final = Query(
    select(
        Category.id,
        _OWN_PROPERTY.label("has_property"),
        _OPEN.label("open_inquiries"),
        _ASKED.c.profile_id,
        _ASKED.c.user_id,
        _ASKED.c.service_id,
    )
    .outerjoin(_ASKED, true())
    .where(Category.id == bindparam("category_id"), IN_USE)
    # Whoever deletes the category waits, or has deleted it.
    .with_for_update(read=True, key_share=True, of=Category),
    _GroundRow,
)


def _narrowed(*, by_state: bool) -> list[ColumnElement[bool]]:
    return [_OWN, Inquiry.state == bindparam("state")] if by_state else [_OWN]


@cache
def page_query(*, by_state: bool, continued: bool) -> Query[InquiryRow]:
    key = {"last_created_at": Inquiry.created_at, "last_id": Inquiry.id}
    statement = keyset_page(_ROWS.where(*_narrowed(by_state=by_state)), key, descending=True, continued=continued)
    return Query(statement, InquiryRow)


@cache
def _count_query(*, by_state: bool) -> Query[Counted]:
    return Query(bounded_count(select(EACH).select_from(Inquiry).where(*_narrowed(by_state=by_state))), Counted)


def _split(rows: Sequence[_ShownRow]) -> tuple[InquiryRow, Sequence[RecipientRow]] | None:
    """Return an inquiry and its recipients, each of which comes with the inquiry."""
    if not rows:
        return None
    recipients = [
        {name: values[_PREFIX + name] for name in _RECIPIENT_NAMES}
        for values in map(dict, rows)
        if values[_PREFIX + "id"] is not None
    ]
    inquiry = {name: value for name, value in rows[0].items() if not name.startswith(_PREFIX)}
    return cast("InquiryRow", inquiry), cast("Sequence[RecipientRow]", recipients)


class InquiryRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def take_turns(self, tx: AsyncSession, owner_id: UUID) -> None:
        """Lock the inquiries of this person against additions until the transaction ends."""
        await take_turns(tx, INQUIRIES + owner_id.bytes)

    async def ground(
        self,
        tx: AsyncSession,
        owner_id: UUID,
        *,
        category_id: UUID,
        property_id: UUID,
        services: Collection[UUID],
        profiles: Collection[UUID],
    ) -> Ground | None:
        """Return what a new inquiry depends on, with those of the chosen that everybody sees."""
        rows = await _GROUND.fetch_all(
            tx,
            owner_id=owner_id,
            category_id=category_id,
            property_id=property_id,
            services=list(services),
            profiles=list(profiles),
        )
        if not rows:
            return None
        chosen: list[ChosenRow] = [
            {"profile_id": row["profile_id"], "user_id": row["user_id"], "service_id": row["service_id"]}
            for row in rows
            if row["profile_id"] is not None and row["user_id"] is not None
        ]
        return Ground(rows[0]["has_property"], rows[0]["open_inquiries"], chosen)

    async def chosen(
        self, tx: AsyncSession, owner_id: UUID, *, services: Collection[UUID], profiles: Collection[UUID]
    ) -> Sequence[ChosenRow]:
        """Return those of them that everybody sees, without businesses that are blocked or have blocked the owner."""
        return await _CHOSEN.fetch_all(tx, owner_id=owner_id, services=list(services), profiles=list(profiles))

    async def find_own(self, owner_id: UUID, inquiry_id: UUID) -> tuple[InquiryRow, Sequence[RecipientRow]] | None:
        """Return somebody's inquiry with its recipients, in the order in which they were asked."""
        return _split(await self._reader.all(_ONE, owner_id=owner_id, id=inquiry_id))

    async def own_in(
        self, tx: AsyncSession, owner_id: UUID, inquiry_id: UUID
    ) -> tuple[InquiryRow, Sequence[RecipientRow]] | None:
        return _split(await _ONE.fetch_all(tx, owner_id=owner_id, id=inquiry_id))

    async def find(self, inquiry_id: UUID) -> InquiryRow | None:
        """Return somebody's inquiry, for the worker."""
        return await self._reader.first(_ANY, id=inquiry_id)

    async def regions(self, recipient_id: UUID) -> str | None:
        """Return the countries in which a recipient reads telephone numbers."""
        row = await self._reader.first(_REGIONS, id=recipient_id)
        return None if row is None else row["regions"]

    async def recipients(self, inquiry_ids: Collection[UUID]) -> Sequence[RecipientRow]:
        """Return the recipients of these inquiries, of each in the order in which they were asked."""
        return await self._reader.all(_RECIPIENTS, ids=list(inquiry_ids)) if inquiry_ids else ()

    async def page(
        self, owner_id: UUID, state: InquiryState | None, *, after: Moment | None, limit: int
    ) -> Sequence[InquiryRow]:
        binds: dict[str, object] = {} if state is None else {"state": state}
        if after is not None:
            binds["last_created_at"], binds["last_id"] = after
        query = page_query(by_state=state is not None, continued=after is not None)
        return await self._reader.all(query, owner_id=owner_id, limit=limit, **binds)

    async def count(self, owner_id: UUID, state: InquiryState | None) -> int:
        binds: dict[str, object] = {} if state is None else {"state": state}
        return await total_of(self._reader, _count_query(by_state=state is not None), owner_id=owner_id, **binds)
