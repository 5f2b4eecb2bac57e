"""Versions of the tables that public pages are read from, which triggers count in the transaction of each change.

A row for each statement, since those who changed one row would wait for each other. SQLite, where nothing is kept
of what was read, has the empty table only.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.limits import limit

revision: str = "0086_table_changes"
down_revision: str | None = "0085_review_photos"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = (
    "availabilities",
    "categories",
    "category_ancestors",
    "category_retirements",
    "category_slugs",
    "jobs",
    "known_words",
    "listing_sketches",
    "listing_texts",
    "listings",
    "misspellings",
    "photo_sets",
    "photos",
    "place_names",
    "placements",
    "places",
    "provider_pages",
    "provider_profiles",
    "provider_slugs",
    "question_sets",
    "ratings",
    "reviews",
    "services",
    "verifications",
    "visits",
    "word_changes",
)
# A trigger with a transition table is for one kind of change only.
_KINDS = (
    ("insert", "REFERENCING NEW TABLE AS changed"),
    ("update", "REFERENCING NEW TABLE AS changed"),
    ("delete", "REFERENCING OLD TABLE AS changed"),
    ("truncate", ""),
)


def upgrade() -> None:
    limit()
    op.create_table(
        "table_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("table_name", sa.String(length=127), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_table_changes")),
        schema="operations",
    )
    if op.get_context().dialect.name != "postgresql":
        return
    op.execute(
        """
        CREATE FUNCTION operations.count_table_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'TRUNCATE' THEN
                IF NOT EXISTS (SELECT FROM changed) THEN
                    RETURN NULL;
                END IF;
            END IF;
            INSERT INTO operations.table_changes (id, table_name, changes)
            VALUES (gen_random_uuid(), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, 1);
            RETURN NULL;
        END
        $$
        """
    )
    for table in _TABLES:
        for kind, transition in _KINDS:
            op.execute(
                f"""
                CREATE TRIGGER {table}_{kind}_counted AFTER {kind.upper()} ON marketplace.{table} {transition}
                FOR EACH STATEMENT EXECUTE FUNCTION operations.count_table_change()
                """
            )
        # Only now: a table has a version from when its changes are counted.
        op.execute(
            f"INSERT INTO operations.table_changes VALUES (gen_random_uuid(), 'marketplace.{table}', 0)"  # noqa: S608 - names of ours
        )


def downgrade() -> None:
    limit()
    if op.get_context().dialect.name == "postgresql":
        for table in _TABLES:
            for kind, _ in _KINDS:
                op.execute(f"DROP TRIGGER {table}_{kind}_counted ON marketplace.{table}")
        op.execute("DROP FUNCTION operations.count_table_change()")
    op.drop_table("table_changes", schema="operations")
