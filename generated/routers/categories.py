# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The categories operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime import texts
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_CATEGORY_QUESTIONS: JsonWriter[replies.CategoryQuestions] = JsonWriter(replies.CategoryQuestions)
_MANAGED_CATEGORIES: JsonWriter[replies.ManagedCategories] = JsonWriter(replies.ManagedCategories)
_MANAGED_CATEGORY: JsonWriter[replies.ManagedCategory] = JsonWriter(replies.ManagedCategory)
_MANAGED_CATEGORY_QUESTIONS: JsonWriter[replies.ManagedCategoryQuestions] = JsonWriter(replies.ManagedCategoryQuestions)


class GetCategoryQuestionsOk(Reply):
    """The questions."""

    __slots__ = ()

    def __init__(self, body: replies.CategoryQuestions) -> None:
        super().__init__(200, {"content-type": "application/json"}, _CATEGORY_QUESTIONS.dump_json(body))


class GetCategoryQuestionsNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(304, {})


class ListManagedCategoriesOk(Reply):
    """The tree, in order."""

    __slots__ = ()

    def __init__(self, body: replies.ManagedCategories) -> None:
        super().__init__(200, {"content-type": "application/json"}, _MANAGED_CATEGORIES.dump_json(body))


class CreateCategoryCreated(Reply):
    """The category was added."""

    __slots__ = ()

    def __init__(self, body: replies.ManagedCategory, *, location: str, etag: str) -> None:
        super().__init__(
            201,
            {"content-type": "application/json", "location": location, "etag": etag},
            _MANAGED_CATEGORY.dump_json(body),
        )


class GetManagedCategoryOk(Reply):
    """The category."""

    __slots__ = ()

    def __init__(self, body: replies.ManagedCategory, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _MANAGED_CATEGORY.dump_json(body))


class GetManagedCategoryNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ReplaceCategoryOk(Reply):
    """The category."""

    __slots__ = ()

    def __init__(self, body: replies.ManagedCategory, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _MANAGED_CATEGORY.dump_json(body))


