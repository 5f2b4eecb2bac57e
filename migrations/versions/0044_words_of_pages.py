"""Words of the businesses' public pages, counted beside those of listings."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import check, placed
from migrations.limits import limit

revision: str = "0044_words_of_pages"
down_revision: str | None = "0043_taken_down"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FIELDS = ("name", "about")
# Marks what is the stem of a word and no word itself.
_MARK = "\u2020"


def _text(row: str) -> str:
    return " || ".join(f"{row}.{field}" for field in _FIELDS)


def _differs(distinct: str) -> str:
    return " OR ".join(f"old.{field} {distinct} new.{field}" for field in ("live", *_FIELDS))


# Both count a page once for each of its words, and only while it is public.
_ON_POSTGRESQL = (
    f"""
    CREATE FUNCTION marketplace.note_words_of_text(words text, change integer) RETURNS void LANGUAGE sql AS $$
        INSERT INTO marketplace.word_changes (word, delta, page_delta)
        SELECT DISTINCT word, 0, change FROM unnest(string_to_array(words, ' ')) word
        WHERE word <> '' AND left(word, 1) <> '{_MARK}'
    $$
    """,  # noqa: S608 - names of ours
    f"""
    CREATE FUNCTION marketplace.note_words_of_page() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' AND old.live THEN
            PERFORM marketplace.note_words_of_text({_text("old")}, -1);
        END IF;
        IF TG_OP <> 'DELETE' AND new.live THEN
            PERFORM marketplace.note_words_of_text({_text("new")}, 1);
        END IF;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER words_of_new_page AFTER INSERT OR DELETE ON marketplace.provider_pages
    FOR EACH ROW EXECUTE FUNCTION marketplace.note_words_of_page()
    """,
    f"""
    CREATE TRIGGER words_of_changed_page AFTER UPDATE ON marketplace.provider_pages
    FOR EACH ROW WHEN ({_differs("IS DISTINCT FROM")}) EXECUTE FUNCTION marketplace.note_words_of_page()
    """,
    f"""
    INSERT INTO marketplace.word_changes (word, delta, page_delta)
    SELECT word, 0, count(DISTINCT number) FROM marketplace.provider_pages page,
        unnest(string_to_array({_text("page")}, ' ')) word
    WHERE live AND word <> '' AND left(word, 1) <> '{_MARK}' GROUP BY word
    """,  # noqa: S608 - names of ours
)


def _noting(row: str, change: int) -> str:
    return f"""
        INSERT INTO word_changes (word, delta, page_delta)
        SELECT DISTINCT value, 0, {change} FROM json_each('["' || replace({_text(row)}, ' ', '","') || '"]')
        WHERE {row}.live AND value <> '' AND substr(value, 1, 1) <> '{_MARK}';
    """  # noqa: S608 - names of ours


_ON_SQLITE = (
    f"CREATE TRIGGER words_of_new_page AFTER INSERT ON provider_pages BEGIN {_noting('new', 1)} END",
    f"CREATE TRIGGER words_of_removed_page AFTER DELETE ON provider_pages BEGIN {_noting('old', -1)} END",
    f"""
    CREATE TRIGGER words_of_changed_page AFTER UPDATE ON provider_pages WHEN {_differs("IS NOT")} BEGIN
        {_noting("old", -1)} {_noting("new", 1)}
    END
    """,
    f"""
    INSERT INTO word_changes (word, delta, page_delta)
    SELECT value, 0, count(DISTINCT number) FROM provider_pages page,
        json_each('["' || replace({_text("page")}, ' ', '","') || '"]')
    WHERE live AND value <> '' AND substr(value, 1, 1) <> '{_MARK}' GROUP BY value
    """,  # noqa: S608 - names of ours
)


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    for table, column in (("known_words", "pages"), ("word_changes", "page_delta")):
        count = sa.Column(column, sa.Integer(), server_default=sa.text("0"), nullable=False)
        op.add_column(table, count, schema=schema)
    check(
        "known_words",
        "listings_positive",
        "listings >= 0 AND pages >= 0 AND listings + pages > 0",
        schema="marketplace",
    )
    for statement in _ON_SQLITE if schema is None else _ON_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    where = "" if schema is None else " ON marketplace.provider_pages"
    triggers = ["words_of_new_page", "words_of_changed_page"]
    for trigger in triggers if schema else [*triggers, "words_of_removed_page"]:
        op.execute(f"DROP TRIGGER {trigger}{where}")
    if schema is not None:
        op.execute("DROP FUNCTION marketplace.note_words_of_page()")
        op.execute("DROP FUNCTION marketplace.note_words_of_text(text, integer)")
    for table in ("known_words", "word_changes"):
        rows = f"{table if schema is None else 'marketplace.' + table}"
        counted = "listings" if table == "known_words" else "delta"
        op.execute(f"DELETE FROM {rows} WHERE {counted} = 0")  # noqa: S608 - names of ours
    check("known_words", "listings_positive", "listings > 0", schema="marketplace")
    op.drop_column("word_changes", "page_delta", schema=schema)
    op.drop_column("known_words", "pages", schema=schema)
