"""Rows of the sitemap, which has no table of its own."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID


class NumberRow(TypedDict):
    number: int


class ProviderAddress(TypedDict):
    slug: str
    changed_at: datetime
    # Last changes of what the page shows beside; None when there has been none.
    photos_changed_at: datetime | None
    verifications_changed_at: datetime | None


class ServiceAddress(TypedDict):
    id: UUID
    changed_at: datetime
    photos_changed_at: datetime | None
