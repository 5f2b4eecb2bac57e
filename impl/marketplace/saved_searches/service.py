"""Service of saved searches, and the mails about what is new: each listing once, and none without news."""

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, TypedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.letters.service import Subscription, Texts
from impl.kernel import audit, etags, idempotency, outbox
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import InvalidInput, NotFound
from impl.kernel.ids import new_id
from impl.kernel.paging import Moment, Page, capped, fetched
from impl.kernel.rows import has_values
from impl.kernel.secrets import derive_link_token
from impl.marketplace.capabilities.listings.tables import PricingKind
from impl.marketplace.capabilities.notice_mails.service import UNSUBSCRIBE_PAGE, NoticeMails, NoticePreferences
from impl.marketplace.capabilities.notices.service import About, NotificationKind, NotificationSubjectKind, notify_once
from impl.marketplace.catalogue.service import CatalogueService
from impl.marketplace.catalogue.tables import CatalogueSort
from impl.marketplace.saved_searches.errors import in_filters
from impl.marketplace.saved_searches.repository import DueRow, SavedSearchRepository, SavedSearchRow
from impl.marketplace.saved_searches.tables import (
    NewSavedSearch,
    Progress,
    SavedSearchChanges,
    SavedSearchContent,
    SavedSearchFrequency,
    SearchFilters,
)
from openapi.runtime.wire import Reply

MOST: Final = 20
TOPIC: Final = "marketplace.saved_search_due"
PERIODS: Final[Mapping[SavedSearchFrequency, timedelta]] = {
    SavedSearchFrequency.DAILY: timedelta(days=1),
    SavedSearchFrequency.WEEKLY: timedelta(days=7),
}
# Longer than any transaction: what is published gets its time before others can see it.
SETTLED: Final = timedelta(minutes=5)
SHOWN: Final = 10
_AT_ONCE: Final = 100
_HEX: Final = 32
_TEMPLATES: Final = Path(__file__).with_name("templates")


