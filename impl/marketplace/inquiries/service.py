"""Service of inquiries: recipients and answers, and changes, additions and withdrawal by the owner."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Final, Required, TypedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import INQUIRY_STATE_MACHINE, RECIPIENT_STATE_MACHINE, InquiryState, RecipientState
from impl.identity.capabilities.letters.service import Texts
from impl.kernel import etags, idempotency, outbox
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import InvalidInput, InvalidTransition, JsonValue, LimitReached, NotFound
from impl.kernel.paging import Moment, Page, fetched
from impl.kernel.rows import has_values
from impl.kernel.states import next_state
from impl.marketplace.capabilities.contact_details.service import mask
from impl.marketplace.capabilities.inquiries.service import (
    KINDS,
    TOPIC,
    InquiryRecords,
    Letter,
    LockedInquiry,
    present_state,
)
from impl.marketplace.capabilities.inquiries.tables import (
    InquiryChanges,
    InquiryContent,
    NewRecipient,
    RecipientKind,
)
from impl.marketplace.capabilities.notice_mails.service import NoticeMails
from impl.marketplace.capabilities.questions.service import QuestionsService, check_answers
from impl.marketplace.inquiries.repository import ChosenRow, InquiryRepository, InquiryRow, RecipientRow
from openapi.runtime.wire import FieldError, Reply

__all__ = ["Choice", "InquiriesService", "InquiryRow", "RecipientRow", "Shown"]

MOST_OPEN: Final = 20
MOST_RECIPIENTS: Final = 5
_AT_ONCE: Final = 100
# Members of an answer that hold its value, by the kind of its question.
_VALUES: Final = {
    "TEXT": "text",
    "CHOICE": "choice",
    "MULTIPLE": "choices",
    "NUMBER": "number",
    "DATE": "answer_date",
    "BOOLEAN": "boolean",
}
_TEMPLATES: Final = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Choice:
    """Choice of a business, by a service or by its profile."""

    kind: RecipientKind
    id: UUID


@dataclass(frozen=True, slots=True)
class Shown:
    """An inquiry as its owner sees it."""

    row: InquiryRow
    recipients: Sequence[RecipientRow]

    def reader(self) -> RecipientRow | None:
        """Return a recipient who lets the inquiry not be changed any more, if there is one."""
        changeable = RECIPIENT_STATE_MACHINE.before("updateInquiry")
        return next((one for one in self.recipients if RecipientState(one["state"]) not in changeable), None)

    def possible_steps(self, now: datetime) -> list[str]:
        """Return the steps that the inquiry leaves to its owner, by their operations."""
        refused = {
            "updateInquiry": self.reader() is not None,
            "addInquiryRecipient": len(self.recipients) >= MOST_RECIPIENTS,
        }
        state = present_state(InquiryState(self.row["state"]), self.row["expires_at"], now)
        steps = INQUIRY_STATE_MACHINE.operations(state)
        return [step for step in steps if not refused.get(step, False)]

    def edition(self, now: datetime) -> str:
        """Return the text behind the ETag, which changes with whatever is shown: names of businesses as well."""
        return etags.edition(self.row["version"], self.row, *self.recipients, {"possible": self.possible_steps(now)})


class _LetterValues(TypedDict, total=False):
    """Values of the templates; each letter has some of them."""

    id: Required[UUID]
    title: Required[str]
    category: Required[str]
    others: int
    until: date
    business: str | None
    decline_reason: str | None
    note: str | None


class InquiriesService:
    def __init__(
        self, *, database: Database, records: InquiryRecords, questions: QuestionsService, clock: Clock
    ) -> None:
        self._database = database
        self._records = records
        self._questions = questions
        self._clock = clock
        self._repository = InquiryRepository(database.reader)

    # ---- reading

    async def page(
        self, caller: Caller, state: InquiryState | None, *, after: Moment | None, limit: int
    ) -> Page[Shown]:
        found = await self._repository.page(caller.user_id, state, after=after, limit=fetched(limit))
        page = Page.of(found, limit)
        recipients = await self._repository.recipients([row["id"] for row in page.items])
        items = [Shown(row, [one for one in recipients if one["inquiry_id"] == row["id"]]) for row in page.items]
        return Page(items, more=page.more)

    async def count(self, caller: Caller, state: InquiryState | None) -> int:
        return await self._repository.count(caller.user_id, state)

    async def get(self, caller: Caller, inquiry_id: UUID) -> Shown:
        return _shown(await self._repository.find_own(caller.user_id, inquiry_id))

    # ---- changing

    async def create[ReplyT: Reply](
        self,
        caller: Caller,
        content: InquiryContent,
        choices: Sequence[Choice],
        serialize: Callable[[Shown], ReplyT],
    ) -> ReplyT:
        """Send an inquiry and return its reply; an idempotency key keeps its bytes."""
        await self._check_answers(content)
        self._check_days(content["wanted_from"], content["wanted_until"], content["wanted_dates"])
        new = self._records.new(caller.user_id, content)
        async with self._database.begin() as tx:
            await self._repository.take_turns(tx, caller.user_id)
            ground = await self._repository.ground(
                tx,
                caller.user_id,
                category_id=content["category_id"],
                property_id=content["property_id"],
                **_of_kind(choices),
            )
            if ground is None:
                raise NotFound("There is no such category.")
            if not ground.has_property:
                raise NotFound("There is no such property.")
            named = {f"/recipients/{number}/id": choice for number, choice in enumerate(choices)}
            chosen = _chosen(caller, named, ground.chosen)
            detail = f"You have {MOST_OPEN} open inquiries already. Withdraw one first."
            await idempotency.refuse_beyond(
                self._database.reader, caller, detail, number=ground.open_inquiries, most=MOST_OPEN
            )
            recipients = [self._recipient(new["id"], one) for one in chosen]
            await self._records.send(tx, caller, new, recipients)
            reply = serialize(await self._shown(tx, caller, new["id"]))
            await idempotency.store_reply(tx, caller, reply)
        return reply

    async def change(self, caller: Caller, inquiry_id: UUID, changes: InquiryChanges, *, if_match: str | None) -> Shown:
        """Set these values while no recipient has read the inquiry; equal values are no change."""
        async with self._database.begin() as tx:
            inquiry, shown = await self._lock(tx, caller, inquiry_id, if_match)
            next_state(INQUIRY_STATE_MACHINE, inquiry["state"], "updateInquiry")
            if (reader := shown.reader()) is not None:
                others = INQUIRY_STATE_MACHINE.operations(inquiry["state"])
                raise InvalidTransition(reader["state"], [step for step in others if step != "updateInquiry"])
            self._check_days(changes.get("wanted_from"), changes.get("wanted_until"), changes.get("wanted_dates", []))
            if has_values(shown.row, {**changes}):
                return shown
            await self._records.change(tx, inquiry, "updateInquiry", changes)
            await self._records.record(tx, "inquiry.edited", caller, inquiry_id, {"fields": sorted(changes)})
            return await self._shown(tx, caller, inquiry_id)

    async def add(self, caller: Caller, inquiry_id: UUID, choice: Choice, *, if_match: str | None) -> Shown:
        """Ask one more provider; who was asked already is not asked again."""
        async with self._database.begin() as tx:
            inquiry, shown = await self._lock(tx, caller, inquiry_id, if_match)
            found = await self._repository.chosen(tx, caller.user_id, **_of_kind([choice]))
            (chosen,) = _chosen(caller, {"/id": choice}, found)
            next_state(INQUIRY_STATE_MACHINE, inquiry["state"], "addInquiryRecipient")
            if any(one["provider_id"] == chosen["user_id"] for one in shown.recipients):
                return shown
            if len(shown.recipients) >= MOST_RECIPIENTS:
                raise LimitReached(f"At most {MOST_RECIPIENTS} providers are asked at once.", MOST_RECIPIENTS)
            await self._records.add(tx, caller, inquiry, self._recipient(inquiry_id, chosen))
            return await self._shown(tx, caller, inquiry_id)

    async def withdraw(self, caller: Caller, inquiry_id: UUID, *, if_match: str | None) -> Shown:
        async with self._database.begin() as tx:
            inquiry = await self._lock_own(tx, caller, inquiry_id)
            if if_match is not None:
                etags.check(if_match, (await self._shown(tx, caller, inquiry_id)).edition(self._clock.now()))
            await self._records.end(tx, caller, inquiry, "withdrawInquiry")
            await self._records.record(tx, "inquiry.withdrawn", caller, inquiry_id)
            return await self._shown(tx, caller, inquiry_id)

    # ---- for the worker

    async def end_inquiries(self) -> bool:
        """Expire due inquiries and send reminders; return whether more are due."""
        if not await self._records.has_due():
            return False
        async with self._database.begin() as tx:
            return await self._records.attend_due(tx, limit=_AT_ONCE) == _AT_ONCE

    def outbox_handlers(self, mails: NoticeMails) -> Mapping[str, outbox.Handler]:
        """Return the handlers of the outbox messages about inquiries, by topic; `mails` sends them."""
        return {TOPIC: partial(self._mail, mails, Texts(_TEMPLATES))}

    async def _mail(self, mails: NoticeMails, texts: Texts, message: outbox.Message) -> None:
        """Mail a party, unless the letter is out of date; providers learn nothing of the homeowner."""
        letter = Letter(str(message.payload["letter"]))
        inquiry_id, recipient_id = UUID(str(message.payload["inquiry_id"])), message.payload["recipient_id"]
        row = await self._repository.find(inquiry_id)
        if row is None or (letter is not Letter.DECLINED and row["state"] != InquiryState.OPEN):
            return
        recipients = await self._repository.recipients([inquiry_id])
        recipient = next((one for one in recipients if str(one["id"]) == recipient_id), None)
        values: _LetterValues = {"id": inquiry_id, "title": row["title"], "category": row["category_name"]}
        reader = row["owner_id"]
        match letter:
            case Letter.RECEIVED:
                if recipient is None or recipient["state"] != RecipientState.SENT:
                    return
                reader = recipient["provider_id"]
                values["title"] = mask(row["title"], await self._repository.regions(recipient["id"])).text
                values["others"], values["until"] = len(recipients) - 1, row["expires_at"].date()
            case Letter.DECLINED:
                if recipient is None or recipient["state"] != RecipientState.DECLINED:
                    return
                values["business"] = recipient["business_name"]
                values["decline_reason"], values["note"] = recipient["decline_reason"], recipient["note"]
            case Letter.ENDING:
                values["until"] = row["expires_at"].date()
        await mails.send(message, KINDS[letter], reader, texts, letter, values=values)

    # ---- shared

    async def _check_answers(self, content: InquiryContent) -> None:
        """Refuse answers to questions that are not the present ones, or that do not fit them."""
        asked = await self._questions.present(content["category_id"])
        if content["questions_version"] != (asked["number"] or 0):
            detail = "Other questions are asked now."
            raise InvalidInput(errors=[FieldError("outdated", detail, pointer="/questions_version")])
        questions, answers = asked["questions"] or [], content["answers"]
        errors = [*_faults(answers, {question["key"]: question["kind"] for question in questions})]
        if not errors:
            places = {str(answer["key"]): number for number, answer in enumerate(answers)}
            values = {str(answer["key"]): answer[_VALUES[str(answer["kind"])]] for answer in answers}
            for fault in check_answers(questions, values):
                number = places.get((fault.pointer or "").removeprefix("/"))
                pointer = "/answers" if number is None else f"/answers/{number}"
                errors.append(FieldError(fault.code, fault.detail, pointer=pointer))
        if errors:
            raise InvalidInput(errors=errors)

    def _check_days(self, begins: date | None, ends: date | None, days: Sequence[str]) -> None:
        """Refuse days that have passed, and a window that ends before it begins."""
        today = self._clock.now().date()
        errors: list[FieldError] = []
        if ends is not None and ends < today:
            errors.append(FieldError("in_the_past", "has passed", pointer="/timing/until_date"))
        if begins is not None and ends is not None and begins > ends:
            errors.append(FieldError("out_of_range", "is before the first day", pointer="/timing/until_date"))
        for number, day in enumerate(days):
            if day < today.isoformat():
                errors.append(FieldError("in_the_past", "has passed", pointer=f"/timing/dates/{number}"))
        if errors:
            raise InvalidInput(errors=errors)

    def _recipient(self, inquiry_id: UUID, chosen: ChosenRow) -> NewRecipient:
        return self._records.new_recipient(inquiry_id, chosen["user_id"], chosen["service_id"])

    async def _lock(
        self, tx: AsyncSession, caller: Caller, inquiry_id: UUID, if_match: str | None
    ) -> tuple[LockedInquiry, Shown]:
        """Return the caller's inquiry, locked, and as it is shown."""
        inquiry = await self._lock_own(tx, caller, inquiry_id)
        shown = await self._shown(tx, caller, inquiry_id)
        etags.check(if_match, shown.edition(self._clock.now()))
        return inquiry, shown

    async def _lock_own(self, tx: AsyncSession, caller: Caller, inquiry_id: UUID) -> LockedInquiry:
        inquiry = await self._records.lock(tx, inquiry_id)
        if inquiry["owner_id"] != caller.user_id:
            raise NotFound
        return inquiry

    async def _shown(self, tx: AsyncSession, caller: Caller, inquiry_id: UUID) -> Shown:
        return _shown(await self._repository.own_in(tx, caller.user_id, inquiry_id))


