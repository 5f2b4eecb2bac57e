"""Business in short, of the rows that name one: in one place, for each handler that shows it."""

from uuid import UUID

from typing_extensions import TypedDict


class BusinessColumns(TypedDict):
    """Columns of a business that is joined; all None while it is not public. Any row with these columns fits."""

    profile_id: UUID | None
    profile_slug: str | None
    business_name: str | None


class Business(TypedDict):
    """Business as the wire has it in short."""

    id: UUID
    slug: str
    business_name: str


def public_business_of(profile_id: UUID, slug: str, name: str) -> Business:
    """Return a business that is public for certain."""
    return {"id": profile_id, "slug": slug, "business_name": name}


def business_of(row: BusinessColumns) -> Business | None:
    """Return the business that the row names; None while it is not public."""
    profile_id, slug, name = row["profile_id"], row["profile_slug"], row["business_name"]
    if profile_id is None or slug is None or name is None:
        return None
    return public_business_of(profile_id, slug, name)
