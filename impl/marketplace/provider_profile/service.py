"""Service of a provider's profile: its completeness, the steps of its review, and the page that follows it."""

from typing import Literal, cast
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import PROFILE_STATE_MACHINE, ProfileState, ProfileStateStep
from impl.kernel import etags
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import (
    InvalidInput,
    JsonValue,
    NotFound,
    PreconditionFailed,
    Unavailable,
)
from impl.kernel.ids import NIL, new_id
from impl.kernel.rows import has_values
from impl.kernel.states import next_state
from impl.marketplace.capabilities.geography.service import Point, coarse_area
from impl.marketplace.capabilities.hints.service import HintsService
from impl.marketplace.capabilities.pages.service import PagesService
from impl.marketplace.capabilities.search.service import SearchService
from impl.marketplace.capabilities.submissions.service import SubmissionRow, SubmissionsService, revised_fields
from impl.marketplace.capabilities.submissions.tables import MaterialField, SubmissionKind
from impl.marketplace.places.service import PlacesService
from impl.marketplace.provider_profile.errors import ProfileIncomplete, two_bases, unknown_base
from impl.marketplace.provider_profile.repository import (
    ProfileRepository,
    ProfileRow,
    ProfileStateRow,
)
from impl.marketplace.provider_profile.tables import (
    Licence,
    MaterialContent,
    ModeratedRow,
    NewProfile,
    ProfileChanges,
    ProfileContent,
)
from openapi.runtime.wire import FieldError


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


def material_of(content: ProfileContent | ProfileRow) -> MaterialContent:
    """Return the fields that are reviewed after an edit (`MaterialField` of the contract)."""
    return {
        "business_name": content["business_name"],
        "about": content["about"],
        "phone": content["phone"],
        "website": content["website"],
        "licences": content["licences"],
    }


def proposed_of(submission: SubmissionRow) -> MaterialContent:
    """Return the text that waits, as `material_of` gave it to the submission."""
    return cast("MaterialContent", submission["content"])


def _licence_line(licence: Licence) -> str:
    parts = (licence["title"], licence["number"], licence["authority"], licence["expires_date"])
    return ", ".join(part for part in parts if part)


def texts_of(content: MaterialContent) -> dict[str, str | None]:
    """Return the material fields as texts to show."""
    return {
        MaterialField.BUSINESS_NAME: content["business_name"],
        MaterialField.ABOUT: content["about"],
        MaterialField.PHONE: content["phone"],
        MaterialField.WEBSITE: content["website"],
        MaterialField.LICENCES: "\n".join(map(_licence_line, content["licences"])),
    }


# Domains that exist on local networks only: RFC 6761, 6762, 8375 and 9476, and those of routers and companies.
PRIVATE_SUFFIXES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa")


def check_website(website: str | None) -> None:
    """Refuse an address whose host nobody else can reach: a list of endings, which no readable pattern leaves out."""
    host = urlsplit(website or "").hostname or ""
    if f".{host}".endswith(tuple(f".{suffix}" for suffix in PRIVATE_SUFFIXES)):
        detail = "Give an address that everybody can reach."
        raise InvalidInput(detail, errors=[FieldError("private_host", detail, "/website")])


