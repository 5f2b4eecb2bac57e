"""Service of a provider's profile: its permanent slug, its completeness, and the steps of its review."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel import etags
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import InvalidInput, InvalidTransition, NotFound, PreconditionFailed, Unavailable
from impl.kernel.ids import new_id
from impl.kernel.rows import has_values
from impl.marketplace.capabilities.search.service import SearchService
from impl.marketplace.provider_profile.errors import ProfileIncomplete
from impl.marketplace.provider_profile.repository import ProfileRepository, ProfileRow, ProfileStateRow
from impl.marketplace.provider_profile.tables import NewProfile, ProfileChanges, ProfileContent, ProfileState
from openapi.runtime.wire import FieldError

# State after each step, by the state before it; other combinations are refused.
STEPS: Mapping[str, Mapping[ProfileState, ProfileState]] = {
    "edit": {
        ProfileState.DRAFT: ProfileState.DRAFT,
        ProfileState.PENDING_REVIEW: ProfileState.PENDING_REVIEW,
        ProfileState.APPROVED: ProfileState.APPROVED,
        ProfileState.REJECTED: ProfileState.DRAFT,
    },
    "submit": {ProfileState.DRAFT: ProfileState.PENDING_REVIEW},
    "approve": {ProfileState.PENDING_REVIEW: ProfileState.APPROVED, ProfileState.SUSPENDED: ProfileState.APPROVED},
    "reject": {ProfileState.PENDING_REVIEW: ProfileState.REJECTED},
    "suspend": {ProfileState.APPROVED: ProfileState.SUSPENDED},
}

SLUG_LENGTH = 60


def step(name: str, state: ProfileState) -> ProfileState:
    after = STEPS[name].get(state)
    if after is None:
        raise InvalidTransition(state)
    return after


def slug_of(name: str) -> str:
    """Join the ASCII words of the name by hyphens; a name without any gives a fixed word."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub("[^a-z0-9]+", "-", plain).strip("-")[:SLUG_LENGTH].strip("-")
    return slug if len(slug) > 1 else "provider"


def slugs_of(name: str) -> Iterator[str]:
    """Yield the name's own slug, then the same with more and more of a random tail."""
    slug = slug_of(name)
    yield slug
    for length in (4, 8, 16):
        yield f"{slug}-{new_id().hex[-length:]}"


def lacking(row: ProfileRow) -> list[FieldError]:
    """Return the fields that a review needs and the profile lacks."""
    needed = (
        (row["about"], "Tell homeowners about the business.", "/about"),
        (row["base_latitude"], "Say where the business sets out from.", "/base_point"),
        (row["service_radius_km"], "Say how far the business goes.", "/service_radius_km"),
    )
    faults = [FieldError("missing", detail, pointer) for value, detail, pointer in needed if value is None]
    if row["phone"] is None and row["website"] is None:
        faults.append(FieldError("missing", "Give a phone number or a website.", "/phone"))
    return faults


# Domains that exist on local networks only: RFC 6761, 6762, 8375 and 9476, and those of routers and companies.
PRIVATE_SUFFIXES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa")


def check_website(website: str | None) -> None:
    """Refuse an address whose host nobody else can reach: a list of endings, which no readable pattern leaves out."""
    host = urlsplit(website or "").hostname or ""
    if f".{host}".endswith(tuple(f".{suffix}" for suffix in PRIVATE_SUFFIXES)):
        detail = "Give an address that everybody can reach."
        raise InvalidInput(detail, errors=[FieldError("private_host", detail, "/website")])


class ProviderProfileService:
    def __init__(self, database: Database, search: SearchService, clock: Clock, *, auto_approve: bool) -> None:
        """Take the dependencies; `auto_approve` approves at once what is submitted, through the same states."""
        self._database = database
        self._repository = ProfileRepository(database.reader)
        self._search = search
        self._clock = clock
        self._auto_approve = auto_approve

    async def get(self, caller: Caller) -> ProfileRow:
        row = await self._repository.find(caller.user_id)
        if row is None:
            raise NotFound
        return row

    async def replace(
        self, caller: Caller, content: ProfileContent, *, if_match: str | None
    ) -> tuple[ProfileRow, bool]:
        """Create or replace the profile; return it, and whether this call created it."""
        check_website(content["website"])
        async with self._database.begin() as tx:
            row = await self._repository.lock(tx, caller.user_id)
            if row is None:
                if if_match is not None:
                    etags.check(if_match, 0)
                    # `*` and every tag require that the profile exists (RFC 9110, section 13.1.1).
                    raise PreconditionFailed("There is no profile yet.")
                row = await self._create(tx, caller.user_id, content)
                if row is not None:
                    return row, True
                # A concurrent request of the provider created the profile; this one replaces it.
                row = await self._repository.lock(tx, caller.user_id)
                if row is None:
                    raise Unavailable
            etags.check(if_match, row["version"])
            state = step("edit", ProfileState(row["state"]))
            changes: ProfileChanges = {
                **content,
                "state": state,
                "review_note": None if state != row["state"] else row["review_note"],
            }
            if has_values(row, changes):
                return row, False
            if content["business_name"] != row["business_name"]:
                await self._search.rename_business(tx, row["id"], content["business_name"])
            return await self._repository.update(tx, row["id"], {**changes, "updated_at": self._clock.now()}), False

    async def submit(self, caller: Caller) -> ProfileRow:
        async with self._database.begin() as tx:
            row = await self._repository.lock(tx, caller.user_id)
            if row is None:
                raise NotFound
            state = step("submit", ProfileState(row["state"]))
            if faults := lacking(row):
                raise ProfileIncomplete("The profile lacks what a review needs.", errors=faults)
            now = self._clock.now()
            changes: ProfileChanges = {"submitted_at": now, "updated_at": now}
            if self._auto_approve:
                state = step("approve", state)
                changes["approved_at"] = now
            return await self._repository.update(tx, row["id"], {**changes, "state": state})

    async def find_state(self, tx: AsyncSession, user_id: UUID) -> ProfileStateRow | None:
        """Return the profile's id and state, locked until the transaction ends."""
        return await self._repository.find_state(tx, user_id)

    async def set_concealed(self, tx: AsyncSession, user_id: UUID, *, concealed: bool) -> None:
        """Hide from others what is published under the profile, or show it again as it was."""
        await self._repository.set_concealed(tx, user_id, self._clock.now() if concealed else None)

    async def _create(self, tx: AsyncSession, user_id: UUID, content: ProfileContent) -> ProfileRow | None:
        """Create the profile, or return None if its provider has one already."""
        now = self._clock.now()
        for slug in slugs_of(content["business_name"]):
            new: NewProfile = {
                **content,
                "id": new_id(),
                "user_id": user_id,
                "slug": slug,
                "state": ProfileState.DRAFT,
                "created_at": now,
                "updated_at": now,
                "version": 1,
            }
            row = await self._repository.insert(tx, new)
            if row is not None:
                return row
            if await self._repository.lock(tx, user_id) is not None:
                return None
        raise Unavailable
