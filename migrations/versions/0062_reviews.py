"""Reviews of jobs, and the ratings that they come to."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import placed
from migrations.create import checks, foreign_key, words_of
from migrations.limits import limit

revision: str = "0062_reviews"
down_revision: str | None = "0060_hidden_photos"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BLIND = sa.text("state = 'WRITTEN'")
_SHOWN = sa.text("state = 'PUBLISHED'")
_HIDDEN = sa.text("state = 'HIDDEN'")


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("by", words_of("jobside", "HOMEOWNER", "PROVIDER"), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("punctuality", sa.Integer(), nullable=True),
        sa.Column("quality", sa.Integer(), nullable=True),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(4000), nullable=False),
        sa.Column("state", words_of("reviewstate", "WRITTEN", "PUBLISHED", "HIDDEN"), nullable=False),
        sa.Column("publish_at", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("edited_at", UtcDateTime(), nullable=True),
        sa.Column("reply", sa.String(4000), nullable=True),
        sa.Column("replied_at", UtcDateTime(), nullable=True),
        sa.Column("statement", sa.String(2000), nullable=True),
        sa.Column("hidden_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *checks(
            "reviews",
            rating_range="rating BETWEEN 1 AND 5",
            punctuality_range="punctuality BETWEEN 1 AND 5",
            quality_range="quality BETWEEN 1 AND 5",
            value_range="value BETWEEN 1 AND 5",
            text_length="length(text) BETWEEN 1 AND 4000",
            reply_length="length(reply) BETWEEN 1 AND 4000",
            statement_length="length(statement) BETWEEN 1 AND 2000",
            published_at_known="(state = 'WRITTEN') = (published_at IS NULL)",
            hidden_at_known="(state = 'HIDDEN') = (hidden_at IS NOT NULL)",
            hidden_with_reasons="(hidden_at IS NULL) = (statement IS NULL)",
            reply_whole="(reply IS NULL) = (replied_at IS NULL)",
        ),
        foreign_key("reviews", "job_id", "jobs", schema, "marketplace"),
        foreign_key("reviews", "author_id", "users", schema, "identity"),
        foreign_key("reviews", "subject_id", "users", schema, "identity"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("job_id", "by", name=op.f("uq_reviews_job_id_by")),
        schema=schema,
    )
    for column in ("author_id", "subject_id"):
        op.create_index(f"ix_reviews_{column}", "reviews", [column], schema=schema)
    for name, condition in (("published", _SHOWN), ("hidden", _HIDDEN)):
        op.create_index(
            f"ix_reviews_{name}",
            "reviews",
            ["published_at", "id"],
            schema=schema,
            postgresql_where=condition,
            sqlite_where=condition,
        )
    op.create_index(
        "ix_reviews_shown",
        "reviews",
        ["subject_id", "by", "published_at", "id"],
        schema=schema,
        postgresql_where=_SHOWN,
        sqlite_where=_SHOWN,
    )
    op.create_index(
        "ix_reviews_blind", "reviews", ["publish_at"], schema=schema, postgresql_where=_BLIND, sqlite_where=_BLIND
    )
    op.create_table(
        "ratings",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("review_count", sa.Integer(), nullable=False),
        sa.Column("star_sum", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        *checks(
            "ratings",
            review_count_range="review_count >= 0",
            star_sum_range="star_sum BETWEEN review_count AND 5 * review_count",
        ),
        foreign_key("ratings", "provider_id", "users", schema, "identity"),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_ratings")),
        schema=schema,
    )


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.drop_table("ratings", schema=schema)
    op.drop_table("reviews", schema=schema)
