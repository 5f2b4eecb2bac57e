"""Aspects of ratings, and the columns by which pages and services are sorted and filtered by rating."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0074_best_rated"
down_revision: str | None = "0068_notifications"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ASPECTS = ("punctuality", "quality", "value")
_TABLES = ("listings", "placements", "provider_pages")
# As `capabilities/ratings` computes them: five reviews of four stars to begin with, and the mean to a tenth.
_RANK = "(20 + {0}.star_sum) * 1000 / (5 + {0}.review_count)"
_TENTHS = "CASE {0}.review_count WHEN 0 THEN 0 ELSE (20 * {0}.star_sum + {0}.review_count) / (2 * {0}.review_count) END"
_BEHIND = "profile_id", "currency", "pricing_kind", "price_rank_up"
_INDEXES = (
    ("ix_listings_rating", "listings", ("rating_rank", "service_id"), ()),
    ("ix_listings_stars", "listings", ("rating_tenths", "service_id"), _BEHIND),
    ("ix_placements_rating", "placements", ("category_id", "rating_rank", "service_id"), ()),
    ("ix_placements_stars", "placements", ("category_id", "rating_tenths", "service_id"), _BEHIND),
    ("ix_provider_pages_rating", "provider_pages", ("rating_rank", "profile_id"), ()),
)


def _spread(schema: str, rank: str, tenths: str, profile: str) -> str:
    """Return the statements that give every row of a provider this rating."""
    of_profile = f"profile_id = {profile}"
    # A listing's rows in categories are found by it.
    of_listings = f"service_id IN (SELECT service_id FROM {schema}listings WHERE {of_profile})"  # noqa: S608 - names of ours
    rows = (("listings", of_profile), ("placements", of_listings), ("provider_pages", of_profile))
    return " ".join(
        f"""
        UPDATE {schema}{table} SET rating_rank = {rank}, rating_tenths = {tenths}
        WHERE {condition} AND (rating_rank <> {rank} OR rating_tenths <> {tenths});
        """  # noqa: S608 - names of ours
        for table, condition in rows
    )


# Whoever writes the first row of a listing or a page at the same time waits for the profile, or is waited for, so that
# no row keeps a rating of before.
_ON_POSTGRESQL = (
    f"""
    CREATE FUNCTION marketplace.spread_rating() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        profile uuid;
        ranked integer := {_RANK.format("new")};
        tenths integer := {_TENTHS.format("new")};
    BEGIN
        SELECT id INTO profile FROM marketplace.provider_profiles WHERE user_id = new.provider_id FOR UPDATE;
        {_spread("marketplace.", "ranked", "tenths", "profile")}
        RETURN NULL;
    END
    $$
    """,  # noqa: S608 - names of ours
    """
    CREATE TRIGGER spread_rating AFTER INSERT OR UPDATE OF review_count, star_sum ON marketplace.ratings
    FOR EACH ROW EXECUTE FUNCTION marketplace.spread_rating()
    """,
    f"""
    CREATE FUNCTION marketplace.take_rating() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM marketplace.provider_profiles WHERE id = new.profile_id FOR KEY SHARE;
        SELECT {_RANK.format("rating")}, {_TENTHS.format("rating")} INTO new.rating_rank, new.rating_tenths
        FROM marketplace.ratings rating
        JOIN marketplace.provider_profiles profile ON profile.user_id = rating.provider_id
        WHERE profile.id = new.profile_id;
        new.rating_rank := coalesce(new.rating_rank, 4000);
        new.rating_tenths := coalesce(new.rating_tenths, 0);
        RETURN new;
    END
    $$
    """,  # noqa: S608 - names of ours
    *(
        f"""
        CREATE TRIGGER take_rating BEFORE INSERT ON marketplace.{table}
        FOR EACH ROW EXECUTE FUNCTION marketplace.take_rating()
        """
        for table in ("listings", "provider_pages")
    ),
)
_PROFILE = "(SELECT id FROM provider_profiles WHERE user_id = new.provider_id)"
_SPREAD = _spread("", _RANK.format("new"), _TENTHS.format("new"), _PROFILE)
_ON_SQLITE = (
    f"CREATE TRIGGER spread_first_rating AFTER INSERT ON ratings BEGIN {_SPREAD} END",
    f"CREATE TRIGGER spread_rating AFTER UPDATE OF review_count, star_sum ON ratings BEGIN {_SPREAD} END",
    *(
        f"""
        CREATE TRIGGER take_rating_of_{table} AFTER INSERT ON {table} BEGIN
            UPDATE {table} SET (rating_rank, rating_tenths) = (
                SELECT {_RANK.format("rating")}, {_TENTHS.format("rating")} FROM ratings rating
                JOIN provider_profiles profile ON profile.user_id = rating.provider_id
                WHERE profile.id = new.profile_id
            )
            WHERE {key} = new.{key} AND EXISTS (
                SELECT 1 FROM ratings rating JOIN provider_profiles profile ON profile.user_id = rating.provider_id
                WHERE profile.id = new.profile_id
            );
        END
        """  # noqa: S608 - names of ours
        for table, key in (("listings", "service_id"), ("provider_pages", "profile_id"))
    ),
)


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    prefix = "" if schema is None else "marketplace."
    for aspect in _ASPECTS:
        # By hand: a constraint that comes with its column is the one way that both engines take.
        for name, condition in (
            (f"{aspect}_count", f"{aspect}_count BETWEEN 0 AND review_count"),
            (f"{aspect}_sum", f"{aspect}_sum BETWEEN {aspect}_count AND 5 * {aspect}_count"),
        ):
            op.execute(
                f"ALTER TABLE {prefix}ratings ADD COLUMN {name} INTEGER DEFAULT 0 NOT NULL "
                f"CONSTRAINT ck_ratings_{name}_range CHECK ({condition})"
            )
    op.execute(
        f"""
        UPDATE {prefix}ratings SET {", ".join(f"{name} = {_recount(name, prefix)}" for name in _sums())}
        WHERE review_count > 0
        """  # noqa: S608 - names of ours
    )
    for table in _TABLES:
        for column, value in (("rating_rank", "4000"), ("rating_tenths", "0")):
            op.add_column(
                table, sa.Column(column, sa.Integer(), server_default=sa.text(value), nullable=False), schema=schema
            )
    for statement in _ON_SQLITE if schema is None else _ON_POSTGRESQL:
        op.execute(statement)
    # What is there gets its rating by the trigger.
    op.execute(f"UPDATE {prefix}ratings SET review_count = review_count")  # noqa: S608 - names of ours
    for index, table, columns, behind in _INDEXES:
        included = f" INCLUDE ({', '.join(behind)})" if behind and schema is not None else ""
        shown = "live = 1" if schema is None else "live"
        op.execute(
            "-- squawk-ignore require-concurrent-index-creation\n"
            f"CREATE INDEX {index} ON {prefix}{table} ({', '.join(columns)}){included} WHERE {shown}"
        )


def _sums() -> list[str]:
    return [f"{aspect}_{part}" for aspect in _ASPECTS for part in ("count", "sum")]


def _recount(name: str, prefix: str) -> str:
    aspect, _, part = name.rpartition("_")
    counted = f"count({aspect})" if part == "count" else f"coalesce(sum({aspect}), 0)"
    return (
        f"(SELECT {counted} FROM {prefix}reviews review WHERE review.subject_id = ratings.provider_id "  # noqa: S608 - names of ours
        "AND review.by = 'HOMEOWNER' AND review.state = 'PUBLISHED')"
    )


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    if schema is None:
        for trigger in (
            "spread_first_rating",
            "spread_rating",
            "take_rating_of_listings",
            "take_rating_of_provider_pages",
        ):
            op.execute(f"DROP TRIGGER {trigger}")
    else:
        op.execute("DROP TRIGGER spread_rating ON marketplace.ratings")
        for table in ("listings", "provider_pages"):
            op.execute(f"DROP TRIGGER take_rating ON marketplace.{table}")
        op.execute("DROP FUNCTION marketplace.spread_rating()")
        op.execute("DROP FUNCTION marketplace.take_rating()")
    for index, table, _, _ in _INDEXES:
        op.drop_index(index, table, schema=schema)
    for table in _TABLES:
        for column in ("rating_tenths", "rating_rank"):
            op.drop_column(table, column, schema=schema)
    for aspect in _ASPECTS:
        for part in ("sum", "count"):
            op.drop_column("ratings", f"{aspect}_{part}", schema=schema)
