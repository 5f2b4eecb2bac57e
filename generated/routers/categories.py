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
    """The category is there."""

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

        The questions that staff have written for the category, in the order to ask them. A category has its own ones only: nothing is inherited from the group above it. Each
        edit makes another `version`, and earlier ones stay: `version` reads what was asked then, and 0 is the version without questions, with which each category begins.

        Without `version`, a slug that the category had before leads to it, and that of a retired category to the one that has taken its place. With `version` it is the category
        itself that is read, retired or not. 404 when no category has or had the slug, or there is no such version.
        """

    @abstractmethod
    async def list_managed_categories(self, caller: CallerT) -> ListManagedCategoriesOk:
        """List all categories, as staff see them.

        All categories, the retired ones included: each group is followed by what lies below it, in the order to show. The counts say what depends on a category.
        """

    @abstractmethod
    async def create_category(self, caller: CallerT, *, body: models.CategoryCreate) -> CreateCategoryCreated:
        """Add a category.

        As the last one below its parent, or at the top. The tree has four levels at the most (409 `category-too-deep`). A slug belongs to the category that had it first, for good: one that any
        category has or had is 409 `category-slug-taken`. Where there is no room it is 409 `category-limit`. 404 when there is no such parent, 409 `category-retired` when it is retired.
        """

    @abstractmethod
    async def get_managed_category(
        self, caller: CallerT, *, category_id: UUID
    ) -> GetManagedCategoryOk | GetManagedCategoryNotModified:
        """Get a category, as staff see it.

        With all that it was called before. Its `ETag` changes with every change of the category itself.
        """

    @abstractmethod
    async def replace_category(
        self, caller: CallerT, *, category_id: UUID, if_match: str | None, body: models.CategoryReplace
    ) -> ReplaceCategoryOk:
        """Rename a category.

        Sets its name and its slug. What the slug was before leads to the category as well; the category may have it back, no other may (409 `category-slug-taken`). Services are found by the
        new name at once, but the last of more than a hundred some seconds later. After 100 others it is 409 `category-limit`. A retired category stays as it is: 409 `category-retired`. `If-Match` is required.
        """

    @abstractmethod
    async def delete_category(
        self, caller: CallerT, *, category_id: UUID, if_match: str | None
    ) -> DeleteCategoryNoContent:
        """Delete a category that was never used.

        Only while no service is filed under it, archived ones included, nothing lies below it, it has not replaced another, and it never had questions: else 409 `category-in-use`; retire it instead.
        `If-Match` is required.
        """

    @abstractmethod
    async def move_category(
        self, caller: CallerT, *, category_id: UUID, if_match: str | None, body: models.CategoryMove
    ) -> MoveCategoryOk:
        """Move a category in the tree.

        With all that lies below it. `after_id` is the neighbour that it follows then; null makes it the first. Services are found under the new parent, and no longer under the old one: the first hundred at once, others within seconds; each in one of both at any time.

        - 409 `category-circle`: the new parent is the category itself, or lies below it. Of two moves at once that together would make a circle, the second is refused.
        - 409 `category-too-deep`: the tree would have more than four levels.
        - 409 `category-limit`: the new parent has 200 others below it.
        - 409 `category-retired`: the new parent is retired.
        - 404: there is no such parent, or no such neighbour below it.

        `If-Match` is required. Its neighbours' `ETag`s stay.
        """

    @abstractmethod
    async def retire_category(
        self, caller: CallerT, *, category_id: UUID, if_match: str | None, body: models.CategoryRetire
    ) -> RetireCategoryOk:
        """Retire a category in favour of another.

        Its services are filed under the replacement, published or not, without a review: the first hundred at once, others within seconds. When all are, its slugs lead there,
        also when the replacement is retired in its turn; nobody can choose it any more. It stays in the list for staff, for good. What lies below it has to be moved or retired first.

        - 409 `category-in-use`: something that is not retired lies below it.
        - 409 `category-circle`: the replacement is the category itself.
        - 409 `category-retired`: it is retired already, or the replacement is.
        - 404: there is no such replacement.

        `If-Match` is required.
        """

    @abstractmethod
    async def get_managed_category_questions(
        self, caller: CallerT, *, category_id: UUID
    ) -> GetManagedCategoryQuestionsOk | GetManagedCategoryQuestionsNotModified:
        """Get the questions of a category, as staff see them.

        The present version. Its `ETag` is the version that the next edit replaces. Earlier ones are at `GET /categories/{slug}/questions?version=`.
        """

    @abstractmethod
    async def replace_category_questions(
        self, caller: CallerT, *, category_id: UUID, if_match: str | None, body: models.CategoryQuestionsReplace
    ) -> ReplaceCategoryQuestionsOk:
        """Replace the questions of a category.

        Makes another version of the questions, unless these are the present ones. What was asked before stays readable, so that its answers keep their meaning. Keys are different from each other
        (422 `not_unique`), those of a question's choices too; a lower bound is not above the upper one (422 `out_of_range`). A retired category stays as it is: 409 `category-retired`. `If-Match` is required.
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
