"""Rows that pass filters, as bits, and the rows whose listings have changed since."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0107_filter_bits"
down_revision: str | None = "0106_most_frequent_words"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = ("filter_rows", "listing_filter_changes")
# As in 0086.
_KINDS = (
    ("insert", "REFERENCING NEW TABLE AS changed"),
    ("update", "REFERENCING NEW TABLE AS changed"),
    ("delete", "REFERENCING OLD TABLE AS changed"),
    ("truncate", ""),
)
# Whatever filters ask for stands in placements, too, but for the licence. The words of a new listing come after them.
_NOTING = (
    """
    CREATE FUNCTION marketplace.note_filtered_text() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO marketplace.listing_filter_changes (listing_number) VALUES (new.number);
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE FUNCTION marketplace.note_placed_texts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO marketplace.listing_filter_changes (listing_number)
        SELECT number FROM marketplace.listing_texts WHERE service_id IN (SELECT service_id FROM placed);
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER new_filters_noted AFTER INSERT ON marketplace.listing_texts
    FOR EACH ROW WHEN (new.live) EXECUTE FUNCTION marketplace.note_filtered_text()
    """,
    """
    CREATE TRIGGER changed_filters_noted AFTER UPDATE ON marketplace.listing_texts
    FOR EACH ROW WHEN (new.live AND (NOT old.live OR old.licensed_until IS DISTINCT FROM new.licensed_until))
    EXECUTE FUNCTION marketplace.note_filtered_text()
    """,
    """
    CREATE TRIGGER new_filters_noted AFTER INSERT ON marketplace.placements REFERENCING NEW TABLE AS placed
    FOR EACH STATEMENT EXECUTE FUNCTION marketplace.note_placed_texts()
    """,
    """
    CREATE TRIGGER changed_filters_noted AFTER UPDATE ON marketplace.placements REFERENCING NEW TABLE AS placed
    FOR EACH STATEMENT EXECUTE FUNCTION marketplace.note_placed_texts()
    """,
)


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "filter_rows",
        sa.Column("choice", sa.Text() if schema is None else sa.Text(collation="C"), nullable=False),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("choice", "part", name=op.f("pk_filter_rows")),
        schema=schema,
    )
    op.create_table(
        "listing_filter_changes",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=True), nullable=False
        ),
        sa.Column("listing_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_listing_filter_changes")),
        schema=schema,
    )
    if schema is None:
        return
    # As those of words: half a page each, in the row.
    op.execute("ALTER TABLE marketplace.filter_rows ALTER bits SET STORAGE PLAIN")
    for statement in _NOTING:
        op.execute(statement)
    for table in _TABLES:
        for kind, transition in _KINDS:
            op.execute(
                f"""
                CREATE TRIGGER {table}_{kind}_counted AFTER {kind.upper()} ON marketplace.{table} {transition}
                FOR EACH STATEMENT EXECUTE FUNCTION operations.count_table_change()
                """
            )
        op.execute(
            f"INSERT INTO operations.table_changes VALUES (gen_random_uuid(), 'marketplace.{table}', 0)"  # noqa: S608 - names of ours
        )


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    if schema is not None:
        for table in ("placements", "listing_texts"):
            for name in ("new_filters_noted", "changed_filters_noted"):
                op.execute(f"DROP TRIGGER {name} ON marketplace.{table}")
        op.execute("DROP FUNCTION marketplace.note_placed_texts()")
        op.execute("DROP FUNCTION marketplace.note_filtered_text()")
        op.execute(
            "DELETE FROM operations.table_changes "
            "WHERE table_name IN ('marketplace.filter_rows', 'marketplace.listing_filter_changes')"
        )
    for table in _TABLES:
        op.drop_table(table, schema=schema)
