"""The questions about services: a provider's own in every state but archived, and the listings that others see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    func,
    insert,
    literal_column,
    null,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.paging import beyond
from impl.kernel.reader import Query, Reader, Row
from impl.marketplace.categories.tables import Category, CategoryAncestor
from impl.marketplace.provider_profile.tables import ProfileState, ProviderProfile
from impl.marketplace.provider_services.tables import OFFER, UNPRICED, Listing, Service, ServiceState

# Counting goes no further: an exact count of a long list costs more than the page that it decorates.
COUNTED = 1000

# Who offers it and what it is filed under, as every reader of a service gets them.
AROUND = (
    ProviderProfile.id.label("profile_id"),
    ProviderProfile.slug.label("profile_slug"),
    ProviderProfile.business_name,
    ProviderProfile.website,
    ProviderProfile.service_radius_km,
    ProviderProfile.version.label("profile_version"),
    Category.slug.label("category_slug"),
    Category.name.label("category_name"),
    Category.version.label("category_version"),
)

OWN_COLUMNS = (
    Service.id,
    Service.category_id,
    Service.title,
    Service.description,
    # Enums come as text: the wire has enums of its own, and a detour over ours costs each row of each page.
    type_coerce(Service.pricing_kind, String).label("pricing_kind"),
    Service.price_minor,
    Service.currency,
    Service.price_unit,
    Service.duration_minutes,
    Service.tags,
    type_coerce(Service.state, String).label("state"),
    Service.review_note,
    Service.has_pending_changes,
    Service.published_at,
    Service.created_at,
    Service.updated_at,
    Service.version,
    *AROUND,
)

LISTED_COLUMNS = (
    Listing.service_id.label("id"),
    Listing.category_id,
    Listing.title,
    Listing.description,
    type_coerce(Listing.pricing_kind, String).label("pricing_kind"),
    Listing.price_minor,
    Listing.currency,
    Listing.price_unit,
    Listing.duration_minutes,
    Listing.tags,
    literal_column("'PUBLISHED'", String).label("state"),
    type_coerce(null(), String).label("review_note"),
    literal_column("false", Service.has_pending_changes.type).label("has_pending_changes"),
    Listing.published_at,
    Listing.created_at,
    Listing.updated_at,
    Listing.version,
    *AROUND,
)
