"""Ratings count the newest review of each homeowner, and are counted anew where some have written several."""

from collections.abc import Sequence

from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0110_newest_reviews"
down_revision: str | None = "0109_exact_bits"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SUMS = {
    "review_count": "count(*)",
    "star_sum": "sum(rating)",
    **{f"{aspect}_count": f"count({aspect})" for aspect in ("punctuality", "quality", "value")},
    **{f"{aspect}_sum": f"coalesce(sum({aspect}), 0)" for aspect in ("punctuality", "quality", "value")},
}


def _recount(condition: str) -> None:
    schema = "" if placed("marketplace") is None else "marketplace."
    if schema:
        # Whoever publishes a review meanwhile waits, and adds to what was counted.
        op.execute("LOCK TABLE marketplace.ratings IN SHARE ROW EXCLUSIVE MODE")
    sums = ", ".join(f"{value} AS {name}" for name, value in _SUMS.items())
    op.execute(
        f"""
        UPDATE {schema}ratings SET updated_at = CURRENT_TIMESTAMP,
            {", ".join(f"{name} = counted.{name}" for name in _SUMS)}
        FROM (
            SELECT subject_id, {sums} FROM (
                SELECT subject_id, rating, punctuality, quality, value, row_number() OVER (
                    PARTITION BY subject_id, author_id ORDER BY published_at DESC, id DESC
                ) AS place
                FROM {schema}reviews WHERE state = 'PUBLISHED' AND "by" = 'HOMEOWNER'
            ) AS numbered
            WHERE {condition} GROUP BY subject_id
        ) AS counted
        WHERE counted.subject_id = ratings.provider_id AND counted.review_count <> ratings.review_count
        """  # noqa: S608 - names of ours
    )


def upgrade() -> None:
    limit()
    _recount("place = 1")


def downgrade() -> None:
    limit()
    _recount("place > 0")
