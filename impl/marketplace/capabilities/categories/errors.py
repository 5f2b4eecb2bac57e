"""Problems of changes of the category tree."""

from impl.kernel.errors import Problem
from openapi.runtime.wire import FieldError


class CategorySlugTaken(Problem):
    """Raised when a category is to get a slug that another one has or had."""

    status = 409
    slug = "category-slug-taken"
    title = "Slug taken"

    def __init__(self) -> None:
        detail = "Another category has this slug, or had it."
        super().__init__(detail, errors=[FieldError("slug_taken", detail, pointer="/slug")])


class CategoryCircle(Problem):
    """Raised when a category would lie below itself, or replace itself."""

    status = 409
    slug = "category-circle"
    title = "A circle in the tree"

    def __init__(self) -> None:
        super().__init__("A category cannot lie below itself, nor replace itself.")


class CategoryTooDeep(Problem):
    """Raised when the tree would have too many levels."""

    status = 409
    slug = "category-too-deep"
    title = "Too many levels"

    def __init__(self, most: int) -> None:
        super().__init__(f"The tree has {most} levels at the most.")


class CategoryLimit(Problem):
    """Raised when there are as many categories, neighbours or slugs as there may be."""

    status = 409
    slug = "category-limit"
    title = "Too many categories"


class CategoryRetired(Problem):
    """Raised when a category would have to be in use, and is retired."""

    status = 409
    slug = "category-retired"
    title = "Category retired"


class CategoryInUse(Problem):
    """Raised when a category is to be retired or deleted while something depends on it."""

    status = 409
    slug = "category-in-use"
    title = "Category in use"
