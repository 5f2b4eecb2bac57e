"""Rows of the words that very many listings have, as bits, and the rows whose words have changed since."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0105_frequent_words"
down_revision: str | None = "0104_best_titles_by_beginnings"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = ("frequent_word_rows", "listing_text_changes")
# As in 0086.
_KINDS = (
    ("insert", "REFERENCING NEW TABLE AS changed"),
    ("update", "REFERENCING NEW TABLE AS changed"),
    ("delete", "REFERENCING OLD TABLE AS changed"),
    ("truncate", ""),
)
_DIFFERS = " OR ".join(
    f"old.{field} IS DISTINCT FROM new.{field}"
    for field in ("live", "title", "tags", "business", "category", "description")
)
# SQLite merges nothing, and has the empty tables only.
_NOTING = (
    """
    CREATE FUNCTION marketplace.note_changed_text() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO marketplace.listing_text_changes (listing_number) VALUES (new.number);
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER new_text_noted AFTER INSERT ON marketplace.listing_texts
    FOR EACH ROW WHEN (new.live) EXECUTE FUNCTION marketplace.note_changed_text()
    """,
    f"""
    CREATE TRIGGER changed_text_noted AFTER UPDATE ON marketplace.listing_texts
    FOR EACH ROW WHEN (new.live AND ({_DIFFERS})) EXECUTE FUNCTION marketplace.note_changed_text()
    """,
)


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "frequent_word_rows",
        sa.Column("word", sa.Text() if schema is None else sa.Text(collation="C"), nullable=False),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("word", "part", name=op.f("pk_frequent_word_rows")),
        schema=schema,
    )
    op.create_table(
        "listing_text_changes",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=True), nullable=False
        ),
        sa.Column("listing_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_listing_text_changes")),
        schema=schema,
    )
    if schema is None:
        return
    # Half a page each, in the row: to compress them and to look them up elsewhere would cost each search.
    op.execute("ALTER TABLE marketplace.frequent_word_rows ALTER bits SET STORAGE PLAIN")
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
        for name in ("new_text_noted", "changed_text_noted"):
            op.execute(f"DROP TRIGGER {name} ON marketplace.listing_texts")
        op.execute("DROP FUNCTION marketplace.note_changed_text()")
        op.execute(
            "DELETE FROM operations.table_changes "
            "WHERE table_name IN ('marketplace.frequent_word_rows', 'marketplace.listing_text_changes')"
        )
    for table in _TABLES:
        op.drop_table(table, schema=schema)