class _OfKind(TypedDict):
    services: list[UUID]
    profiles: list[UUID]


def _of_kind(choices: Sequence[Choice]) -> _OfKind:
    return {
        "services": [one.id for one in choices if one.kind is RecipientKind.SERVICE],
        "profiles": [one.id for one in choices if one.kind is RecipientKind.PROVIDER],
    }


def _chosen(caller: Caller, choices: Mapping[str, Choice], found: Sequence[ChosenRow]) -> list[ChosenRow]:
    """Return who is chosen, by its place in the body; refuse what nobody sees, one's own, and a business twice."""
    by_choice = {
        Choice(RecipientKind.PROVIDER, row["profile_id"])
        if row["service_id"] is None
        else Choice(RecipientKind.SERVICE, row["service_id"]): row
        for row in found
    }
    chosen: list[ChosenRow] = []
    errors: list[FieldError] = []
    for pointer, choice in choices.items():
        row = by_choice.get(choice)
        if row is None:
            raise NotFound(f"There is no such {choice.kind.lower()} to ask.")
        if row["user_id"] == caller.user_id:
            errors.append(FieldError("own_business", "is your own business", pointer=pointer))
        elif row["user_id"] in {one["user_id"] for one in chosen}:
            errors.append(FieldError("not_unique", "is of a business that is asked already", pointer=pointer))
        chosen.append(row)
    if errors:
        raise InvalidInput(errors=errors)
    return chosen


def _shown(found: tuple[InquiryRow, Sequence[RecipientRow]] | None) -> Shown:
    if found is None:
        raise NotFound
    return Shown(*found)


def _faults(answers: Sequence[Mapping[str, JsonValue]], kinds: Mapping[str, str]) -> Iterator[FieldError]:
    """Yield faults of answers: of another type than the question, or second answers to one question."""
    seen: set[str] = set()
    for number, answer in enumerate(answers):
        key, kind = str(answer["key"]), str(answer["kind"])
        if key in seen:
            yield FieldError("not_unique", "Answer each once.", pointer=f"/answers/{number}/key")
        elif kinds.get(key, kind) != kind:
            yield FieldError("wrong_type", f"It is answered as {kinds[key]}.", pointer=f"/answers/{number}/kind")
        seen.add(key)
