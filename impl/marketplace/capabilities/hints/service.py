"""Service that notices in a submitted text what a moderator may want to look at; it decides nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from phonenumbers import Leniency, PhoneNumberMatcher
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.words import name_key
from impl.marketplace.capabilities.hints.repository import HintsRepository
from impl.marketplace.capabilities.hints.tables import FoldedWord
from impl.marketplace.capabilities.submissions.tables import Hint, HintKind, MaterialField, RevisedField

HINTS_MAX: Final = 50
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
_ADDRESS: Final = re.compile(
    rf"(?:https?://|www\.)[^\s<>()\"']{{1,190}}|(?<![\w@.\-])(?:[\w\-]{{1,63}}\.){{1,4}}(?:{_ENDINGS})(?![\w\-])(?:/[^\s<>()\"']{{0,120}})?",
    re.IGNORECASE,
)


def words_of(text: str) -> str:
    """Return the folded words of a text with a space around each, in which a phrase is found whatever its case."""
    return f" {name_key(text)} "


def contacts_in(name: str, text: str) -> Iterator[Hint]:
    """Yield the addresses and numbers by which a text leads people elsewhere."""
    found: list[tuple[str, str]] = [(HintKind.EMAIL_ADDRESS, match[0]) for match in _EMAIL.finditer(text)]
    without = _EMAIL.sub(" ", text)
    found += [(HintKind.WEB_ADDRESS, match[0]) for match in _ADDRESS.finditer(without)]
    numbers = PhoneNumberMatcher(_ADDRESS.sub(" ", without), _REGION, leniency=Leniency.VALID, max_tries=100)
    found += [(HintKind.PHONE_NUMBER, match.raw_string) for match in numbers]
    for kind, part in found:
        if _OWN_PLACE.get(name) != kind:
            yield {"kind": kind, "field": name, "text": part[:_TEXT_MAX], "duplicate_of": None}


def _forbidden_in(name: str, text: str, words: Sequence[FoldedWord]) -> Iterator[Hint]:
    folded = words_of(text)
    for word in words:
        if f" {word['folded']} " in folded:
            yield {
                "kind": HintKind.FORBIDDEN_WORD,
                "field": name,
                "text": word["word"][:_TEXT_MAX],
                "duplicate_of": None,
            }


class HintsService:
    def __init__(self) -> None:
        self._repository = HintsRepository()

    async def find(
        self, tx: AsyncSession, fields: Sequence[RevisedField], *, duplicate_of: UUID | None = None
    ) -> list[Hint]:
        """Return what is noticed in the proposed texts; `duplicate_of` is the service that says the same."""
        words = await self._repository.words(tx)
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
