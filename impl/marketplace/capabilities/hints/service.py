"""Service that notices in a submitted text what a moderator may want to look at; it decides nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from phonenumbers import Leniency, PhoneNumberMatcher
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.clock import Clock
from impl.kernel.errors import InvalidInput, LimitReached, NotFound
from impl.kernel.etags import FIRST_VERSION
from impl.kernel.ids import new_id
from impl.kernel.paging import Moment, Page, fetched
from impl.kernel.reader import Reader
from impl.kernel.words import name_key
from impl.marketplace.capabilities.folded_texts.service import fold, with_letters
from impl.marketplace.capabilities.hints.errors import ForbiddenWordTaken
from impl.marketplace.capabilities.hints.repository import HintsRepository
from impl.marketplace.capabilities.hints.tables import FOLDED_MAX, FoldedWord, WordRow
from impl.marketplace.capabilities.submissions.tables import Hint, HintKind, MaterialField, RevisedField
from openapi.runtime.wire import FieldError

__all__ = ["WORDS_MAX", "FoldedWord", "HintsService", "WordRow", "hints_in"]

HINTS_MAX: Final = 50
# Each submitted text is searched for all of them.
WORDS_MAX: Final = 2000
_TEXT_MAX: Final = 200
# Fields that are there to hold such a thing.
_OWN_PLACE: Final[Mapping[str, str]] = {
    MaterialField.PHONE: HintKind.PHONE_NUMBER,
    MaterialField.WEBSITE: HintKind.WEB_ADDRESS,
}
# Fields of one's own words; numbers of licences look like telephone numbers.
_WORDED: Final = frozenset(
    {
        MaterialField.BUSINESS_NAME,
        MaterialField.ABOUT,
        MaterialField.TITLE,
        MaterialField.DESCRIPTION,
        MaterialField.TAGS,
        MaterialField.PRICING,
    }
)
# A number without its country is read as one of these.
_REGION: Final = "US"
_EMAIL: Final = re.compile(r"[\w.%+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}")
_ENDINGS: Final = "com|net|org|info|biz|io|co|me|shop|site|online|app|us|uk|de|fr|es|it|nl|pl|ca|au"
# The mark that ends a sentence is no part of an address.
_LAST: Final = r"(?<![.,;:!?])"
_ADDRESS: Final = re.compile(
    rf"(?:https?://|www\.)[^\s<>()\"']{{1,190}}{_LAST}"
    rf"|(?<![\w@.\-])(?:[\w\-]{{1,63}}\.){{1,4}}(?:{_ENDINGS})(?![\w\-])(?:/[^\s<>()\"']{{0,120}}{_LAST})?",
    re.IGNORECASE,
)


def words_of(text: str) -> str:
    """Return the folded words of a text with a space around each, in which a phrase is found whatever its case."""
    return f" {name_key(text)} "


def contacts_in(name: str, text: str) -> Iterator[Hint]:
    """Yield the addresses and numbers by which a text leads people elsewhere, in whatever letters and digits."""
    folded = fold(text)
    found: list[tuple[str, int, int]] = [
        (HintKind.EMAIL_ADDRESS, *match.span()) for match in _EMAIL.finditer(folded.text)
    ]
    # As long as the text, so that all places stay.
    without = _EMAIL.sub(_blanks, folded.text)
    found += [(HintKind.WEB_ADDRESS, *match.span()) for match in _ADDRESS.finditer(without)]
    numbers = PhoneNumberMatcher(_ADDRESS.sub(_blanks, without), _REGION, leniency=Leniency.VALID, max_tries=100)
    found += [(HintKind.PHONE_NUMBER, match.start, match.end) for match in numbers]
    for kind, start, end in found:
        if _OWN_PLACE.get(name) != kind:
            part = folded.written(start, end)[:_TEXT_MAX]
            yield {"kind": kind, "field": name, "text": part, "duplicate_of": None}


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _forbidden_in(name: str, text: str, words: Sequence[FoldedWord]) -> Iterator[Hint]:
    # As it is written, and as it is read where letters and digits stand for others that look alike.
    read = {words_of(text), words_of(with_letters(fold(text).text))}
    for word in words:
        if any(f" {word['folded']} " in one for one in read):
            yield {
                "kind": HintKind.FORBIDDEN_WORD,
                "field": name,
                "text": word["word"][:_TEXT_MAX],
                "duplicate_of": None,
            }


def hints_in(
    fields: Sequence[RevisedField], words: Sequence[FoldedWord], *, duplicate_of: UUID | None = None
) -> list[Hint]:
    """Return the hints in the proposed texts for this list of words, at most HINTS_MAX."""
    hints: list[Hint] = []
    if duplicate_of is not None:
        title = next((field["proposed"] for field in fields if field["name"] == MaterialField.TITLE), None) or ""
        hints.append(
            {
                "kind": HintKind.DUPLICATE,
                "field": MaterialField.TITLE,
                "text": title[:_TEXT_MAX],
                "duplicate_of": str(duplicate_of),
            }
        )
    for field in fields:
        name, text = field["name"], field["proposed"]
        if text is None:
            continue
        if name in _WORDED:
            hints += contacts_in(name, text)
        hints += _forbidden_in(name, text, words)
    return hints[:HINTS_MAX]


class HintsService:
    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._repository = HintsRepository(reader)
        self._clock = clock

    async def find(
        self, tx: AsyncSession, fields: Sequence[RevisedField], *, duplicate_of: UUID | None = None
    ) -> list[Hint]:
        """Return the hints in the proposed texts; `duplicate_of` is the service with nearly the same text."""
        return hints_in(fields, await self._repository.words(tx), duplicate_of=duplicate_of)

    # ---- the list of forbidden words, for staff

    async def page(self, *, after: Moment | None, limit: int) -> Page[WordRow]:
        return Page.of(await self._repository.page(after=after, limit=fetched(limit)), limit)

    async def count(self) -> int:
        return await self._repository.count()

    async def get(self, word_id: UUID) -> WordRow:
        row = await self._repository.find(word_id)
        if row is None:
            raise NotFound
        return row

    async def get_locked(self, tx: AsyncSession, word_id: UUID) -> WordRow:
        row = await self._repository.lock(tx, word_id)
        if row is None:
            raise NotFound
        return row

    async def lock_list(self, tx: AsyncSession) -> None:
        """Lock the list of words against other changes until the transaction ends."""
        await self._repository.lock_list(tx)

    async def add(self, tx: AsyncSession, word: str, note: str | None) -> WordRow:
        """Put a word on the list, unless it has that in one spelling or another, or as many as it may have."""
        folded, now = _folded(word), self._clock.now()
        if await self._repository.find_same(tx, folded) is not None:
            raise ForbiddenWordTaken
        if await self._repository.number(tx) >= WORDS_MAX:
            raise LimitReached(f"The list has {WORDS_MAX} words. Delete one first.", WORDS_MAX)
        word_id = new_id()
        await self._repository.insert(
            tx,
            {
                "id": word_id,
                "word": word,
                "folded": folded,
                "note": note,
                "created_at": now,
                "updated_at": now,
                "version": FIRST_VERSION,
            },
        )
        return await self._repository.get_in(tx, word_id)

    async def change(self, tx: AsyncSession, row: WordRow, word: str, note: str | None) -> WordRow:
        """Set word and note of the locked row."""
        folded = _folded(word)
        same = await self._repository.find_same(tx, folded)
        if same is not None and same["id"] != row["id"]:
            raise ForbiddenWordTaken
        now = self._clock.now()
        await self._repository.update(tx, row["id"], {"word": word, "folded": folded, "note": note, "updated_at": now})
        return await self._repository.get_in(tx, row["id"])

    async def remove(self, tx: AsyncSession, word_id: UUID) -> None:
        await self._repository.delete(tx, word_id)


def _folded(word: str) -> str:
    """Return the word as texts are searched for it; refuse one that is much longer then."""
    folded = name_key(word)
    if len(folded) > FOLDED_MAX:
        detail = "It is too long when it is written out."
        raise InvalidInput(detail, errors=[FieldError("too_long", detail, pointer="/word")])
    return folded
