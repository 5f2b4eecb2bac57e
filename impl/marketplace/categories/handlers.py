"""Handlers of the category tree, as staff see it."""

from typing import override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.categories import (
    AbstractCategoriesHandlers,
    CreateCategoryCreated,
    DeleteCategoryNoContent,
    GetCategoryQuestionsOk,
    GetManagedCategoryOk,
    GetManagedCategoryQuestionsOk,
    ListManagedCategoriesOk,
    MoveCategoryOk,
    ReplaceCategoryOk,
    ReplaceCategoryQuestionsOk,
    RetireCategoryOk,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.etags import etag
from impl.marketplace.capabilities.questions.service import QuestionKind, QuestionsRow
from impl.marketplace.capabilities.questions.tables import Question
from impl.marketplace.categories.service import Managed, ManagedCategoriesService, Placed


def _category(managed: Managed) -> replies.ManagedCategory:
    row = managed.row
    return {
        "id": row["id"],
        "parent_id": row["parent_id"],
        "slug": row["slug"],
        "name": row["name"],
        "former_slugs": managed.former_slugs,
        "retired_at": row["retired_at"],
        "replaced_by_id": row["replaced_by_id"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _placed(placed: Placed) -> replies.CategoryInTree:
    row = placed.row
    return {
        "id": row["id"],
        "parent_id": row["parent_id"],
        "depth": placed.depth,
        "slug": row["slug"],
        "name": row["name"],
        "former_slugs": placed.former_slugs,
        "retired_at": row["retired_at"],
        "replaced_by_id": row["replaced_by_id"],
        "service_count": placed.service_count,
        "listing_count": placed.listing_count,
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _tag(managed: Managed) -> str:
    return etag(managed.row["version"])


def _serialize_created(managed: Managed) -> CreateCategoryCreated:
    location = policies.GET_MANAGED_CATEGORY.path.format(category_id=managed.row["id"])
    return CreateCategoryCreated(_category(managed), location=location, etag=_tag(managed))


def _question(body: models.Question) -> Question:
    question: Question = {
        "kind": body.kind,
        "key": body.key,
        "label": body.label,
        "help": body.help,
        "required": body.required,
        "choices": [],
        "max_choices": None,
        "max_length": None,
        "minimum": None,
        "maximum": None,
    }
    if isinstance(body, models.QuestionText):
        question["max_length"] = body.max_length
    if isinstance(body, models.QuestionChoice | models.QuestionMultiple):
        question["choices"] = [{"key": choice.key, "label": choice.label} for choice in body.choices]
    if isinstance(body, models.QuestionMultiple):
        question["max_choices"] = body.max_choices
    if isinstance(body, models.QuestionNumber):
        question["minimum"], question["maximum"] = body.minimum, body.maximum
    return question


def _question_to_wire(question: Question) -> replies.Question:
    key, label, explained, required = question["key"], question["label"], question["help"], question["required"]
    choices: list[replies.QuestionOption] = [{"key": one["key"], "label": one["label"]} for one in question["choices"]]
    match QuestionKind(question["kind"]):
        case QuestionKind.TEXT:
            most = question["max_length"] or 0
            return {
                "kind": "TEXT",
                "key": key,
                "label": label,
                "help": explained,
                "required": required,
                "max_length": most,
            }
        case QuestionKind.CHOICE:
            return {
                "kind": "CHOICE",
                "key": key,
                "label": label,
                "help": explained,
                "required": required,
                "choices": choices,
            }
        case QuestionKind.MULTIPLE:
            return {
                "kind": "MULTIPLE",
                "key": key,
                "label": label,
                "help": explained,
                "required": required,
                "choices": choices,
                "max_choices": question["max_choices"],
            }
        case QuestionKind.NUMBER:
            return {
                "kind": "NUMBER",
                "key": key,
                "label": label,
                "help": explained,
                "required": required,
                "minimum": question["minimum"],
                "maximum": question["maximum"],
            }
        case QuestionKind.DATE:
            return {"kind": "DATE", "key": key, "label": label, "help": explained, "required": required}
        case QuestionKind.BOOLEAN:
            return {"kind": "BOOLEAN", "key": key, "label": label, "help": explained, "required": required}


def _questions(row: QuestionsRow) -> replies.ManagedCategoryQuestions:
    return {
        "category_id": row["category_id"],
        "version": row["number"] or 0,
        "created_at": row["created_at"],
        "questions": [_question_to_wire(one) for one in row["questions"] or ()],
    }


class CategoriesHandlers(AbstractCategoriesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: ManagedCategoriesService) -> None:
        self._service = service

    @override
    async def get_category_questions(
        self, client: AnonymousClient, *, slug: str, version: int | None
    ) -> GetCategoryQuestionsOk:
        row = await self._service.questions_of_slug(slug, version)
        return GetCategoryQuestionsOk(
            {
                "category": {"id": row["category_id"], "slug": row["slug"], "name": row["name"]},
                "version": row["number"] or 0,
                "created_at": row["created_at"],
                "questions": [_question_to_wire(one) for one in row["questions"] or ()],
            }
        )

    @override
    async def list_managed_categories(self, caller: Caller) -> ListManagedCategoriesOk:
        return ListManagedCategoriesOk({"items": [_placed(one) for one in await self._service.tree()]})

    @override
    async def create_category(self, caller: Caller, *, body: models.CategoryCreate) -> CreateCategoryCreated:
        return await self._service.create(caller, body.parent_id, body.slug, body.name, _serialize_created)

    @override
    async def get_managed_category(self, caller: Caller, *, category_id: UUID) -> GetManagedCategoryOk:
        managed = await self._service.get(category_id)
        return GetManagedCategoryOk(_category(managed), etag=_tag(managed))

    @override
    async def replace_category(
        self, caller: Caller, *, category_id: UUID, if_match: str | None, body: models.CategoryReplace
    ) -> ReplaceCategoryOk:
        managed = await self._service.rename(caller, category_id, body.slug, body.name, if_match=if_match)
        return ReplaceCategoryOk(_category(managed), etag=_tag(managed))

    @override
    async def delete_category(
        self, caller: Caller, *, category_id: UUID, if_match: str | None
    ) -> DeleteCategoryNoContent:
        await self._service.delete(caller, category_id, if_match=if_match)
        return DeleteCategoryNoContent()

    @override
    async def move_category(
        self, caller: Caller, *, category_id: UUID, if_match: str | None, body: models.CategoryMove
    ) -> MoveCategoryOk:
        managed = await self._service.move(caller, category_id, body.parent_id, body.after_id, if_match=if_match)
        return MoveCategoryOk(_category(managed), etag=_tag(managed))

    @override
    async def retire_category(
        self, caller: Caller, *, category_id: UUID, if_match: str | None, body: models.CategoryRetire
    ) -> RetireCategoryOk:
        managed = await self._service.retire(caller, category_id, body.replacement_id, if_match=if_match)
        return RetireCategoryOk(_category(managed), etag=_tag(managed))

    @override
    async def get_managed_category_questions(
        self, caller: Caller, *, category_id: UUID
    ) -> GetManagedCategoryQuestionsOk:
        row = await self._service.questions(category_id)
        return GetManagedCategoryQuestionsOk(_questions(row), etag=etag(row["number"] or 0))

    @override
    async def replace_category_questions(
        self, caller: Caller, *, category_id: UUID, if_match: str | None, body: models.CategoryQuestionsReplace
    ) -> ReplaceCategoryQuestionsOk:
        questions = [_question(one) for one in body.questions]
        row = await self._service.replace_questions(caller, category_id, questions, if_match=if_match)
        return ReplaceCategoryQuestionsOk(_questions(row), etag=etag(row["number"] or 0))
