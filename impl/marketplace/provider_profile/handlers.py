"""Handlers of the provider's profile."""

from datetime import date
from typing import override

from generated import models, policies, replies
from generated.routers.provider_profile import (
    AbstractProviderProfileHandlers,
    GetProviderProfileOk,
    ReplaceProviderProfileCreated,
    ReplaceProviderProfileOk,
    SubmitProviderProfileOk,
)
from generated.states import ProfileState
from impl.kernel import etags
from impl.kernel.caller import AnonymousClient, Caller
from impl.marketplace.capabilities.geography.service import Point
from impl.marketplace.capabilities.geography.wire import coordinates_to_wire
from impl.marketplace.capabilities.submissions.service import SubmissionRow
from impl.marketplace.capabilities.submissions.wire import revision_to_wire
from impl.marketplace.provider_profile.repository import ProfileRow
from impl.marketplace.provider_profile.service import ProviderProfileService, material_of, proposed_of
from impl.marketplace.provider_profile.tables import ProfileContent


def _to_wire(row: ProfileRow, revision: SubmissionRow | None) -> replies.ProviderProfile:
    # What its owner wrote last, also while others see an earlier text.
    written = proposed_of(revision) if revision is not None and revision["is_revision"] else material_of(row)
    return {
        "id": row["id"],
        "slug": row["slug"],
        "business_name": written["business_name"],
        "about": written["about"],
        "phone": written["phone"],
        "website": written["website"],
        "base_point": coordinates_to_wire(row["base_latitude"], row["base_longitude"]),
        "service_radius_km": row["service_radius_km"],
        "licences": [
            {
                "title": licence["title"],
                "number": licence["number"],
                "authority": licence["authority"],
                "expires_date": None
                if licence["expires_date"] is None
                else date.fromisoformat(licence["expires_date"]),
            }
            for licence in written["licences"]
        ],
        "state": ProfileState(row["state"]),
        "review_note": row["review_note"],
        "revision": None if revision is None else revision_to_wire(revision),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _whole(body: models.ProviderProfileReplace, place: Point | None) -> ProfileContent:
    point = body.base_point
    latitude, longitude = place or ((None, None) if point is None else (float(point.latitude), float(point.longitude)))
    return {
        "business_name": body.business_name,
        "about": body.about,
        "phone": body.phone,
        "website": body.website,
        "base_latitude": latitude,
        "base_longitude": longitude,
        "service_radius_km": body.service_radius_km,
        "licences": [
            {
                "title": licence.title,
                "number": licence.number,
                "authority": licence.authority,
                "expires_date": None if licence.expires_date is None else licence.expires_date.isoformat(),
            }
            for licence in body.licences or ()
        ],
    }


class ProviderProfileHandlers(AbstractProviderProfileHandlers[Caller, AnonymousClient]):
    def __init__(self, service: ProviderProfileService) -> None:
        self._service = service

    async def _with_revision(self, row: ProfileRow) -> replies.ProviderProfile:
        return _to_wire(row, await self._service.revision_of(row))

    @override
    async def get_provider_profile(self, caller: Caller) -> GetProviderProfileOk:
        row = await self._service.get(caller)
        return GetProviderProfileOk(await self._with_revision(row), etag=etags.etag(row["version"]))

    @override
    async def replace_provider_profile(
        self, caller: Caller, *, if_match: str | None, body: models.ProviderProfileReplace
    ) -> ReplaceProviderProfileOk | ReplaceProviderProfileCreated:
        place = await self._service.point_of_place(body.base_place, has_point=body.base_point is not None)
        row, made = await self._service.replace(caller, _whole(body, place), if_match=if_match)
        etag = etags.etag(row["version"])
        if made:
            return ReplaceProviderProfileCreated(
                _to_wire(row, None), location=policies.GET_PROVIDER_PROFILE.path, etag=etag
            )
        return ReplaceProviderProfileOk(await self._with_revision(row), etag=etag)

    @override
    async def submit_provider_profile(self, caller: Caller) -> SubmitProviderProfileOk:
        row = await self._service.submit(caller)
        return SubmitProviderProfileOk(await self._with_revision(row), etag=etags.etag(row["version"]))
