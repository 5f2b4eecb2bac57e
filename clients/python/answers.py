"""Answers to the questions of a category; mypy proves that no kind of question is missing."""

from __future__ import annotations

import datetime as dt
from typing import assert_never

from hestami_client import models

type Question = (
    models.QuestionText
    | models.QuestionChoice
    | models.QuestionMultiple
    | models.QuestionNumber
    | models.QuestionDate
    | models.QuestionBoolean
)
type Answer = (
    models.AnswerText
    | models.AnswerChoice
    | models.AnswerMultiple
    | models.AnswerNumber
    | models.AnswerDay
    | models.AnswerBoolean
)


def answers_to(questions: list[Question]) -> list[Answer]:
    """Answer what has to be answered with something that fits."""
    return [_answer(question) for question in questions if question.required]


def _answer(question: Question) -> Answer:
    match question:
        case models.QuestionText(key=key):
            return models.AnswerText(kind="TEXT", key=key, text="In spring.")
        case models.QuestionChoice(key=key, choices=choices):
            return models.AnswerChoice(kind="CHOICE", key=key, choice=choices[0].key)
        case models.QuestionMultiple(key=key, choices=choices):
            return models.AnswerMultiple(kind="MULTIPLE", key=key, choices=[choices[0].key])
        case models.QuestionNumber(key=key, minimum=minimum):
            return models.AnswerNumber(kind="NUMBER", key=key, number=1 if minimum is None else minimum)
        case models.QuestionDate(key=key):
            return models.AnswerDay(kind="DATE", key=key, answer_date=dt.date(2031, 3, 10))
        case models.QuestionBoolean(key=key):
            return models.AnswerBoolean(kind="BOOLEAN", key=key, boolean=True)
        case _:
            assert_never(question)
