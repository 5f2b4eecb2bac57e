"""Service of providers' services: ownership, visibility, and the steps from draft to listing."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import SERVICE_STATE_MACHINE, ProfileState, ServiceState
from impl.kernel import etags, idempotency
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import Forbidden, NotFound
from impl.kernel.ids import new_id
from impl.kernel.paging import Moment, Page, fetched
from impl.kernel.rows import has_values
from impl.kernel.states import next_state, refused
from impl.marketplace.capabilities.categories.service import NameRow
from impl.marketplace.capabilities.listing_submissions.service import ListingSubmissions
from impl.marketplace.capabilities.listings.service import MATERIAL, ListingsService, is_copy, live_text
from impl.marketplace.capabilities.submissions.service import SubmissionRow, SubmissionsService
from impl.marketplace.capabilities.submissions.tables import SubmissionKind
from impl.marketplace.provider_profile.service import ProviderProfileService
from impl.marketplace.provider_services.errors import ProfileRequired
from impl.marketplace.provider_services.repository import (
    Filters,
    OwnRow,
    ServiceRepository,
    ServiceRow,
    UnpresentedRow,
)
from impl.marketplace.provider_services.tables import (
    LISTED,
    ModeratedService,
    NewService,
    ServiceChanges,
    ServiceContent,
)
from openapi.runtime.wire import Reply

type Scope = Literal["mine", "catalog"]

MOST: Final = 500
MOST_IN_ALL: Final = 2_000
REVIEWED = frozenset({ServiceState.PENDING_REVIEW, ServiceState.REJECTED})
LISTABLE_STATES = frozenset({ProfileState.PENDING_REVIEW, ProfileState.APPROVED})


def edition(row: ServiceRow) -> int:
    """Return the version behind the ETag, which changes with the service, its business and its category.

    Behind the ETag: with the service's own version alone, a renamed business would go on being answered with 304.
    """
    return row["version"] << 40 | (row["profile_version"] or 0) << 20 | row["category_version"]


class ProviderServicesService:
    def __init__(
        self,
        *,
        database: Database,
        profiles: ProviderProfileService,
        listings: ListingsService,
        submissions: SubmissionsService,
        texts: ListingSubmissions,
        clock: Clock,
        remove_photos: Callable[[AsyncSession, UUID], Awaitable[int]],
        auto_approve: bool,
    ) -> None:
        """Take the dependencies; `auto_approve` approves at once what is submitted or edited."""
        self._database = database
        self._repository = ServiceRepository(database.reader)
        self._profiles = profiles
        self._listings = listings
        self._submissions = submissions
        self._texts = texts
        self._clock = clock
        self._remove_photos = remove_photos
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
        narrowed = filters.narrowed(is_own=scope == "mine")
        if narrowed is None:
            return Page(())
        found: Sequence[ServiceRow]
        if scope == "mine":
            found = await self._repository.own_page(
                caller.user_id, narrowed, descending=descending, after=after, limit=fetched(limit)
            )
        else:
            most = fetched(limit)
            found = await self._repository.listed_page(narrowed, descending=descending, after=after, limit=most)
        return Page.of(found, limit)

    async def count(self, caller: Caller, scope: Scope, filters: Filters) -> int:
        narrowed = filters.narrowed(is_own=scope == "mine")
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
            "version": etags.FIRST_VERSION,
        }
        async with self._database.begin() as tx:
            await self._check_category(tx, content["category_id"])
            await self._repository.take_turns(tx, caller.user_id)
            await self._check_number(tx, caller)
            await self._repository.insert(tx, new)
            reply = serialize(await self._repository.own(tx, caller.user_id, new["id"]))
            await idempotency.store_reply(tx, caller, reply)
        return reply

    async def _check_number(self, tx: AsyncSession, caller: Caller) -> None:
        """Refuse one more where there are many already: deleted ones count as well, since their rows stay."""
        owned = await self._repository.owned(tx, caller.user_id)
        detail = f"You have {MOST} services already. Delete one first."
        await idempotency.refuse_beyond(self._database.reader, caller, detail, number=owned["present"], most=MOST)
        detail = f"You have had {MOST_IN_ALL} services, with those that you deleted."
        await idempotency.refuse_beyond(self._database.reader, caller, detail, number=owned["in_all"], most=MOST_IN_ALL)

    async def change(
        self,
        caller: Caller,
        service_id: UUID,
        step: Literal["replaceService", "updateService"],
        changes: ServiceChanges,
        *,
        if_match: str | None,
    ) -> OwnRow | UnpresentedRow:
        """Set these values. Setting what is there already is no change: the version stays, nothing is reviewed anew."""
        async with self._database.begin() as tx:
            # Before the service: whoever retires a category holds it while waiting for the services.
            await self._check_category(tx, changes.get("category_id"))
            row = await self.lock(tx, caller.user_id, service_id)
            etags.check(if_match, edition(row))
            before = ServiceState(row["state"])
            state = next_state(SERVICE_STATE_MACHINE, before, step)
            if state is before and has_values(row, changes):
                return row
            now = self._clock.now()
            changes = {**changes, "state": state, "updated_at": now}
            if state is not before:
                changes["review_note"] = None
            if before not in LISTED:
                row = await self._update(tx, caller.user_id, service_id, changes)
                if state is ServiceState.PENDING_REVIEW:
                    await self._texts.put(tx, caller.user_id, row["id"], row, None)
                else:
                    await self._submissions.withdraw(tx, SubmissionKind.SERVICE, service_id)
                return row
            # Locked before its name is read; otherwise a business that is renamed now would be listed under its old
            # name.
            await self._profiles.find_state(tx, caller.user_id)
            if await self._is_reviewed(tx, caller.user_id, row, changes):
                return await self._edit_published(tx, caller.user_id, row, changes)
            await self._submissions.withdraw(tx, SubmissionKind.SERVICE, service_id)
            changes = {**changes, "has_pending_changes": False, "submitted_at": now}
            row = await self._update(tx, caller.user_id, service_id, changes)
            if row["profile_id"] is not None:
                await self._list(tx, row)
            return row

    async def _edit_published(
        self,
        tx: AsyncSession,
        owner_id: UUID,
        before: OwnRow | UnpresentedRow,
        changes: ServiceChanges,
        *,
        note: str | None = None,
    ) -> OwnRow | UnpresentedRow:
        """Submit material changes for review, with the note of an earlier rejection, and publish the others at once."""
        service_id = before["id"]
        listed = await self._listings.text(tx, service_id)
        wanted = {**before, **changes}
        pending = not has_values(listed, {name: wanted[name] for name in MATERIAL})
        changes = {**changes, "has_pending_changes": pending, "review_note": note if pending else None}
        row = await self._update(tx, owner_id, service_id, changes)
        shown = live_text(listed, row)
        if row["profile_id"] is not None and not has_values(listed, shown):
            await self._list(tx, {**row, **shown, "category_name": listed["category_name"]})
        if pending:
            await self._texts.put(tx, owner_id, row["id"], row, listed)
        else:
            await self._submissions.withdraw(tx, SubmissionKind.SERVICE, service_id)
        return row

    async def archive(self, caller: Caller, service_id: UUID, *, if_match: str | None) -> None:
        async with self._database.begin() as tx:
            row = await self.lock(tx, caller.user_id, service_id)
            etags.check(if_match, edition(row))
            now = self._clock.now()
            state = next_state(SERVICE_STATE_MACHINE, ServiceState(row["state"]), "deleteService")
            gone: ServiceChanges = {"state": state, "archived_at": now, "updated_at": now}
            await self._repository.update(tx, service_id, gone)
            await self._listings.set_live(tx, service_id, live=False)
            await self._submissions.withdraw(tx, SubmissionKind.SERVICE, service_id)
            await self._remove_photos(tx, service_id)

    async def submit(self, caller: Caller, service_id: UUID) -> OwnRow | UnpresentedRow:
        async with self._database.begin() as tx:
            row = await self.lock(tx, caller.user_id, service_id)
            is_reviewed = await self._is_reviewed(tx, caller.user_id, row)
            wanted = ServiceState.PENDING_REVIEW if is_reviewed else ServiceState.PUBLISHED
            state = next_state(SERVICE_STATE_MACHINE, ServiceState(row["state"]), "submitService", to=wanted)
            profile = await self._profiles.find_state(tx, caller.user_id)
            if profile is None or profile["state"] not in LISTABLE_STATES:
                raise ProfileRequired("Submit your business profile before you publish a service.")
            now = self._clock.now()
            changes: ServiceChanges = {"submitted_at": now, "updated_at": now, "state": state}
            if not is_reviewed:
                changes["published_at"] = row["published_at"] or now
            row = await self._update(tx, caller.user_id, service_id, changes)
            if is_reviewed:
                await self._texts.put(tx, caller.user_id, row["id"], row, None)
            elif row["profile_id"] is not None:
                await self._list(tx, row)
            return row

    async def _is_reviewed(
        self, tx: AsyncSession, owner_id: UUID, row: OwnRow | UnpresentedRow, changes: ServiceChanges | None = None
    ) -> bool:
        """Return whether staff review what the service is to say.

        Where the service approves by itself, they do so of what they took down or rejected, and of copies of that.
        """
        if not self._auto_approve or row["taken_down_from"] is not None:
            return True
        if await self._submissions.is_rejected(tx, SubmissionKind.SERVICE, owner_id, row["id"]):
            return True
        given = changes or {}
        title, description = given.get("title", row["title"]), given.get("description", row["description"])
        taken_down = await self._repository.taken_down(tx, owner_id, row["id"])
        return any(is_copy(title, description, one) for one in taken_down)

    async def pause(self, caller: Caller, service_id: UUID) -> OwnRow | UnpresentedRow:
        return await self._turn(caller, service_id, "pauseService")

    async def resume(self, caller: Caller, service_id: UUID) -> OwnRow | UnpresentedRow:
        return await self._turn(caller, service_id, "resumeService")

    async def _turn(
        self, caller: Caller, service_id: UUID, step: Literal["pauseService", "resumeService"]
    ) -> OwnRow | UnpresentedRow:
        async with self._database.begin() as tx:
            row = await self.lock(tx, caller.user_id, service_id)
            state = next_state(SERVICE_STATE_MACHINE, ServiceState(row["state"]), step)
            changes: ServiceChanges = {"state": state, "updated_at": self._clock.now()}
            row = await self._update(tx, caller.user_id, service_id, changes)
            await self._listings.set_live(tx, service_id, live=state is ServiceState.PUBLISHED)
            return row

    async def revisions_of(self, rows: Sequence[ServiceRow]) -> Mapping[UUID, SubmissionRow]:
        """Return what of these services waits for its review or was rejected, by the service."""
        reviewed = [row["id"] for row in rows if row["has_pending_changes"] or row["state"] in REVIEWED]
        return await self._submissions.current_of_services(reviewed)

    # ---- decisions of staff, inside their transaction

    async def lock(self, tx: AsyncSession, owner_id: UUID, service_id: UUID) -> OwnRow | UnpresentedRow:
        row = await self._repository.lock(tx, owner_id, service_id)
        if row is None:
            raise NotFound
        return row

    async def approve(self, tx: AsyncSession, owner_id: UUID, row: OwnRow | UnpresentedRow) -> None:
        """Approve the locked service as it was submitted, and list it."""
        now = self._clock.now()
        changes: ServiceChanges = {
            "state": self._decided(row, ServiceState.PUBLISHED),
            "published_at": row["published_at"] or now,
            "has_pending_changes": False,
            "review_note": None,
            "taken_down_from": None,
            "updated_at": now,
        }
        await self._profiles.find_state(tx, owner_id)
        await self._repository.update(tx, row["id"], changes)
        approved = await self._repository.own(tx, owner_id, row["id"])
        if approved["profile_id"] is not None:
            await self._list(tx, approved)

    async def reject(self, tx: AsyncSession, row: OwnRow | UnpresentedRow, note: str) -> None:
        """Reject what was submitted of the locked service; what is published stays."""
        state = self._decided(row, ServiceState.REJECTED)
        now = self._clock.now()
        await self._repository.update(tx, row["id"], {"state": state, "review_note": note, "updated_at": now})

    @staticmethod
    def _decided(row: OwnRow | UnpresentedRow, outcome: ServiceState) -> ServiceState:
        """Return the state after a decision: what is published already stays what it is."""
        state = ServiceState(row["state"])
        return next_state(
            SERVICE_STATE_MACHINE, state, "decideModerationItem", to=state if state in LISTED else outcome
        )

    async def find_moderated(self, tx: AsyncSession, service_id: UUID) -> ModeratedService | None:
        """Return a service as staff see it, locked until the transaction ends."""
        return await self._repository.lock_moderated(tx, service_id)

    async def take_down(self, tx: AsyncSession, row: ModeratedService, note: str) -> None:
        """Hide the locked service from others, and withdraw a waiting edit; the next submission is reviewed."""
        state = next_state(SERVICE_STATE_MACHINE, row["state"], "decideReport")
        changes: ServiceChanges = {"state": state, "taken_down_from": row["state"], "has_pending_changes": False}
        changes |= {"review_note": note, "updated_at": self._clock.now()}
        await self._repository.update(tx, row["id"], changes)
        await self._listings.set_live(tx, row["id"], live=False)
        await self._submissions.withdraw(tx, SubmissionKind.SERVICE, row["id"], keep_rejected=True)

    async def reinstate(self, tx: AsyncSession, row: ModeratedService) -> ModeratedService:
        """Show the locked service as it was when it was taken down; an edit is reviewed, unless it was rejected."""
        if row["taken_down_from"] is None:
            raise refused(SERVICE_STATE_MACHINE, row["state"])
        state = next_state(SERVICE_STATE_MACHINE, row["state"], "reinstateService", to=row["taken_down_from"])
        await self._profiles.find_state(tx, row["owner_id"])
        changes: ServiceChanges = {"state": state, "taken_down_from": None, "updated_at": self._clock.now()}
        before = await self.lock(tx, row["owner_id"], row["id"])
        current = await self._submissions.lock_current(tx, SubmissionKind.SERVICE, row["id"])
        note = None if current is None else current["note"]
        await self._edit_published(tx, row["owner_id"], before, changes, note=note)
        await self._listings.set_live(tx, row["id"], live=state is ServiceState.PUBLISHED)
        return await self._repository.moderated(tx, row["id"])

    # ---- changes of the tree of categories, inside their transaction

    async def lock_table(self, tx: AsyncSession) -> None:
        """Wait for everybody who changes services or their listings, and keep others from it until the commit."""
        await self._repository.lock_table(tx)

    async def refile(self, tx: AsyncSession, service_ids: Collection[UUID]) -> None:
        """Put those of the services that nobody else has locked under what lies above their categories now."""
        free = await self._repository.lock_free(tx, service_ids)
        await self._listings.refile(tx, await self._listings.lock_free(tx, free))

    async def replace_category(
        self, tx: AsyncSession, service_ids: Collection[UUID], category_id: UUID, into: NameRow
    ) -> None:
        """File those of the category's services that nobody else has locked, and their listings, under another one."""
        free = await self._listings.lock_free(tx, await self._repository.lock_free(tx, service_ids))
        await self._repository.replace_category(tx, free, category_id, into["id"], now=self._clock.now())
        await self._listings.replace_category(tx, free, category_id, into)

    async def _list(self, tx: AsyncSession, row: OwnRow) -> None:
        """Publish the present text of a service, in the catalogue and in the search."""
        published_at = row["published_at"]
        if published_at is None:
            raise TypeError("only what was published is listed")
        await self._listings.put(tx, row, live=row["state"] == ServiceState.PUBLISHED, published_at=published_at)

    async def _update(
        self, tx: AsyncSession, owner_id: UUID, service_id: UUID, changes: ServiceChanges
    ) -> OwnRow | UnpresentedRow:
        await self._repository.update(tx, service_id, changes)
        return await self._repository.own(tx, owner_id, service_id)

    async def _check_category(self, tx: AsyncSession, category_id: UUID | None) -> None:
        if category_id is not None and not await self._repository.has_category(tx, category_id):
            raise NotFound("There is no such category.")
