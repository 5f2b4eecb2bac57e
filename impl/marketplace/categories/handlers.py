"""The tree of categories on the wire, as staff see it."""

from typing import override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.categories import (
    AbstractCategoriesHandlers,
    CreateCategoryCreated,
    DeleteCategoryNoContent,
    GetManagedCategoryOk,
    ListManagedCategoriesOk,
    MoveCategoryOk,
    ReplaceCategoryOk,
    RetireCategoryOk,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.etags import etag
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


class CategoriesHandlers(AbstractCategoriesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: ManagedCategoriesService) -> None:
        self._service = service

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
