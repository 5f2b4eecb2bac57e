"""Notes of those words of a listing that change: a category that is renamed has thousands of listings."""

from collections.abc import Sequence

from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0091_words_that_differ"
down_revision: str | None = "0090_visits_booked"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FIELDS = ("title", "tags", "business", "category", "description")
# Marks what is the stem of a word and no word itself.
_MARK = "\u2020"


def _text(row: str) -> str:
    return " || ".join(f"{row}.{field}" for field in _FIELDS)


def _differs() -> str:
    return " OR ".join(f"old.{field} IS NOT new.{field}" for field in ("live", *_FIELDS))


_DIFFERENCES = f"""
        IF TG_OP = 'UPDATE' AND old.live AND new.live THEN
            INSERT INTO marketplace.word_changes (word, delta)
            SELECT word, sum(change) FROM (
                SELECT DISTINCT word, -1 AS change FROM unnest(string_to_array({_text("old")}, ' ')) word
                UNION ALL
                SELECT DISTINCT word, 1 FROM unnest(string_to_array({_text("new")}, ' ')) word
            ) changed
            WHERE word <> '' AND left(word, 1) <> '{_MARK}' GROUP BY word HAVING sum(change) <> 0;
            RETURN NULL;
        END IF;"""  # noqa: S608 - names of ours


def _function(*, notes_differences: bool) -> str:
    return f"""
    CREATE OR REPLACE FUNCTION marketplace.note_words_of_listing() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN{_DIFFERENCES if notes_differences else ""}
        IF TG_OP <> 'INSERT' AND old.live THEN
            PERFORM marketplace.note_words({_text("old")}, -1);
        END IF;
        IF TG_OP <> 'DELETE' AND new.live THEN
            PERFORM marketplace.note_words({_text("new")}, 1);
        END IF;
        RETURN NULL;
    END
    $$
    """


def _noted(row: str, change: int, *, but: str | None = None) -> str:
    """Note each word of a row once, but for those that the other row has while both are published."""
    words = "json_each('[\"' || replace({}, ' ', '\",\"') || '\"]')"
    others = f" AND NOT ({but}.live AND value IN (SELECT value FROM {words.format(_text(but))}))" if but else ""  # noqa: S608 - as below
    return f"""
        INSERT INTO word_changes (word, delta)
        SELECT DISTINCT value, {change} FROM {words.format(_text(row))}
        WHERE {row}.live AND value <> '' AND substr(value, 1, 1) <> '{_MARK}'{others};
    """  # noqa: S608 - names of ours


def _trigger(*, notes_differences: bool) -> str:
    old, new = ("new", "old") if notes_differences else (None, None)
    return f"""
    CREATE TRIGGER words_of_changed_listing AFTER UPDATE ON listing_texts WHEN {_differs()} BEGIN
        {_noted("old", -1, but=old)} {_noted("new", 1, but=new)}
    END
    """


def _replace(*, notes_differences: bool) -> None:
    if placed("marketplace") is not None:
        op.execute(_function(notes_differences=notes_differences))
        return
    op.execute("DROP TRIGGER words_of_changed_listing")
    op.execute(_trigger(notes_differences=notes_differences))


def upgrade() -> None:
    limit()
    _replace(notes_differences=True)


def downgrade() -> None:
    limit()
    _replace(notes_differences=False)
