"""Rows of the sitemap, which has no table of its own."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID


class NumberRow(TypedDict):
    number: int


class ProviderAddress(TypedDict):
    slug: str
    changed_at: datetime


class ServiceAddress(TypedDict):
    id: UUID
    changed_at: datetime
