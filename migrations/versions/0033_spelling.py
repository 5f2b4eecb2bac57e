"""Words of published listings, by which typos of queries are corrected."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0033_spelling"
down_revision: str | None = "0032_kept_categories"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FIELDS = ("title", "tags", "business", "category", "description")
# Marks what is the stem of a word and no word itself.
_MARK = "\u2020"


def _text(row: str) -> str:
    return " || ".join(f"{row}.{field}" for field in _FIELDS)


def _differs(distinct: str) -> str:
    return " OR ".join(f"old.{field} {distinct} new.{field}" for field in ("live", *_FIELDS))


# Both count a listing once for each of its words, and only while it is published.
_ON_POSTGRESQL = (
    f"""
    CREATE FUNCTION marketplace.note_words(words text, change integer) RETURNS void LANGUAGE sql AS $$
        INSERT INTO marketplace.word_changes (word, delta)
        SELECT DISTINCT word, change FROM unnest(string_to_array(words, ' ')) word
        WHERE word <> '' AND left(word, 1) <> '{_MARK}'
    $$
    """,  # noqa: S608 - names of ours
    f"""
    CREATE FUNCTION marketplace.note_words_of_listing() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' AND old.live THEN
            PERFORM marketplace.note_words({_text("old")}, -1);
        END IF;
        IF TG_OP <> 'DELETE' AND new.live THEN
            PERFORM marketplace.note_words({_text("new")}, 1);
        END IF;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER words_of_new_listing AFTER INSERT OR DELETE ON marketplace.listing_texts
    FOR EACH ROW EXECUTE FUNCTION marketplace.note_words_of_listing()
    """,
    f"""
    CREATE TRIGGER words_of_changed_listing AFTER UPDATE ON marketplace.listing_texts
    FOR EACH ROW WHEN ({_differs("IS DISTINCT FROM")}) EXECUTE FUNCTION marketplace.note_words_of_listing()
    """,
    f"""
    INSERT INTO marketplace.word_changes (word, delta)
    SELECT word, count(DISTINCT number) FROM marketplace.listing_texts listing,
        unnest(string_to_array({_text("listing")}, ' ')) word
    WHERE live AND word <> '' AND left(word, 1) <> '{_MARK}' GROUP BY word
    """,  # noqa: S608 - names of ours
)


def _noting(row: str, change: int) -> str:
    return f"""
        INSERT INTO word_changes (word, delta)
        SELECT DISTINCT value, {change} FROM json_each('["' || replace({_text(row)}, ' ', '","') || '"]')
        WHERE {row}.live AND value <> '' AND substr(value, 1, 1) <> '{_MARK}';
    """  # noqa: S608 - names of ours


_ON_SQLITE = (
    f"CREATE TRIGGER words_of_new_listing AFTER INSERT ON listing_texts BEGIN {_noting('new', 1)} END",
    f"CREATE TRIGGER words_of_removed_listing AFTER DELETE ON listing_texts BEGIN {_noting('old', -1)} END",
    f"""
    CREATE TRIGGER words_of_changed_listing AFTER UPDATE ON listing_texts WHEN {_differs("IS NOT")} BEGIN
        {_noting("old", -1)} {_noting("new", 1)}
    END
    """,
    f"""
    INSERT INTO word_changes (word, delta)
    SELECT value, count(DISTINCT number) FROM listing_texts listing,
        json_each('["' || replace({_text("listing")}, ' ', '","') || '"]')
    WHERE live AND value <> '' AND substr(value, 1, 1) <> '{_MARK}' GROUP BY value
    """,  # noqa: S608 - names of ours
)


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    plain = sa.Text() if schema is None else sa.Text(collation="C")
    op.create_table(
        "known_words",
        sa.Column("word", plain, nullable=False),
        sa.Column("listings", sa.Integer(), nullable=False),
        sa.CheckConstraint("listings > 0", name=op.f("ck_known_words_listings_positive")),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_known_words")),
        schema=schema,
    )
    op.create_table(
        "word_changes",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=True), nullable=False
        ),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_word_changes")),
        schema=schema,
    )
    op.create_table(
        "misspellings",
        sa.Column("remainder", plain, nullable=False),
        sa.Column("word", plain, nullable=False),
        sa.ForeignKeyConstraint(
            ["word"],
            ["known_words.word" if schema is None else "marketplace.known_words.word"],
            name=op.f("fk_misspellings_word_known_words"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("remainder", "word", name=op.f("pk_misspellings")),
        schema=schema,
    )
    op.create_index("ix_misspellings_word", "misspellings", ["word"], schema=schema)
    for statement in _ON_SQLITE if schema is None else _ON_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    where = "" if schema is None else " ON marketplace.listing_texts"
    triggers = ["words_of_new_listing", "words_of_changed_listing"]
    for trigger in triggers if schema else [*triggers, "words_of_removed_listing"]:
        op.execute(f"DROP TRIGGER {trigger}{where}")
    if schema is not None:
        op.execute("DROP FUNCTION marketplace.note_words_of_listing()")
        op.execute("DROP FUNCTION marketplace.note_words(text, integer)")
    for table in ("misspellings", "word_changes", "known_words"):
        op.drop_table(table, schema=schema)
