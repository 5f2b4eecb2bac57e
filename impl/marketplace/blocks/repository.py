"""Statements on blocks, and on the inquiries that pass between two people."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import String, Uuid, and_, bindparam, delete, exists, insert, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import InquiryState
from impl.kernel.database import take_turns
from impl.kernel.paging import EACH, Counted, Moment, bounded_count, keyset_page, total_of
from impl.kernel.pending_writes import insert_soon
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, NewRows, Query
from impl.kernel.tables import core_table
from impl.marketplace.blocks.tables import Block, NewBlock
from impl.marketplace.capabilities.inquiries.tables import INQUIRIES, Inquiry, InquiryRecipient
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile


class _Id(TypedDict):
    id: UUID


class PartiesRow(TypedDict):
    """The two sides of a thread."""

    recipient_id: UUID
    owner_id: UUID
    provider_id: UUID


class BlockRow(TypedDict):
    id: UUID
    inquiry_id: UUID
    blocked_id: UUID
    blocked_side: str
    # The business that is blocked, while it is public.
    profile_id: UUID | None
    profile_slug: str | None
    business_name: str | None
    created_at: datetime


_PARTIES: Final = (
    select(InquiryRecipient.id.label("recipient_id"), Inquiry.owner_id, InquiryRecipient.provider_id)
    .join(Inquiry, Inquiry.id == InquiryRecipient.inquiry_id)
    .where(InquiryRecipient.inquiry_id == bindparam("inquiry_id"))
)
_OF_OWNER: Final = Query(
    _PARTIES.where(Inquiry.owner_id == bindparam("user_id"), InquiryRecipient.id == bindparam("recipient_id")),
    PartiesRow,
)
_OF_PROVIDER: Final = Query(_PARTIES.where(InquiryRecipient.provider_id == bindparam("user_id")), PartiesRow)
_BOTH: Final = bindparam("both", type_=Uuid(), expanding=True)
# Those between the two, and those that may still be sent to the other one.
_BETWEEN: Final = Query(
    select(Inquiry.id)
    .where(
        Inquiry.owner_id.in_(_BOTH),
        or_(
            Inquiry.state == InquiryState.OPEN,
            exists().where(InquiryRecipient.inquiry_id == Inquiry.id, InquiryRecipient.provider_id.in_(_BOTH)),
        ),
    )
    .order_by(Inquiry.id)
    .with_for_update(),
    _Id,
)
_ROWS: Final = (
    select(
        Block.id,
        InquiryRecipient.inquiry_id,
        Block.blocked_id,
        # Enums come as text: the wire has enums of its own.
        type_coerce(Block.blocked_side, String).label("blocked_side"),
        ProviderProfile.id.label("profile_id"),
        ProviderProfile.slug.label("profile_slug"),
        ProviderProfile.business_name,
        Block.created_at,
    )
    .join(InquiryRecipient, InquiryRecipient.id == Block.recipient_id)
    .outerjoin(
        ProviderProfile,
        and_(
            ProviderProfile.user_id == InquiryRecipient.provider_id,
            ProviderProfile.user_id == Block.blocked_id,
            VISIBLE,
        ),
    )
)
_OWN: Final = Block.blocker_id == bindparam("blocker_id")
_OF: Final = Query(_ROWS.where(_OWN, Block.blocked_id == bindparam("blocked_id")), BlockRow)
_ONE: Final = Query(_ROWS.where(_OWN, Block.id == bindparam("id")), BlockRow)
_COUNT: Final = Query(bounded_count(select(EACH).select_from(Block).where(_OWN)), Counted)
_TABLE: Final = core_table(Block)
_INSERT: Final = Command(insert(_TABLE), NewBlock)


@cache
def page_query(*, continued: bool) -> Query[BlockRow]:
    key = {"last_created_at": Block.created_at, "last_id": Block.id}
    return Query(keyset_page(_ROWS.where(_OWN), key, descending=True, continued=continued), BlockRow)


class BlockRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_parties(self, user_id: UUID, inquiry_id: UUID, recipient_id: UUID | None) -> PartiesRow | None:
        """Return the sides of a thread of this person: by its recipient the owner's, without one the provider's."""
        if recipient_id is None:
            return await self._reader.first(_OF_PROVIDER, user_id=user_id, inquiry_id=inquiry_id)
        return await self._reader.first(_OF_OWNER, user_id=user_id, inquiry_id=inquiry_id, recipient_id=recipient_id)

    async def take_turns(self, tx: AsyncSession, people: Collection[UUID]) -> None:
        """Lock the inquiries of these people, and blocks between them, against additions until the transaction ends."""
        await take_turns(tx, *(INQUIRIES + person.bytes for person in people))

    async def lock_inquiries(self, tx: AsyncSession, people: Collection[UUID]) -> None:
        """Lock the inquiries between two people, so that nothing is written or sent meanwhile."""
        await _BETWEEN.fetch_all(tx, both=list(people))

    async def of(self, tx: AsyncSession, blocker_id: UUID, blocked_id: UUID) -> BlockRow | None:
        return await _OF.fetch_first(tx, blocker_id=blocker_id, blocked_id=blocked_id)

    async def get_in(self, tx: AsyncSession, blocker_id: UUID, block_id: UUID) -> BlockRow:
        return await _ONE.fetch_one(tx, blocker_id=blocker_id, id=block_id)

    async def find_in(self, tx: AsyncSession, blocker_id: UUID, block_id: UUID) -> BlockRow | None:
        return await _ONE.fetch_first(tx, blocker_id=blocker_id, id=block_id)

    async def insert(self, tx: AsyncSession, values: NewBlock) -> None:
        await insert_soon(tx, NewRows(_INSERT, [values]))

    async def delete(self, tx: AsyncSession, block_id: UUID) -> None:
        await tx.execute(delete(_TABLE).where(_TABLE.c.id == block_id))

    async def page(self, blocker_id: UUID, *, after: Moment | None, limit: int) -> Sequence[BlockRow]:
        binds: dict[str, object] = {}
        if after is not None:
            binds["last_created_at"], binds["last_id"] = after
        query = page_query(continued=after is not None)
        return await self._reader.all(query, blocker_id=blocker_id, limit=limit, **binds)

    async def count(self, blocker_id: UUID) -> int:
        return await total_of(self._reader, _COUNT, blocker_id=blocker_id)
