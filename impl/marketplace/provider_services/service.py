"""Service of providers' services: ownership, visibility, and the steps from draft to listing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel import etags, idempotency
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import Forbidden, InvalidTransition, NotFound
from impl.kernel.ids import new_id
from impl.kernel.paging import Moment, Page
from impl.kernel.rows import has_values
from impl.marketplace.capabilities.search.service import SearchService
from impl.marketplace.provider_profile.service import ProviderProfileService
from impl.marketplace.provider_profile.tables import ProfileState
from impl.marketplace.provider_services.errors import ProfileRequired
from impl.marketplace.provider_services.repository import Filters, OwnRow, ServiceRepository, ServiceRow, UnpresentedRow
from impl.marketplace.provider_services.tables import NewService, ServiceChanges, ServiceContent, ServiceState
from openapi.runtime.wire import Reply

type Scope = Literal["mine", "catalog"]

# State after each step, by the state before it; other combinations are refused.
STEPS: Mapping[str, Mapping[ServiceState, ServiceState]] = {
    "edit": {
        ServiceState.DRAFT: ServiceState.DRAFT,
        ServiceState.PENDING_REVIEW: ServiceState.PENDING_REVIEW,
        ServiceState.PUBLISHED: ServiceState.PUBLISHED,
        ServiceState.PAUSED: ServiceState.PAUSED,
        ServiceState.REJECTED: ServiceState.DRAFT,
    },
    "submit": {ServiceState.DRAFT: ServiceState.PENDING_REVIEW},
    "approve": {ServiceState.PENDING_REVIEW: ServiceState.PUBLISHED},
    "reject": {ServiceState.PENDING_REVIEW: ServiceState.REJECTED},
    "pause": {ServiceState.PUBLISHED: ServiceState.PAUSED},
    "resume": {ServiceState.PAUSED: ServiceState.PUBLISHED},
}
LISTED = frozenset({ServiceState.PUBLISHED, ServiceState.PAUSED})
LISTABLE_STATES = frozenset({ProfileState.PENDING_REVIEW, ProfileState.APPROVED})


def step(name: str, state: ServiceState) -> ServiceState:
    after = STEPS[name].get(state)
    if after is None:
        raise InvalidTransition(state)
    return after


def edition(row: ServiceRow) -> int:
    """Return the version behind the ETag, which changes with the service, its business and its category.

    Behind the ETag: with the service's own version alone, a renamed business would go on being answered with 304.
    """
    return row["version"] << 40 | (row["profile_version"] or 0) << 20 | row["category_version"]


class ProviderServicesService:
    def __init__(
        self,
        database: Database,
        profiles: ProviderProfileService,
        search: SearchService,
        clock: Clock,
        *,
        auto_approve: bool,
    ) -> None:
        """Take the dependencies; `auto_approve` approves at once what is submitted or edited."""
        self._database = database
        self._repository = ServiceRepository(database.reader)
        self._profiles = profiles
        self._search = search
        self._clock = clock
        self._auto_approve = auto_approve

    def scope(self, caller: Caller, requested: Scope | None) -> Scope:
        """Return whose services are meant; a request for one's own needs the permission to have some."""
        provider = "service:write" in caller.permissions
        if requested == "mine" and not provider:
            raise Forbidden("Only service providers have services of their own.")
        return requested or ("mine" if provider else "catalog")

    async def get(self, caller: Caller, service_id: UUID) -> ServiceRow:
        if "service:write" in caller.permissions:
            own = await self._repository.find_own(caller.user_id, service_id)
            if own is not None:
                return own
        listed = await self._repository.find_listed(service_id)
        if listed is None:
            raise NotFound
        return listed

    async def page(
        self,
        caller: Caller,
        scope: Scope,
        filters: Filters,
        *,
        descending: bool,
        after: Moment | None,
        limit: int,
    ) -> Page[ServiceRow]:
        narrowed = self._narrow_filters(scope, filters)
        if narrowed is None:
            return Page(())
        found: Sequence[ServiceRow]
        if scope == "mine":
            found = await self._repository.own_page(
                caller.user_id, narrowed, descending=descending, after=after, limit=limit + 1
            )
        else:
            found = await self._repository.listed_page(narrowed, descending=descending, after=after, limit=limit + 1)
        return Page.of(found, limit)

    async def count(self, caller: Caller, scope: Scope, filters: Filters) -> int:
        narrowed = self._narrow_filters(scope, filters)
        if narrowed is None:
            return 0
        return await self._repository.count(caller.user_id if scope == "mine" else None, narrowed)

    async def create[ReplyT: Reply](
        self, caller: Caller, content: ServiceContent, serialize: Callable[[OwnRow | UnpresentedRow], ReplyT]
    ) -> ReplyT:
        """Add a service and return its reply, whose very bytes an idempotency key keeps."""
        now = self._clock.now()
        new: NewService = {
            **content,
            "id": new_id(),
            "provider_id": caller.user_id,
            "state": ServiceState.DRAFT,
            "has_pending_changes": False,
            "created_at": now,
            "updated_at": now,
            "version": 1,
        }
        async with self._database.begin() as tx:
            await self._check_category(tx, content["category_id"])
            await self._repository.insert(tx, new)
            reply = serialize(await self._repository.own(tx, caller.user_id, new["id"]))
            await idempotency.keep(tx, caller, reply)
        return reply

    async def change(
        self, caller: Caller, service_id: UUID, changes: ServiceChanges, *, if_match: str | None
    ) -> OwnRow | UnpresentedRow:
        """Set these values. Setting what is there already is no change: the version stays, nothing is reviewed anew."""
        async with self._database.begin() as tx:
            row = await self._lock(tx, caller, service_id)
            await self._check_category(tx, changes.get("category_id"))
            etags.check(if_match, edition(row))
            before = ServiceState(row["state"])
            state = step("edit", before)
            if state is before and has_values(row, changes):
                return row
            now = self._clock.now()
            changes = {**changes, "state": state, "updated_at": now}
            if state is not before:
                changes["review_note"] = None
            if before not in LISTED:
                return await self._update(tx, caller, service_id, changes)
            changes = {**changes, "has_pending_changes": not self._auto_approve, "submitted_at": now}
            # Locked before its name is read; otherwise a business that is renamed now would be listed under its old
            # name.
            await self._profiles.find_state(tx, caller.user_id)
            row = await self._update(tx, caller, service_id, changes)
            if self._auto_approve and row["profile_id"] is not None:
                await self._list(tx, row)
            return row

    async def archive(self, caller: Caller, service_id: UUID, *, if_match: str | None) -> None:
        async with self._database.begin() as tx:
            row = await self._lock(tx, caller, service_id)
            etags.check(if_match, edition(row))
            now = self._clock.now()
            gone: ServiceChanges = {"state": ServiceState.ARCHIVED, "archived_at": now, "updated_at": now}
            await self._repository.update(tx, service_id, gone)
            await self._set_live(tx, service_id, live=False)

    async def submit(self, caller: Caller, service_id: UUID) -> OwnRow | UnpresentedRow:
        async with self._database.begin() as tx:
            row = await self._lock(tx, caller, service_id)
            state = step("submit", ServiceState(row["state"]))
            profile = await self._profiles.find_state(tx, caller.user_id)
            if profile is None or profile["state"] not in LISTABLE_STATES:
                raise ProfileRequired("Submit your business profile before you publish a service.")
            now = self._clock.now()
            changes: ServiceChanges = {"submitted_at": now, "updated_at": now, "state": state}
            if not self._auto_approve:
                return await self._update(tx, caller, service_id, changes)
            changes["state"] = step("approve", state)
            changes["published_at"] = row["published_at"] or now
            row = await self._update(tx, caller, service_id, changes)
            if row["profile_id"] is not None:
                await self._list(tx, row)
            return row

    async def pause(self, caller: Caller, service_id: UUID) -> OwnRow | UnpresentedRow:
        return await self._turn(caller, service_id, "pause")

    async def resume(self, caller: Caller, service_id: UUID) -> OwnRow | UnpresentedRow:
        return await self._turn(caller, service_id, "resume")

    async def _turn(
        self, caller: Caller, service_id: UUID, name: Literal["pause", "resume"]
    ) -> OwnRow | UnpresentedRow:
        async with self._database.begin() as tx:
            row = await self._lock(tx, caller, service_id)
            state = step(name, ServiceState(row["state"]))
            row = await self._update(tx, caller, service_id, {"state": state, "updated_at": self._clock.now()})
            await self._set_live(tx, service_id, live=state is ServiceState.PUBLISHED)
            return row

    async def _list(self, tx: AsyncSession, row: OwnRow) -> None:
        """Let others read what the service says now, and find it by that."""
        published_at = row["published_at"]
        if published_at is None:
            raise TypeError("only what was published is listed")
        await self._repository.list_it(tx, row, published_at)
        await self._search.put(
            tx,
            row["id"],
            row,
            profile_id=row["profile_id"],
            business=row["business_name"],
            category=row["category_name"],
            live=row["state"] == ServiceState.PUBLISHED,
        )

    async def _set_live(self, tx: AsyncSession, service_id: UUID, *, live: bool) -> None:
        await self._repository.set_live(tx, service_id, live=live)
        await self._search.set_live(tx, service_id, live=live)

    async def _lock(self, tx: AsyncSession, caller: Caller, service_id: UUID) -> OwnRow | UnpresentedRow:
        row = await self._repository.lock(tx, caller.user_id, service_id)
        if row is None:
            raise NotFound
        return row

    async def _update(
        self, tx: AsyncSession, caller: Caller, service_id: UUID, changes: ServiceChanges
    ) -> OwnRow | UnpresentedRow:
        await self._repository.update(tx, service_id, changes)
        return await self._repository.own(tx, caller.user_id, service_id)

    async def _check_category(self, tx: AsyncSession, category_id: UUID | None) -> None:
        if category_id is not None and not await self._repository.has_category(tx, category_id):
            raise NotFound("There is no such category.")

    @staticmethod
    def _narrow_filters(scope: Scope, filters: Filters) -> Filters | None:
        """Narrow the filters to the scope, or return None where no service can match, as ARCHIVED never does."""
        if filters.state is ServiceState.ARCHIVED:
            return None
        if scope == "mine" or filters.state is None:
            return filters
        return Filters(category=filters.category) if filters.state is ServiceState.PUBLISHED else None