class DeleteCategoryNoContent(Reply):
    """Deleted."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class MoveCategoryOk(Reply):
    """The category."""

    __slots__ = ()

    def __init__(self, body: replies.ManagedCategory, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _MANAGED_CATEGORY.dump_json(body))


class RetireCategoryOk(Reply):
    """The category."""

    __slots__ = ()

    def __init__(self, body: replies.ManagedCategory, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _MANAGED_CATEGORY.dump_json(body))


class GetManagedCategoryQuestionsOk(Reply):
    """The questions."""

    __slots__ = ()

    def __init__(self, body: replies.ManagedCategoryQuestions, *, etag: str) -> None:
        super().__init__(
            200, {"content-type": "application/json", "etag": etag}, _MANAGED_CATEGORY_QUESTIONS.dump_json(body)
        )


class GetManagedCategoryQuestionsNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ReplaceCategoryQuestionsOk(Reply):
    """The questions."""

    __slots__ = ()

    def __init__(self, body: replies.ManagedCategoryQuestions, *, etag: str) -> None:
        super().__init__(
            200, {"content-type": "application/json", "etag": etag}, _MANAGED_CATEGORY_QUESTIONS.dump_json(body)
        )


class AbstractCategoriesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged categories."""

    @abstractmethod
    async def get_category_questions(
        self, client: ClientT, *, slug: str, version: int | None
    ) -> GetCategoryQuestionsOk | GetCategoryQuestionsNotModified:
        """Get the questions of a category.

        The questions that staff have written for the category, in order. Questions of a parent are not inherited. Each edit creates a new `version`, and earlier
        versions stay readable with `version`; version 0 has no questions.

        Without `version`, a former slug leads to its category, and that of a retired category to the replacement. With `version` the category itself is
        read, retired or not. 404: no category has or had the slug, or there is no such version.
        """

    @abstractmethod
    async def list_managed_categories(self, caller: CallerT) -> ListManagedCategoriesOk:
        """List all categories, as staff see them.

        All categories including retired ones, in the order to show; the categories below a group follow it. The counts show what depends on a category.
        """

    @abstractmethod
    async def create_category(self, caller: CallerT, *, body: models.CategoryCreate) -> CreateCategoryCreated:
        """Add a category.

        Adds it as the last one below its parent, or at the top level.

        - 404: there is no such parent. 409 `category-retired`: the parent is retired.
        - 409 `category-too-deep`: the tree has at most four levels.
        - 409 `category-slug-taken`: a category has or had this slug.
        - 409 `category-limit`: the parent has no room for another.
        """

    @abstractmethod
    async def get_managed_category(
        self, caller: CallerT, *, category_id: UUID
    ) -> GetManagedCategoryOk | GetManagedCategoryNotModified:
        """Get a category, as staff see it.

        Includes its former slugs. Its `ETag` changes with every change of the category itself.
        """

    @abstractmethod
    async def replace_category(
        self, caller: CallerT, *, category_id: UUID, if_match: str | None, body: models.CategoryReplace
    ) -> ReplaceCategoryOk:
        """Rename a category.

        Sets name and slug. Former slugs still lead to the category, which may take them back. Services are found by the new name at once; of more than a
        hundred, the rest within seconds. `If-Match` is required.

        - 409 `category-slug-taken`: another category has or had this slug.
        - 409 `category-limit`: the category has had 100 other slugs.
        - 409 `category-retired`: a retired category cannot be changed.
        """

    @abstractmethod
    async def delete_category(
        self, caller: CallerT, *, category_id: UUID, if_match: str | None
    ) -> DeleteCategoryNoContent:
        """Delete a category that was never used.

        Only a category that was never used: no services (archived ones included), no categories below it, no questions, and it has not replaced another. Otherwise
        409 `category-in-use`: retire it instead. `If-Match` is required.
        """

    @abstractmethod
    async def move_category(
        self, caller: CallerT, *, category_id: UUID, if_match: str | None, body: models.CategoryMove
    ) -> MoveCategoryOk:
        """Move a category in the tree.

        Moves the category with everything below it. `after_id` is the neighbour that it follows; null makes it the first. Services are found under the new
        parent: the first hundred at once, others within seconds, each under exactly one parent at any time.

        - 404: there is no such parent, or no such neighbour below it.
        - 409 `category-circle`: the new parent is the category itself or below it. Of two concurrent moves that would form a circle, the second is refused.
        - 409 `category-too-deep`: the tree would have more than four levels.
        - 409 `category-limit`: the new parent has 200 categories below it.
        - 409 `category-retired`: the new parent is retired.

        `If-Match` is required. The `ETag`s of its neighbours do not change.
        """

    @abstractmethod
    async def retire_category(
        self, caller: CallerT, *, category_id: UUID, if_match: str | None, body: models.CategoryRetire
    ) -> RetireCategoryOk:
        """Retire a category in favour of another.

        Moves its services to the replacement, published or not, without a review: the first hundred at once, others within seconds. Then its slugs lead to the
        replacement, also after that one is retired in turn. A retired category cannot be chosen, and stays in the list for staff. Move or retire the categories below it first.

        - 404: there is no such replacement.
        - 409 `category-in-use`: a category below it is not retired.
        - 409 `category-circle`: the replacement is the category itself.
        - 409 `category-retired`: the category or the replacement is retired already.

        `If-Match` is required.
        """

    @abstractmethod
    async def get_managed_category_questions(
        self, caller: CallerT, *, category_id: UUID
    ) -> GetManagedCategoryQuestionsOk | GetManagedCategoryQuestionsNotModified:
        """Get the questions of a category, as staff see them.

        The current version. Its `ETag` belongs to the version that the next edit replaces. Earlier versions are at `GET /categories/{slug}/questions?version=`.
        """

    @abstractmethod
    async def replace_category_questions(
        self, caller: CallerT, *, category_id: UUID, if_match: str | None, body: models.CategoryQuestionsReplace
    ) -> ReplaceCategoryQuestionsOk:
        """Replace the questions of a category.

        Creates a new version, unless nothing changes. Earlier versions stay readable, for the answers that refer to them. `If-Match` is required.

        - 422 `not_unique`: two questions, or two choices of a question, have the same key.
        - 422 `out_of_range`: a lower bound is above the upper one.
        - 409 `category-retired`: a retired category cannot be changed.
        """