class SavedSearchesService:
    def __init__(
        self,
        *,
        database: Database,
        catalogue: CatalogueService,
        preferences: NoticePreferences,
        clock: Clock,
        secret_key: bytes,
        api_url: str,
        app_url: str,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._preferences = preferences
        self._clock = clock
        self._secret_key = secret_key
        self._api_url = api_url.rstrip("/")
        self._app_url = app_url.rstrip("/")
        self._repository = SavedSearchRepository(database.reader)

    async def page(self, caller: Caller, *, after: Moment | None, limit: int) -> Page[SavedSearchRow]:
        return Page.of(await self._repository.page(caller.user_id, after=after, limit=fetched(limit)), limit)

    async def count(self, caller: Caller) -> int:
        return await self._repository.count(caller.user_id)

    async def get(self, caller: Caller, search_id: UUID) -> SavedSearchRow:
        row = await self._repository.find_own(caller.user_id, search_id)
        if row is None:
            raise NotFound
        return row

    async def create[ReplyT: Reply](
        self, caller: Caller, content: SavedSearchContent, serialize: Callable[[NewSavedSearch], ReplyT]
    ) -> ReplyT:
        """Save a search and return its reply; an idempotency key keeps its bytes."""
        await self._check(content["filters"])
        now = self._clock.now()
        new: NewSavedSearch = {
            **content,
            "id": new_id(),
            "owner_id": caller.user_id,
            "mailed_until_at": now,
            "next_due_at": _due(content["frequency"], now),
            "created_at": now,
            "updated_at": now,
            "version": etags.FIRST_VERSION,
        }
        reply = serialize(new)
        async with self._database.begin() as tx:
            await self._repository.take_turns(tx, caller.user_id)
            number = await self._repository.number(tx, caller.user_id)
            detail = f"You have saved {MOST} searches already. Delete one first."
            await idempotency.refuse_beyond(self._database.reader, caller, detail, number=number, most=MOST)
            await self._repository.insert(tx, new)
            await idempotency.store_reply(tx, caller, reply)
        return reply

    async def replace(
        self, caller: Caller, search_id: UUID, content: SavedSearchContent, *, if_match: str | None
    ) -> SavedSearchRow:
        """Replace what the search is; what is the same already is no change."""
        await self._check(content["filters"])
        async with self._database.begin() as tx:
            row = await self._lock(tx, caller, search_id, if_match)
            if has_values(row, content):
                return row
            return await self._repository.update(tx, search_id, _changes(row, content, self._clock.now()))

    async def delete(self, caller: Caller, search_id: UUID, *, if_match: str | None) -> None:
        async with self._database.begin() as tx:
            await self._lock(tx, caller, search_id, if_match)
            await self._repository.delete(tx, search_id)

    async def unsubscribe(self, client: AnonymousClient, token: str) -> None:
        """End the mails of the search or group that the token is of; who has the mail may, whoever is signed in."""
        search_id = UUID(hex=token[:_HEX])
        if not hmac.compare_digest(token, self.token_of(search_id)):
            if not await self._preferences.unsubscribe(client, token):
                raise NotFound
            return
        async with self._database.begin() as tx:
            row = await self._repository.lock(tx, search_id)
            if row is None or row["frequency"] == SavedSearchFrequency.NEVER:
                return
            now = self._clock.now()
            never: SavedSearchChanges = {
                "frequency": SavedSearchFrequency.NEVER,
                "next_due_at": None,
                "updated_at": now,
            }
            await self._repository.update(tx, search_id, never)
            await audit.record(
                tx, "saved_search.unsubscribed", client, actor_id=row["owner_id"], subject=("saved_search", search_id)
            )

    def page_of(self, token: str) -> str:
        """Return the address of the page that asks for a click; the token is in its fragment, which no log sees."""
        return f"{self._app_url}{UNSUBSCRIBE_PAGE}#{token}"

    def token_of(self, search_id: UUID) -> str:
        """Return the token that ends the mails of a search: good for as long as the search, and for nothing else."""
        return search_id.hex + derive_link_token(self._secret_key, "unsubscribe", search_id)

    async def queue_due(self) -> bool:
        """Queue the mails that are due, each in the transaction that says how far it reaches; return whether more wait.

        A worker that dies has queued a mail and moved on, or neither. Two never take the same search.
        """
        now = self._clock.now()
        if not await self._repository.has_due(now):
            return False
        async with self._database.begin() as tx:
            due = await self._repository.lock_due(tx, now, limit=_AT_ONCE)
            for row in due:
                await self._queue(tx, row, now)
        return len(due) == _AT_ONCE

    async def _queue(self, tx: AsyncSession, row: DueRow, now: datetime) -> None:
        period = PERIODS[row["frequency"]]
        at = row["next_due_at"] or now
        # At the same time of the day again, however long the worker was away.
        progress: Progress = {"next_due_at": at + period * ((now - at) // period + 1)}
        until = now - SETTLED
        # A suspended account is mailed nothing; what is new meanwhile is news when it is back.
        if row["is_active"] and until > row["mailed_until_at"]:
            since = row["mailed_until_at"]
            payload = {
                "saved_search_id": str(row["id"]),
                "user_id": str(row["owner_id"]),
                "after": since.isoformat(),
                "until": until.isoformat(),
            }
            await outbox.put(tx, TOPIC, payload, key=f"{row['id']} {since.isoformat()}")
            progress["mailed_until_at"] = until
        await self._repository.advance(tx, row["id"], progress)

    def outbox_handlers(self, mails: NoticeMails) -> Mapping[str, outbox.Handler]:
        """Return the handlers of this feature's outbox messages, by topic; `mails` sends them."""
        return {TOPIC: partial(self._mail_news, mails, Texts(_TEMPLATES))}

    async def _mail_news(self, mails: NoticeMails, texts: Texts, message: outbox.Message) -> None:
        """Mail what was published in the message's time and matches, unless there is nothing or nobody wants it."""
        row = await self._repository.find(UUID(str(message.payload["saved_search_id"])))
        if row is None or row["frequency"] == SavedSearchFrequency.NEVER:
            return
        after, until = (datetime.fromisoformat(str(message.payload[name])) for name in ("after", "until"))
        try:
            filters = await self._catalogue.filters(**_named(row["filters"]), between=(after, until))
        except InvalidInput:
            # The place is none any more. Its owner sees that in the search itself.
            return
        found = await self._catalogue.page(filters, CatalogueSort.NEWEST, after=None, limit=SHOWN)
        if not found.items:
            return
        about = About(NotificationSubjectKind.SAVED_SEARCH, row["id"])
        async with self._database.begin() as tx:
            await notify_once(
                tx, NotificationKind.SAVED_SEARCH_NEWS, row["owner_id"], about, notification_id=message.id
            )
        total = await self._catalogue.count(filters) if found.more else len(found.items)
        shown = capped(total)
        token = self.token_of(row["id"])
        values = {
            "search": row["name"],
            "services": found.items,
            "total": shown["total"],
            "capped": shown["total_capped"],
            "rest": total - len(found.items),
        }
        subscription = Subscription(
            post_url=f"{self._api_url}/api/v1/unsubscribe/{token}", page_url=self.page_of(token)
        )
        await mails.send(
            message,
            NotificationKind.SAVED_SEARCH_NEWS,
            row["owner_id"],
            texts,
            "new_services",
            values=values,
            subscription=subscription,
        )

    async def _check(self, filters: SearchFilters) -> None:
        """Refuse what `GET /services` would refuse, at its place in the body."""
        try:
            self._catalogue.check(await self._catalogue.filters(**_named(filters)), CatalogueSort.NEWEST)
        except InvalidInput as refusal:
            raise in_filters(refusal) from refusal

    async def _lock(self, tx: AsyncSession, caller: Caller, search_id: UUID, if_match: str | None) -> SavedSearchRow:
        row = await self._repository.lock_own(tx, caller.user_id, search_id)
        if row is None:
            raise NotFound
        etags.check(if_match, row["version"])
        return row


class _Named(TypedDict):
    """Filters under the names by which the catalogue's service takes them."""

    text: str | None
    category: str | None
    pricing: PricingKind | None
    currency: str | None
    min_price: int | None
    max_price: int | None
    near: str | None
    place_id: UUID | None
    radius_km: int | None
    include_remote: bool
    verified: bool
    min_rating: int | None


def _named(filters: SearchFilters) -> _Named:
    place, pricing = filters.get("place"), filters.get("pricing")
    return {
        "text": filters.get("q"),
        "category": filters.get("category"),
        "pricing": None if pricing is None else PricingKind(pricing),
        "currency": filters.get("currency"),
        "min_price": filters.get("min_price_minor"),
        "max_price": filters.get("max_price_minor"),
        "near": filters.get("near"),
        "place_id": None if place is None else UUID(place),
        "radius_km": filters.get("radius_km"),
        "include_remote": filters.get("include_remote") or False,
        "verified": filters.get("verified") or False,
        "min_rating": filters.get("min_rating"),
    }


def _due(frequency: SavedSearchFrequency, now: datetime) -> datetime | None:
    return None if frequency is SavedSearchFrequency.NEVER else now + PERIODS[frequency]


def _changes(row: SavedSearchRow, content: SavedSearchContent, now: datetime) -> SavedSearchChanges:
    changes: SavedSearchChanges = {**content, "updated_at": now}
    if content["frequency"] != row["frequency"]:
        changes["next_due_at"] = _due(content["frequency"], now)
        if row["frequency"] == SavedSearchFrequency.NEVER:
            # Whoever wanted no mails is not told of all that was published meanwhile.
            changes["mailed_until_at"] = max(now, row["mailed_until_at"])
    return changes