class ProviderProfileService:
    def __init__(
        self,
        *,
        database: Database,
        search: SearchService,
        submissions: SubmissionsService,
        hints: HintsService,
        pages: PagesService,
        places: PlacesService,
        clock: Clock,
        auto_approve: bool,
    ) -> None:
        """Take the dependencies; `auto_approve` approves at once what is submitted, through the same states."""
        self._database = database
        self._repository = ProfileRepository(database.reader)
        self._search = search
        self._submissions = submissions
        self._hints = hints
        self._pages = pages
        self._places = places
        self._clock = clock
        self._auto_approve = auto_approve

    async def get(self, caller: Caller) -> ProfileRow:
        row = await self._repository.find(caller.user_id)
        if row is None:
            raise NotFound
        return row

    async def revision_of(self, row: ProfileRow) -> SubmissionRow | None:
        """Return what of the profile waits for its review or was rejected."""
        return await self._submissions.current_of_profile(row["id"])

    async def point_of_place(self, place_id: UUID | None, *, has_point: bool) -> Point | None:
        """Return where the chosen place is; refuse one that is not there, and a place beside a point."""
        if place_id is None:
            return None
        if has_point:
            raise two_bases()
        place = await self._places.find(place_id)
        if place is None:
            raise unknown_base()
        return place["latitude"], place["longitude"]

    async def replace(
        self, caller: Caller, content: ProfileContent, *, if_match: str | None
    ) -> tuple[ProfileRow, bool]:
        """Create or replace the profile; return it, and whether this call created it."""
        check_website(content["website"])
        town = await self._town_of(content["base_latitude"], content["base_longitude"])
        async with self._database.begin() as tx:
            row = await self._repository.lock(tx, caller.user_id)
            if row is None:
                if if_match is not None:
                    etags.check(if_match, 0)
                    # `*` and every tag require that the profile exists (RFC 9110, section 13.1.1).
                    raise PreconditionFailed("There is no profile yet.")
                row = await self._create(tx, caller.user_id, content, town)
                if row is not None:
                    return row, True
                # A concurrent request of the provider created the profile; this one replaces it.
                row = await self._repository.lock(tx, caller.user_id)
                if row is None:
                    raise Unavailable
            etags.check(if_match, row["version"])
            state = next_state(PROFILE_STATE_MACHINE, ProfileState(row["state"]), "replaceProviderProfile")
            if state is ProfileState.APPROVED and await self._is_reviewed(tx, caller.user_id, row["id"]):
                return await self._edit_published(tx, caller.user_id, row, content, town), False
            changes: ProfileChanges = {
                **content,
                "base_place_id": town,
                "state": state,
                "review_note": None if state != row["state"] else row["review_note"],
            }
            if has_values(row, changes):
                return row, False
            if state is ProfileState.PENDING_REVIEW:
                await self._put(tx, caller.user_id, row["id"], None, material_of(content))
            else:
                await self._submissions.withdraw(tx, SubmissionKind.PROFILE, row["id"])
            return await self._write(tx, row, {**changes, "updated_at": self._clock.now()}), False

    async def _edit_published(
        self, tx: AsyncSession, user_id: UUID, row: ProfileRow, content: ProfileContent, town: UUID | None
    ) -> ProfileRow:
        """Submit material changes for review, and publish the others at once."""
        current = await self._submissions.lock_current(tx, SubmissionKind.PROFILE, row["id"])
        published, proposed = material_of(row), material_of(content)
        live: ProfileChanges = {
            "base_latitude": content["base_latitude"],
            "base_longitude": content["base_longitude"],
            "service_radius_km": content["service_radius_km"],
            "base_place_id": town,
        }
        if has_values(row, live) and proposed == (published if current is None else proposed_of(current)):
            return row
        if proposed == published:
            await self._submissions.withdraw(tx, SubmissionKind.PROFILE, row["id"])
        elif current is None or proposed != proposed_of(current):
            await self._put(tx, user_id, row["id"], published, proposed)
        return await self._write(tx, row, {**live, "review_note": None, "updated_at": self._clock.now()})

    async def _put(
        self,
        tx: AsyncSession,
        user_id: UUID,
        profile_id: UUID,
        published: MaterialContent | None,
        proposed: MaterialContent,
    ) -> None:
        fields = revised_fields(None if published is None else texts_of(published), texts_of(proposed))
        await self._submissions.put(
            tx,
            {
                "kind": SubmissionKind.PROFILE,
                "owner_id": user_id,
                "profile_id": profile_id,
                "service_id": None,
                "is_revision": published is not None,
                "fields": fields,
                "content": cast("dict[str, JsonValue]", proposed),
                "hints": await self._hints.find(tx, fields),
            },
        )

    async def submit(self, caller: Caller) -> ProfileRow:
        async with self._database.begin() as tx:
            row = await self._repository.lock(tx, caller.user_id)
            if row is None:
                raise NotFound
            is_reviewed = await self._is_reviewed(tx, caller.user_id, row["id"])
            wanted = ProfileState.PENDING_REVIEW if is_reviewed else ProfileState.APPROVED
            state = next_state(PROFILE_STATE_MACHINE, ProfileState(row["state"]), "submitProviderProfile", to=wanted)
            if faults := lacking(row):
                raise ProfileIncomplete("The profile lacks what a review needs.", errors=faults)
            now = self._clock.now()
            changes: ProfileChanges = {"submitted_at": now, "updated_at": now}
            if is_reviewed:
                await self._put(tx, caller.user_id, row["id"], None, material_of(row))
            else:
                changes["approved_at"] = now
            return await self._write(tx, row, {**changes, "state": state})

    async def _is_reviewed(self, tx: AsyncSession, user_id: UUID, profile_id: UUID) -> bool:
        """Return whether staff review what the profile is to say, as they do after they have rejected it."""
        return not self._auto_approve or await self._submissions.is_rejected(
            tx, SubmissionKind.PROFILE, user_id, profile_id
        )

    # ---- decisions of staff, inside their transaction

    async def lock(self, tx: AsyncSession, user_id: UUID) -> ProfileRow:
        row = await self._repository.lock(tx, user_id)
        if row is None:
            raise NotFound
        return row

    async def approve(self, tx: AsyncSession, row: ProfileRow, submission: SubmissionRow) -> None:
        """Approve the locked profile with the text that was submitted."""
        state = self._decided(row, ProfileState.APPROVED)
        now = self._clock.now()
        changes: ProfileChanges = {"state": state, "review_note": None, "updated_at": now}
        if submission["is_revision"]:
            proposed = proposed_of(submission)
            changes = {**changes, **proposed}
        else:
            changes["approved_at"] = now
        await self._write(tx, row, changes)

    async def reject(self, tx: AsyncSession, row: ProfileRow, note: str) -> None:
        """Reject what was submitted of the locked profile; what is published stays."""
        state = self._decided(row, ProfileState.REJECTED)
        await self._write(tx, row, {"state": state, "review_note": note, "updated_at": self._clock.now()})

    @staticmethod
    def _decided(row: ProfileRow, outcome: ProfileState) -> ProfileState:
        """Return the state after a decision: what is published already stays what it is."""
        state = ProfileState(row["state"])
        to = state if state is ProfileState.APPROVED else outcome
        return next_state(PROFILE_STATE_MACHINE, state, "decideModerationItem", to=to)

    async def get_moderated(self, tx: AsyncSession, profile_id: UUID) -> ModeratedRow:
        """Return a profile as staff see it, locked until the transaction ends."""
        row = await self.find_moderated(tx, profile_id)
        if row is None:
            raise NotFound
        return row

    async def find_moderated(self, tx: AsyncSession, profile_id: UUID) -> ModeratedRow | None:
        return await self._repository.lock_moderated(tx, profile_id)

    async def suspend(
        self, tx: AsyncSession, row: ModeratedRow, step: Literal["suspendProvider", "decideReport"], note: str
    ) -> ModeratedRow:
        return await self._turn(tx, row, step, note)

    async def reinstate(self, tx: AsyncSession, row: ModeratedRow) -> ModeratedRow:
        return await self._turn(tx, row, "reinstateProvider", None)

    async def _turn(
        self, tx: AsyncSession, row: ModeratedRow, step: ProfileStateStep, note: str | None
    ) -> ModeratedRow:
        state = next_state(PROFILE_STATE_MACHINE, row["state"], step)
        changes: ProfileChanges = {"state": state, "review_note": note, "updated_at": self._clock.now()}
        await self._put_page(tx, await self._repository.update(tx, row["id"], changes))
        return await self._repository.moderated(tx, row["id"])

    async def find_state(self, tx: AsyncSession, user_id: UUID) -> ProfileStateRow | None:
        """Return the profile's id and state, locked until the transaction ends."""
        return await self._repository.find_state(tx, user_id)

    async def set_concealed(self, tx: AsyncSession, user_id: UUID, *, concealed: bool) -> None:
        """Hide everything published under the profile, or show it again unchanged."""
        await self._repository.set_concealed(tx, user_id, self._clock.now() if concealed else None)

    async def touch_verifications(self, tx: AsyncSession, user_id: UUID) -> None:
        """Record that the verified part of the page has changed, without a new version of the profile."""
        await self._repository.set_verifications_changed(tx, user_id, self._clock.now())

    async def place_bases(self) -> int:
        """Set the towns of profiles that have none or one that is gone, after an import; return how many changed.

        Each is a new version: its public page shows the town.
        """
        last_id, placed = NIL, 0
        while rows := await self._repository.unplaced(last_id):
            last_id = rows[-1]["id"]
            towns = [(row, await self._town_of(row["base_latitude"], row["base_longitude"])) for row in rows]
            changed = [(row, town) for row, town in towns if town != row["base_place_id"]]
            async with self._database.begin() as tx:
                for row, town in changed:
                    if await self._repository.set_place(tx, row, town, self._clock.now()) is not None:
                        placed += 1
        return placed

    async def _town_of(self, latitude: float | None, longitude: float | None) -> UUID | None:
        """Return the town nearest to the square kilometre of a base point: no choice of town tells more than that."""
        if latitude is None or longitude is None:
            return None
        return await self._places.nearest_town(coarse_area(latitude, longitude))

    async def _write(self, tx: AsyncSession, row: ProfileRow, changes: ProfileChanges) -> ProfileRow:
        """Change the locked profile, and with it what is kept of it elsewhere: slug, page and words of its listings."""
        before, after = row["business_name"], changes.get("business_name", row["business_name"])
        if after != before:
            await self._search.rename_business(tx, row["id"], after)
            slug = await self._pages.rename(
                tx, row["id"], row["slug"], before, after, published=row["approved_at"] is not None
            )
            changes = {**changes, "slug": slug}
        return await self._put_page(tx, await self._repository.update(tx, row["id"], changes))

    async def _put_page(self, tx: AsyncSession, row: ProfileRow) -> ProfileRow:
        live = row["state"] == ProfileState.APPROVED
        await self._pages.put(tx, row["id"], row, row["approved_at"], live=live)
        return row

    async def _create(
        self, tx: AsyncSession, user_id: UUID, content: ProfileContent, town: UUID | None
    ) -> ProfileRow | None:
        """Create the profile, or return None if its provider has one already."""
        now, profile_id = self._clock.now(), new_id()
        new: NewProfile = {
            **content,
            "base_place_id": town,
            "id": profile_id,
            "user_id": user_id,
            # Nobody's, until the profile is there and can take one.
            "slug": profile_id.hex,
            "state": ProfileState.DRAFT,
            "created_at": now,
            "updated_at": now,
            "version": etags.FIRST_VERSION,
        }
        if await self._repository.insert(tx, new) is None:
            return None
        slug = await self._pages.take(tx, profile_id, content["business_name"])
        return await self._repository.set_slug(tx, profile_id, slug)
