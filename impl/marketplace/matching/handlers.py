"""Handler that proposes businesses."""

from typing import override

from generated import models, replies
from generated.routers.matching import AbstractMatchingHandlers, MatchProvidersOk
from impl.kernel.caller import AnonymousClient, Caller
from impl.marketplace.capabilities.businesses.service import public_business_of
from impl.marketplace.matching.service import Match, MatchingService


def _to_wire(match: Match) -> replies.ProviderMatch:
    row, slot = match.row, match.earliest_slot
    return {
        "provider": public_business_of(row["profile_id"], row["slug"], row["business_name"]),
        "service": {"id": row["service_id"], "title": row["service_title"]},
        "distance_km": match.distance_km,
        "response_hours": match.response_hours,
        "open_inquiries": row["open_inquiries"],
        "earliest_slot": None if slot is None else {"starts_at": slot.starts_at, "ends_at": slot.ends_at},
        "score": match.score,
        "reasons": [{"kind": models.MatchReasonKind(kind), "points": points} for kind, points in match.reasons],
    }


class MatchingHandlers(AbstractMatchingHandlers[Caller, AnonymousClient]):
    def __init__(self, service: MatchingService) -> None:
        self._service = service

    @override
    async def match_providers(self, caller: Caller, *, body: models.ProviderMatchRequest) -> MatchProvidersOk:
        found = await self._service.match(caller, property_id=body.property_id, category_id=body.category_id)
        return MatchProvidersOk({"items": [_to_wire(match) for match in found]})
