"""Check of answers to the questions of categories."""

import pytest

from impl.kernel.errors import JsonValue
from impl.marketplace.capabilities.questions.service import QuestionKind, check_answers, check_questions
from impl.marketplace.capabilities.questions.tables import Question


def question(
    kind: QuestionKind,
    *,
    required: bool = False,
    choices: str = "",
    max_choices: int | None = None,
    minimum: int | None = None,
    maximum: int | None = None,
) -> Question:
    return {
        "kind": kind.value,
        "key": "asked",
        "label": "Asked",
        "help": "",
        "required": required,
        "choices": [{"key": key, "label": key} for key in choices.split()],
        "max_choices": max_choices,
        "max_length": 5 if kind is QuestionKind.TEXT else None,
        "minimum": minimum,
        "maximum": maximum,
    }


TEXT = question(QuestionKind.TEXT)
CHOICE = question(QuestionKind.CHOICE, choices="tap pipe")
MULTIPLE = question(QuestionKind.MULTIPLE, choices="kitchen bath hall", max_choices=2)
NUMBER = question(QuestionKind.NUMBER, minimum=1, maximum=9)
DATE = question(QuestionKind.DATE)
BOOLEAN = question(QuestionKind.BOOLEAN)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (TEXT, "words"),
        (TEXT, ""),
        (CHOICE, "pipe"),
        (MULTIPLE, ["bath", "kitchen"]),
        (MULTIPLE, []),
        (NUMBER, 1),
        (NUMBER, 8.5),
        (NUMBER, 9),
        (DATE, "2028-02-29"),
        (BOOLEAN, False),
        (TEXT, None),
        (BOOLEAN, None),
    ],
)
def test_an_answer_of_its_kind_is_taken(asked: Question, answer: JsonValue) -> None:
    assert check_answers([asked], {"asked": answer}) == []


@pytest.mark.parametrize(
    ("asked", "answer", "code"),
    [
        (TEXT, "longer", "too_long"),
        (TEXT, 5, "wrong_type"),
        (CHOICE, "roof", "unknown_value"),
        (CHOICE, ["tap"], "unknown_value"),
        (MULTIPLE, "kitchen", "wrong_type"),
        (MULTIPLE, ["kitchen", "roof"], "unknown_value"),
        (MULTIPLE, ["kitchen", "kitchen"], "not_unique"),
        (MULTIPLE, ["kitchen", "bath", "hall"], "too_many"),
        (NUMBER, 0, "too_small"),
        (NUMBER, 9.5, "too_large"),
        (NUMBER, True, "wrong_type"),
        (NUMBER, "5", "wrong_type"),
        (DATE, "2027-02-29", "wrong_format"),
        (DATE, "2027-2-9", "wrong_format"),
        (DATE, 20270209, "wrong_format"),
        (BOOLEAN, 1, "wrong_type"),
    ],
)
def test_another_answer_is_refused_with_its_place(asked: Question, answer: JsonValue, code: str) -> None:
    assert [(one.code, one.pointer) for one in check_answers([asked], {"asked": answer})] == [(code, "/asked")]


@pytest.mark.parametrize("kind", QuestionKind)
@pytest.mark.parametrize("answers", [{}, {"asked": None}])
def test_what_is_required_is_missed(kind: QuestionKind, answers: dict[str, JsonValue]) -> None:
    asked = question(kind, required=True, choices="tap pipe")
    assert [one.code for one in check_answers([asked], answers)] == ["missing"]


def test_an_empty_answer_is_none_where_one_is_required() -> None:
    for asked, answer in (
        (question(QuestionKind.TEXT, required=True), " "),
        (question(QuestionKind.MULTIPLE, required=True, choices="tap pipe"), []),
    ):
        assert [one.code for one in check_answers([asked], {"asked": answer})] == ["missing"]


def test_an_answer_to_nothing_is_unknown() -> None:
    assert [(one.code, one.pointer) for one in check_answers([], {"other": 1})] == [("unknown", "/other")]


@pytest.mark.parametrize(
    ("asked", "pointers"),
    [
        (question(QuestionKind.NUMBER, minimum=1, maximum=2), []),
        (question(QuestionKind.NUMBER, minimum=2, maximum=2), []),
        (question(QuestionKind.NUMBER, minimum=3, maximum=2), ["/questions/0/minimum"]),
        (question(QuestionKind.NUMBER, minimum=3), []),
        (question(QuestionKind.NUMBER, maximum=-3), []),
        (question(QuestionKind.MULTIPLE, choices="a b", max_choices=2), []),
        (question(QuestionKind.MULTIPLE, choices="a b", max_choices=3), ["/questions/0/max_choices"]),
        (question(QuestionKind.CHOICE, choices="a b a"), ["/questions/0/choices/2/key"]),
    ],
)
def test_a_question_that_nobody_could_answer_is_refused(asked: Question, pointers: list[str]) -> None:
    assert [error.pointer for error in check_questions([asked])] == pointers


def test_a_question_may_ask_for_fewer_choices_than_there_are_and_for_one_number() -> None:
    for most in (1, 2, 3):
        assert list(check_questions([question(QuestionKind.MULTIPLE, choices="a b c", max_choices=most)])) == []
    assert list(check_questions([question(QuestionKind.NUMBER, minimum=7, maximum=7)])) == []
    several = [{**TEXT, "key": key} for key in ("a", "b", "a", "b")]
    assert [(error.code, error.pointer) for error in check_questions(several)] == [  # type: ignore[arg-type]  # questions
        ("not_unique", "/questions/2/key"),
        ("not_unique", "/questions/3/key"),
    ]
