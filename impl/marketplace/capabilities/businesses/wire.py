"""Businesses on the wire, as services name who offers them."""

from uuid import UUID

from typing_extensions import TypedDict

from generated import replies


class ProviderColumns(TypedDict):
    """Columns of the profile that a row of a service names."""

    profile_id: UUID
    profile_slug: str
    business_name: str
    website: str | None
    service_radius_km: int | None


def provider_to_wire(row: ProviderColumns) -> replies.ProviderSummary:
    return {
        "id": row["profile_id"],
        "slug": row["profile_slug"],
        "business_name": row["business_name"],
        "website": row["website"],
        "service_radius_km": row["service_radius_km"],
    }