_GET_CATEGORY_QUESTIONS = Inputs(
    Parameters(
        parameters.GetCategoryQuestionsParameters,
        path={"slug": Field()},
        query={"version": Field(texts.integer)},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_LIST_MANAGED_CATEGORIES = Inputs(Parameters(NoParameters), NoBody())

_CREATE_CATEGORY = Inputs(
    Parameters(parameters.CreateCategoryParameters, headers={"idempotency_key": ("Idempotency-Key", Field())}),
    Body[models.CategoryCreate]({"application/json": JsonMedia(TypeAdapter(models.CategoryCreate))}),
)

_GET_MANAGED_CATEGORY = Inputs(
    Parameters(
        parameters.GetManagedCategoryParameters,
        path={"category_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_REPLACE_CATEGORY = Inputs(
    Parameters(
        parameters.ReplaceCategoryParameters, path={"category_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.CategoryReplace]({"application/json": JsonMedia(TypeAdapter(models.CategoryReplace))}),
)

_DELETE_CATEGORY = Inputs(
    Parameters(
        parameters.DeleteCategoryParameters, path={"category_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    NoBody(),
)

_MOVE_CATEGORY = Inputs(
    Parameters(
        parameters.MoveCategoryParameters, path={"category_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.CategoryMove]({"application/json": JsonMedia(TypeAdapter(models.CategoryMove))}),
)

_RETIRE_CATEGORY = Inputs(
    Parameters(
        parameters.RetireCategoryParameters, path={"category_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.CategoryRetire]({"application/json": JsonMedia(TypeAdapter(models.CategoryRetire))}),
)

_GET_MANAGED_CATEGORY_QUESTIONS = Inputs(
    Parameters(
        parameters.GetManagedCategoryQuestionsParameters,
        path={"category_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_REPLACE_CATEGORY_QUESTIONS = Inputs(
    Parameters(
        parameters.ReplaceCategoryQuestionsParameters,
        path={"category_id": Field()},
        headers={"if_match": ("If-Match", Field())},
    ),
    Body[models.CategoryQuestionsReplace](
        {"application/json": JsonMedia(TypeAdapter(models.CategoryQuestionsReplace))}
    ),
)


def build_router[CallerT, ClientT](
    handlers: AbstractCategoriesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractCategoriesHandlers, handlers)

    async def get_category_questions(request: Request) -> Reply:
        client = await guard.admit(request, policies.GET_CATEGORY_QUESTIONS)
        given = await _GET_CATEGORY_QUESTIONS.read(request)
        return await guard.cached(
            request,
            policies.GET_CATEGORY_QUESTIONS,
            lambda: handlers.get_category_questions(
                client, slug=given.parameters.slug, version=given.parameters.version
            ),
        )

    async def list_managed_categories(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_MANAGED_CATEGORIES)
        await _LIST_MANAGED_CATEGORIES.read(request)
        return await handlers.list_managed_categories(caller)

    async def create_category(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_CATEGORY)
        given = await _CREATE_CATEGORY.read(request)
        claimed = await guard.once(request, policies.CREATE_CATEGORY, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_category(claimed, body=given.body)

    async def get_managed_category(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_MANAGED_CATEGORY)
        given = await _GET_MANAGED_CATEGORY.read(request)
        return await handlers.get_managed_category(caller, category_id=given.parameters.category_id)

    async def replace_category(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_CATEGORY)
        given = await _REPLACE_CATEGORY.read(request)
        return await handlers.replace_category(
            caller, category_id=given.parameters.category_id, if_match=given.parameters.if_match, body=given.body
        )

    async def delete_category(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELETE_CATEGORY)
        given = await _DELETE_CATEGORY.read(request)
        return await handlers.delete_category(
            caller, category_id=given.parameters.category_id, if_match=given.parameters.if_match
        )

    async def move_category(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.MOVE_CATEGORY)
        given = await _MOVE_CATEGORY.read(request)
        return await handlers.move_category(
            caller, category_id=given.parameters.category_id, if_match=given.parameters.if_match, body=given.body
        )

    async def retire_category(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.RETIRE_CATEGORY)
        given = await _RETIRE_CATEGORY.read(request)
        return await handlers.retire_category(
            caller, category_id=given.parameters.category_id, if_match=given.parameters.if_match, body=given.body
        )

    async def get_managed_category_questions(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_MANAGED_CATEGORY_QUESTIONS)
        given = await _GET_MANAGED_CATEGORY_QUESTIONS.read(request)
        return await handlers.get_managed_category_questions(caller, category_id=given.parameters.category_id)

    async def replace_category_questions(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_CATEGORY_QUESTIONS)
        given = await _REPLACE_CATEGORY_QUESTIONS.read(request)
        return await handlers.replace_category_questions(
            caller, category_id=given.parameters.category_id, if_match=given.parameters.if_match, body=given.body
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.GET_CATEGORY_QUESTIONS, get_category_questions),
            OperationRoute(policies.LIST_MANAGED_CATEGORIES, list_managed_categories),
            OperationRoute(policies.CREATE_CATEGORY, create_category),
            OperationRoute(policies.GET_MANAGED_CATEGORY, get_managed_category),
            OperationRoute(policies.REPLACE_CATEGORY, replace_category),
            OperationRoute(policies.DELETE_CATEGORY, delete_category),
            OperationRoute(policies.MOVE_CATEGORY, move_category),
            OperationRoute(policies.RETIRE_CATEGORY, retire_category),
            OperationRoute(policies.GET_MANAGED_CATEGORY_QUESTIONS, get_managed_category_questions),
            OperationRoute(policies.REPLACE_CATEGORY_QUESTIONS, replace_category_questions),
        ]
    )
    return router
