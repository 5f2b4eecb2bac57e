"""Categories, properties, provider profiles, services and their listings."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import Json, UtcDateTime
from migrations.limits import limit

revision: str = "0003_marketplace"
down_revision: str | None = "0002_identity"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def schema() -> str | None:
    """Return the schema, or None on SQLite, where references into another schema would be dropped silently."""
    return None if op.get_context().dialect.name == "sqlite" else "marketplace"


def reference(name: str, column: str, there: str, ondelete: str) -> sa.ForeignKeyConstraint:
    target = there if schema() else there.partition(".")[2]
    return sa.ForeignKeyConstraint([column], [target], name=op.f(name), ondelete=ondelete)


def check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(name))


def live_index(name: str, table: str, columns: list[str]) -> None:
    """Make an index for one order of the catalogue, of live rows only."""
    where = {"postgresql_where": sa.text("live"), "sqlite_where": sa.text("live = 1")}
    op.create_index(name, table, columns, schema=schema(), **where)  # type: ignore[arg-type]  # options of two dialects


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    limit()
    _create_categories()
    _create_category_ancestors()
    _create_properties()
    _create_provider_profiles()
    _create_services()
    _create_listings()
    _create_placements()


def _create_categories() -> None:
    op.create_table(
        "categories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        check("ck_categories_name_length", "length(name) BETWEEN 1 AND 100"),
        check("ck_categories_slug_length", "length(slug) BETWEEN 1 AND 80"),
        check("ck_categories_not_its_own_parent", "parent_id <> id"),
        check("ck_categories_position_range", "position >= 0"),
        reference("fk_categories_parent_id_categories", "parent_id", "marketplace.categories.id", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("parent_id", "position", name=op.f("uq_categories_parent_id_position")),
        sa.UniqueConstraint("slug", name=op.f("uq_categories_slug")),
        schema=schema(),
    )


def _create_category_ancestors() -> None:
    op.create_table(
        "category_ancestors",
        sa.Column("ancestor_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        reference(
            "fk_category_ancestors_ancestor_id_categories", "ancestor_id", "marketplace.categories.id", "CASCADE"
        ),
        reference(
            "fk_category_ancestors_category_id_categories", "category_id", "marketplace.categories.id", "CASCADE"
        ),
        sa.PrimaryKeyConstraint("ancestor_id", "category_id", name=op.f("pk_category_ancestors")),
        schema=schema(),
    )
    op.create_index(op.f("ix_category_ancestors_category_id"), "category_ancestors", ["category_id"], schema=schema())


def _create_properties() -> None:
    op.create_table(
        "properties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column(
            "type",
            one_of(
                "propertytype",
                "SINGLE_FAMILY_HOME",
                "TOWNHOUSE",
                "APARTMENT",
                "CONDOMINIUM",
                "DUPLEX",
                "MULTI_FAMILY",
                "MOBILE_HOME",
                "LAND",
                "OTHER",
            ),
            nullable=False,
        ),
        sa.Column("line1", sa.String(120), nullable=False),
        sa.Column("line2", sa.String(120), nullable=True),
        sa.Column("city", sa.String(80), nullable=False),
        sa.Column("city_key", sa.String(240), nullable=False),
        sa.Column("region", sa.String(80), nullable=True),
        sa.Column("postal_code", sa.String(12), nullable=True),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("area_latitude", sa.Double(), nullable=True),
        sa.Column("area_longitude", sa.Double(), nullable=True),
        sa.Column("size_m2", sa.Integer(), nullable=True),
        sa.Column("year_built", sa.Integer(), nullable=True),
        sa.Column("notes", sa.String(4000), nullable=True),
        sa.Column("state", one_of("propertystate", "ACTIVE", "ARCHIVED"), nullable=False),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        check("ck_properties_archived_at_known", "(state = 'ARCHIVED') = (archived_at IS NOT NULL)"),
        check("ck_properties_area_latitude_known", "(latitude IS NULL) = (area_latitude IS NULL)"),
        check("ck_properties_area_longitude_known", "(latitude IS NULL) = (area_longitude IS NULL)"),
        check("ck_properties_coordinates_whole", "(latitude IS NULL) = (longitude IS NULL)"),
        check("ck_properties_latitude_range", "latitude BETWEEN -90 AND 90"),
        check("ck_properties_city_length", "length(city) BETWEEN 1 AND 80"),
        check("ck_properties_country_length", "length(country) = 2"),
        check("ck_properties_label_length", "length(label) BETWEEN 1 AND 80"),
        check("ck_properties_line1_length", "length(line1) BETWEEN 1 AND 120"),
        check("ck_properties_line2_length", "length(line2) BETWEEN 1 AND 120"),
        check("ck_properties_notes_length", "length(notes) <= 4000"),
        check("ck_properties_postal_code_length", "length(postal_code) BETWEEN 2 AND 12"),
        check("ck_properties_region_length", "length(region) BETWEEN 1 AND 80"),
        check("ck_properties_longitude_range", "longitude BETWEEN -180 AND 180"),
        check("ck_properties_size_m2_range", "size_m2 BETWEEN 1 AND 1000000"),
        check("ck_properties_year_built_range", "year_built BETWEEN 1000 AND 2100"),
        reference("fk_properties_owner_id_users", "owner_id", "identity.users.id", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_properties")),
        schema=schema(),
    )
    op.create_index("ix_properties_owner_created", "properties", ["owner_id", "created_at", "id"], schema=schema())


def _create_provider_profiles() -> None:
    op.create_table(
        "provider_profiles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("business_name", sa.String(120), nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("about", sa.String(4000), nullable=True),
        sa.Column("phone", sa.String(16), nullable=True),
        sa.Column("website", sa.String(300), nullable=True),
        sa.Column("base_latitude", sa.Double(), nullable=True),
        sa.Column("base_longitude", sa.Double(), nullable=True),
        sa.Column("service_radius_km", sa.Integer(), nullable=True),
        sa.Column("licences", Json, nullable=False),
        sa.Column(
            "state",
            one_of("profilestate", "DRAFT", "PENDING_REVIEW", "APPROVED", "SUSPENDED", "REJECTED"),
            nullable=False,
        ),
        sa.Column("review_note", sa.String(2000), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        check("ck_provider_profiles_base_point_whole", "(base_latitude IS NULL) = (base_longitude IS NULL)"),
        check("ck_provider_profiles_base_latitude_range", "base_latitude BETWEEN -90 AND 90"),
        check("ck_provider_profiles_base_longitude_range", "base_longitude BETWEEN -180 AND 180"),
        check("ck_provider_profiles_about_length", "length(about) BETWEEN 1 AND 4000"),
        check("ck_provider_profiles_business_name_length", "length(business_name) BETWEEN 2 AND 120"),
        check("ck_provider_profiles_phone_length", "length(phone) BETWEEN 8 AND 16"),
        check("ck_provider_profiles_review_note_length", "length(review_note) <= 2000"),
        check("ck_provider_profiles_slug_length", "length(slug) BETWEEN 1 AND 80"),
        check("ck_provider_profiles_website_length", "length(website) BETWEEN 12 AND 300"),
        check("ck_provider_profiles_service_radius_km_range", "service_radius_km BETWEEN 1 AND 300"),
        reference("fk_provider_profiles_user_id_users", "user_id", "identity.users.id", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_profiles")),
        sa.UniqueConstraint("slug", name=op.f("uq_provider_profiles_slug")),
        sa.UniqueConstraint("user_id", name=op.f("uq_provider_profiles_user_id")),
        schema=schema(),
    )


def _create_services() -> None:
    op.create_table(
        "services",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            one_of("servicestate", "DRAFT", "PENDING_REVIEW", "PUBLISHED", "PAUSED", "ARCHIVED", "REJECTED"),
            nullable=False,
        ),
        sa.Column("has_pending_changes", sa.Boolean(), nullable=False),
        sa.Column("review_note", sa.String(2000), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("description", sa.String(4000), nullable=False),
        sa.Column(
            "pricing_kind", one_of("pricingkind", "FIXED", "HOURLY", "STARTING_AT", "PER_UNIT", "QUOTE"), nullable=False
        ),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=True),
        sa.Column("price_unit", sa.String(30), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("tags", Json, nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        check("ck_services_unit_if_per_unit", "(pricing_kind = 'PER_UNIT') = (price_unit IS NOT NULL)"),
        check("ck_services_price_unless_quote", "(pricing_kind = 'QUOTE') = (price_minor IS NULL)"),
        check("ck_services_archived_at_known", "(state = 'ARCHIVED') = (archived_at IS NOT NULL)"),
        check("ck_services_published_at_known", "state NOT IN ('PUBLISHED', 'PAUSED') OR published_at IS NOT NULL"),
        check("ck_services_price_whole", "(price_minor IS NULL) = (currency IS NULL)"),
        check("ck_services_duration_minutes_range", "duration_minutes BETWEEN 5 AND 100000"),
        check("ck_services_currency_length", "length(currency) = 3"),
        check("ck_services_description_length", "length(description) BETWEEN 1 AND 4000"),
        check("ck_services_price_unit_length", "length(price_unit) BETWEEN 1 AND 30"),
        check("ck_services_review_note_length", "length(review_note) <= 2000"),
        check("ck_services_title_length", "length(title) BETWEEN 5 AND 120"),
        check("ck_services_price_minor_range", "price_minor BETWEEN 0 AND 100000000000"),
        reference("fk_services_category_id_categories", "category_id", "marketplace.categories.id", "RESTRICT"),
        reference("fk_services_provider_id_users", "provider_id", "identity.users.id", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        schema=schema(),
    )
    op.create_index("ix_services_category", "services", ["category_id"], schema=schema())
    op.create_index("ix_services_provider_created", "services", ["provider_id", "created_at", "id"], schema=schema())


def _create_listings() -> None:
    op.create_table(
        "listings",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("price_rank_up", sa.BigInteger(), nullable=False),
        sa.Column("price_rank_down", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("description", sa.String(4000), nullable=False),
        sa.Column(
            "pricing_kind", one_of("pricingkind", "FIXED", "HOURLY", "STARTING_AT", "PER_UNIT", "QUOTE"), nullable=False
        ),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=True),
        sa.Column("price_unit", sa.String(30), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("tags", Json, nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        check("ck_listings_unit_if_per_unit", "(pricing_kind = 'PER_UNIT') = (price_unit IS NOT NULL)"),
        check("ck_listings_price_unless_quote", "(pricing_kind = 'QUOTE') = (price_minor IS NULL)"),
        check("ck_listings_price_whole", "(price_minor IS NULL) = (currency IS NULL)"),
        check("ck_listings_duration_minutes_range", "duration_minutes BETWEEN 5 AND 100000"),
        check("ck_listings_currency_length", "length(currency) = 3"),
        check("ck_listings_description_length", "length(description) BETWEEN 1 AND 4000"),
        check("ck_listings_price_unit_length", "length(price_unit) BETWEEN 1 AND 30"),
        check("ck_listings_title_length", "length(title) BETWEEN 5 AND 120"),
        check("ck_listings_price_minor_range", "price_minor BETWEEN 0 AND 100000000000"),
        check("ck_listings_price_rank_down_of_price", "price_rank_down = coalesce(-price_minor, 9007199254740991)"),
        check("ck_listings_price_rank_up_of_price", "price_rank_up = coalesce(price_minor, 9007199254740991)"),
        reference("fk_listings_category_id_categories", "category_id", "marketplace.categories.id", "RESTRICT"),
        reference(
            "fk_listings_profile_id_provider_profiles", "profile_id", "marketplace.provider_profiles.id", "RESTRICT"
        ),
        reference("fk_listings_service_id_services", "service_id", "marketplace.services.id", "CASCADE"),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_listings")),
        schema=schema(),
    )
    op.create_index("ix_listings_category", "listings", ["category_id"], schema=schema())
    live_index("ix_listings_price_down", "listings", ["currency", "price_rank_down", "service_id"])
    live_index("ix_listings_price_up", "listings", ["currency", "price_rank_up", "service_id"])
    op.create_index("ix_listings_profile", "listings", ["profile_id"], schema=schema())
    live_index("ix_listings_published", "listings", ["published_at", "service_id"])


def _create_placements() -> None:
    op.create_table(
        "placements",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=True),
        sa.Column("price_rank_up", sa.BigInteger(), nullable=False),
        sa.Column("price_rank_down", sa.BigInteger(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        reference("fk_placements_category_id_categories", "category_id", "marketplace.categories.id", "RESTRICT"),
        reference("fk_placements_service_id_listings", "service_id", "marketplace.listings.service_id", "CASCADE"),
        sa.PrimaryKeyConstraint("service_id", "category_id", name=op.f("pk_placements")),
        schema=schema(),
    )
    live_index("ix_placements_price_down", "placements", ["category_id", "currency", "price_rank_down", "service_id"])
    live_index("ix_placements_price_up", "placements", ["category_id", "currency", "price_rank_up", "service_id"])
    live_index("ix_placements_published", "placements", ["category_id", "published_at", "service_id"])


def downgrade() -> None:
    limit()
    for table in (
        "placements",
        "listings",
        "services",
        "provider_profiles",
        "properties",
        "category_ancestors",
        "categories",
    ):
        op.drop_table(table, schema=schema())
