"""Service of the questions of categories: versions that stay, and what an answer to one of them must be."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel import etags
from impl.kernel.clock import Clock
from impl.kernel.errors import InvalidInput, JsonValue, NotFound
from impl.kernel.reader import Reader
from impl.marketplace.capabilities.questions.repository import QuestionsRepository, QuestionsRow
from impl.marketplace.capabilities.questions.tables import Question
from openapi.runtime.wire import FieldError

__all__ = ["QuestionKind", "QuestionsRow", "QuestionsService", "check_answers", "check_questions"]

_DAY: Final = re.compile(r"[1-8][0-9]{3}-[0-9]{2}-[0-9]{2}")


class QuestionKind(StrEnum):
    TEXT = "TEXT"
    CHOICE = "CHOICE"
    MULTIPLE = "MULTIPLE"
    NUMBER = "NUMBER"
    DATE = "DATE"
    BOOLEAN = "BOOLEAN"


def check_questions(questions: Sequence[Question]) -> Iterator[FieldError]:
    """Yield faults of questions that their schema cannot express."""
    yield from _repeated([question["key"] for question in questions], "/questions/{}/key")
    for number, question in enumerate(questions):
        place = f"/questions/{number}"
        yield from _repeated([choice["key"] for choice in question["choices"]], f"{place}/choices/{{}}/key")
        low, high = question["minimum"], question["maximum"]
        if low is not None and high is not None and low > high:
            yield FieldError("out_of_range", "The lowest number is above the highest one.", pointer=f"{place}/minimum")
        most = question["max_choices"]
        if most is not None and most > len(question["choices"]):
            yield FieldError("out_of_range", "There are fewer choices.", pointer=f"{place}/max_choices")


def _repeated(keys: Sequence[str], pointer: str) -> Iterator[FieldError]:
    for number, key in enumerate(keys):
        if key in keys[:number]:
            yield FieldError("not_unique", "Another one has this key.", pointer=pointer.format(number))


def check_answers(questions: Sequence[Question], answers: Mapping[str, JsonValue]) -> list[FieldError]:
    """Return the faults of answers to one version of a category's questions.

    `answers` are by the keys of the questions. TEXT takes a string, CHOICE the key of a choice, MULTIPLE a list of such
    keys, NUMBER a number, DATE a string `YYYY-MM-DD`, BOOLEAN true or false; null is no answer. Each error's pointer
    begins at the object of the answers: `/key`.
    """
    keys = {question["key"] for question in questions}
    found = [
        FieldError("unknown", "Nothing of this name is asked.", pointer=f"/{key}") for key in answers.keys() - keys
    ]
    for question in questions:
        answer = answers.get(question["key"])
        if answer is None:
            wrong = _unanswered(question) if question["required"] else None
        else:
            wrong = _fault(question, answer)
        if wrong is not None:
            code, detail = wrong
            found.append(FieldError(code, detail, pointer=f"/{question['key']}"))
    return found


def _unanswered(question: Question) -> tuple[str, str]:
    """Name the question: where no answer was sent, the pointer of the error is that of all answers."""
    return "missing", f"“{question['label']}” has to be answered."


def _fault(question: Question, answer: JsonValue) -> tuple[str, str] | None:
    match QuestionKind(question["kind"]):
        case QuestionKind.TEXT:
            return _fault_of_text(question, answer)
        case QuestionKind.CHOICE:
            return _fault_of_choices(question, [answer])
        case QuestionKind.MULTIPLE:
            if not isinstance(answer, list):
                return "wrong_type", "Send a list of keys."
            return _fault_of_choices(question, answer)
        case QuestionKind.NUMBER:
            return _fault_of_number(question, answer)
        case QuestionKind.DATE:
            return None if isinstance(answer, str) and _is_day(answer) else ("wrong_format", "Send a day, YYYY-MM-DD.")
        case QuestionKind.BOOLEAN:
            return None if isinstance(answer, bool) else ("wrong_type", "Send true or false.")


def _fault_of_text(question: Question, answer: JsonValue) -> tuple[str, str] | None:
    if not isinstance(answer, str):
        return "wrong_type", "Send a text."
    if question["required"] and not answer.strip():
        return _unanswered(question)
    if len(answer) > (question["max_length"] or 0):
        return "too_long", f"At most {question['max_length']} characters."
    return None


def _fault_of_choices(question: Question, answer: Sequence[JsonValue]) -> tuple[str, str] | None:
    keys = {choice["key"] for choice in question["choices"]}
    chosen = [one for one in answer if isinstance(one, str)]
    if len(chosen) < len(answer) or not set(chosen) <= keys:
        return "unknown_value", "Choose among what is offered."
    if len(set(chosen)) < len(chosen):
        return "not_unique", "Choose each once."
    if question["required"] and not chosen:
        return _unanswered(question)
    most = question["max_choices"]
    if most is not None and len(chosen) > most:
        return "too_many", f"Choose {most} at the most."
    return None


def _fault_of_number(question: Question, answer: JsonValue) -> tuple[str, str] | None:
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return "wrong_type", "Send a number."
    low, high = question["minimum"], question["maximum"]
    if low is not None and answer < low:
        return "too_small", f"At least {low}."
    if high is not None and answer > high:
        return "too_large", f"At most {high}."
    return None


def _is_day(text: str) -> bool:
    if _DAY.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class QuestionsService:
    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._repository = QuestionsRepository(reader)
        self._clock = clock

    async def find(self, slug: str, number: int | None) -> QuestionsRow:
        """Return the present questions of the category that the slug leads to, or a version of the one that had it."""
        row = await self._repository.find(slug, number)
        if row is None or (number is not None and (row["number"] or 0) != number):
            raise NotFound
        return row

    async def present(self, category_id: UUID) -> QuestionsRow:
        row = await self._repository.present(category_id)
        if row is None:
            raise NotFound("There is no such category.")
        return row

    async def replace(
        self, tx: AsyncSession, category_id: UUID, questions: list[Question], *, if_match: str | None
    ) -> tuple[QuestionsRow, bool]:
        """Ask other questions from now on; return them, and whether they are others. The caller has the tree."""
        row = await self._repository.present_in(tx, category_id)
        number = row["number"] or 0
        etags.check(if_match, number, required=True)
        if faults := list(check_questions(questions)):
            raise InvalidInput(errors=faults)
        if questions == (row["questions"] or []):
            return row, False
        now = self._clock.now()
        await self._repository.insert(
            tx, {"category_id": category_id, "number": number + 1, "questions": questions, "created_at": now}
        )
        return await self._repository.present_in(tx, category_id), True
