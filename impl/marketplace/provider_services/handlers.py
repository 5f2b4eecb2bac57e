"""Handlers of services, for their provider and for signed-in homeowners."""

from typing import override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.provider_services import (
    AbstractProviderServicesHandlers,
    CreateServiceCreated,
    DeleteServiceNoContent,
    GetProviderServiceOk,
    ListProviderServicesOk,
    PauseServiceOk,
    ReplaceServiceOk,
    ResumeServiceOk,
    SubmitServiceOk,
    UpdateServiceOk,
)
from generated.states import ServiceState
from impl.kernel import etags
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.capabilities.businesses.wire import provider_to_wire
from impl.marketplace.capabilities.listings.tables import PricingKind
from impl.marketplace.capabilities.listings.wire import pricing_to_wire
from impl.marketplace.capabilities.submissions.service import SubmissionRow
from impl.marketplace.capabilities.submissions.wire import revision_to_wire
from impl.marketplace.provider_services.repository import Filters, OwnRow, ServiceRow, UnpresentedRow
from impl.marketplace.provider_services.service import ProviderServicesService, edition
from impl.marketplace.provider_services.tables import PricingColumns, ServiceChanges, ServiceContent

STATES = {state.value: state for state in ServiceState}


def _provider(row: ServiceRow) -> replies.ProviderSummary | None:
    return None if row["profile_id"] is None else provider_to_wire(row)


def _to_wire(row: ServiceRow, revision: SubmissionRow | None = None) -> replies.Service:
    return {
        "id": row["id"],
        "provider": _provider(row),
        "category": {"id": row["category_id"], "slug": row["category_slug"], "name": row["category_name"]},
        "title": row["title"],
        "description": row["description"],
        "pricing": pricing_to_wire(row),
        "duration_minutes": row["duration_minutes"],
        "tags": row["tags"],
        "state": STATES[row["state"]],
        "review_note": row["review_note"],
        "has_pending_changes": row["has_pending_changes"],
        "revision": None if revision is None else revision_to_wire(revision),
        "published_at": row["published_at"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _tag(row: ServiceRow) -> str:
    return etags.etag(edition(row))


def _serialize_created(row: OwnRow | UnpresentedRow) -> CreateServiceCreated:
    location = policies.GET_PROVIDER_SERVICE.path.format(service_id=row["id"])
    return CreateServiceCreated(_to_wire(row), location=location, etag=_tag(row))


def _added(row: ServiceRow) -> Moment:
    return row["created_at"], row["id"]


def _published(row: ServiceRow) -> Moment:
    # Services that others see have been published.
    return row["published_at"] or row["created_at"], row["id"]


def _priced(pricing: models.Pricing) -> PricingColumns:
    price = None if isinstance(pricing, models.PricingQuote) else pricing.price
    return {
        "pricing_kind": PricingKind(pricing.kind),
        "price_minor": None if price is None else price.amount_minor,
        "currency": None if price is None else price.currency.value,
        "price_unit": pricing.unit if isinstance(pricing, models.PricingPerUnit) else None,
    }


def _whole(body: models.ServiceCreate | models.ServiceReplace) -> ServiceContent:
    return {
        "category_id": body.category_id,
        "title": body.title,
        "description": body.description,
        **_priced(body.pricing),
        "duration_minutes": body.duration_minutes,
        "tags": list(body.tags or ()),
    }


def _changes_of(body: models.ServiceUpdate) -> ServiceChanges:
    """Return the fields that a merge patch names; null is a value, refused by the model where it is not allowed."""
    changes: ServiceChanges = {}
    if body.category_id is not None:
        changes["category_id"] = body.category_id
    if body.title is not None:
        changes["title"] = body.title
    if body.description is not None:
        changes["description"] = body.description
    if body.pricing is not None:
        changes = {**changes, **_priced(body.pricing)}
    if "duration_minutes" in body.model_fields_set:
        changes["duration_minutes"] = body.duration_minutes
    if body.tags is not None:
        changes["tags"] = body.tags
    return changes


class ProviderServicesHandlers(AbstractProviderServicesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: ProviderServicesService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    async def _with_revision(self, row: ServiceRow) -> replies.Service:
        revisions = await self._service.revisions_of([row])
        return _to_wire(row, revisions.get(row["id"]))

    @override
    async def list_provider_services(
        self,
        caller: Caller,
        *,
        scope: models.ServiceScope | None,
        state: ServiceState | None,
        category: str | None,
        sort: models.ServiceSort,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListProviderServicesOk:
        whose = self._service.scope(caller, None if scope is None else scope.value)
        filters = Filters(state=state, category=category)
        # One's own services are ordered by creation, those of others by publication.
        moment_of = _added if whose == "mine" else _published
        owner = caller.user_id if whose == "mine" else "all"
        bound = f"listProviderServices {owner} {sort.value} {filters.cursor_scope()}"
        page = await self._service.page(
            caller,
            whose,
            filters,
            descending=sort is models.ServiceSort.CREATED_AT_DESC,
            after=self._cursors.decode_moment(cursor, scope=bound),
            limit=limit,
        )
        revisions = await self._service.revisions_of(page.items)
        total = await self._service.count(caller, whose, filters) if include_total else None
        return ListProviderServicesOk(
            {
                "items": [_to_wire(row, revisions.get(row["id"])) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, moment_of, scope=bound),
                **capped(total),
            }
        )

    @override
    async def create_service(self, caller: Caller, *, body: models.ServiceCreate) -> CreateServiceCreated:
        return await self._service.create(caller, _whole(body), _serialize_created)

    @override
    async def get_provider_service(self, caller: Caller, *, service_id: UUID) -> GetProviderServiceOk:
        row = await self._service.get(caller, service_id)
        return GetProviderServiceOk(await self._with_revision(row), etag=_tag(row))

    @override
    async def replace_service(
        self, caller: Caller, *, service_id: UUID, if_match: str | None, body: models.ServiceReplace
    ) -> ReplaceServiceOk:
        row = await self._service.change(caller, service_id, "replaceService", {**_whole(body)}, if_match=if_match)
        return ReplaceServiceOk(await self._with_revision(row), etag=_tag(row))

    @override
    async def update_service(
        self, caller: Caller, *, service_id: UUID, if_match: str | None, body: models.ServiceUpdate
    ) -> UpdateServiceOk:
        row = await self._service.change(caller, service_id, "updateService", _changes_of(body), if_match=if_match)
        return UpdateServiceOk(await self._with_revision(row), etag=_tag(row))

    @override
    async def delete_service(self, caller: Caller, *, service_id: UUID, if_match: str | None) -> DeleteServiceNoContent:
        await self._service.archive(caller, service_id, if_match=if_match)
        return DeleteServiceNoContent()

    @override
    async def submit_service(self, caller: Caller, *, service_id: UUID) -> SubmitServiceOk:
        row = await self._service.submit(caller, service_id)
        return SubmitServiceOk(await self._with_revision(row), etag=_tag(row))

    @override
    async def pause_service(self, caller: Caller, *, service_id: UUID) -> PauseServiceOk:
        row = await self._service.pause(caller, service_id)
        return PauseServiceOk(await self._with_revision(row), etag=_tag(row))

    @override
    async def resume_service(self, caller: Caller, *, service_id: UUID) -> ResumeServiceOk:
        row = await self._service.resume(caller, service_id)
        return ResumeServiceOk(await self._with_revision(row), etag=_tag(row))
