"""Rows that are listed no more are noted, too: those of what was deleted, hidden or filed elsewhere."""

from collections.abc import Sequence

from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0109_exact_bits"
down_revision: str | None = "0108_quality_bits"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_DIFFERS = "old.licensed_until IS DISTINCT FROM new.licensed_until OR old.quality <> new.quality"
_BEFORE = f"new.live AND (NOT old.live OR {_DIFFERS})"
_VISIBLE = "({row}.state = 'APPROVED' AND {row}.concealed_at IS NULL)"
_NOTING = (
    """
    CREATE FUNCTION marketplace.note_deleted_text() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO marketplace.listing_filter_changes (listing_number) VALUES (old.number);
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE FUNCTION marketplace.note_texts_of_business() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO marketplace.listing_filter_changes (listing_number)
        SELECT number FROM marketplace.listing_texts WHERE profile_id = new.id AND live;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER deleted_filters_noted AFTER DELETE ON marketplace.listing_texts
    FOR EACH ROW WHEN (old.live) EXECUTE FUNCTION marketplace.note_deleted_text()
    """,
    """
    CREATE TRIGGER deleted_filters_noted AFTER DELETE ON marketplace.placements REFERENCING OLD TABLE AS placed
    FOR EACH STATEMENT EXECUTE FUNCTION marketplace.note_placed_texts()
    """,
    f"""
    CREATE TRIGGER hidden_texts_noted AFTER UPDATE ON marketplace.provider_profiles
    FOR EACH ROW WHEN ({_VISIBLE.format(row="old")} <> {_VISIBLE.format(row="new")})
    EXECUTE FUNCTION marketplace.note_texts_of_business()
    """,
)


def _note(when: str) -> None:
    op.execute(f"""
        CREATE OR REPLACE TRIGGER changed_filters_noted AFTER UPDATE ON marketplace.listing_texts
        FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION marketplace.note_filtered_text()
    """)


def upgrade() -> None:
    limit()
    if placed("marketplace") is None:
        return
    _note(f"old.live <> new.live OR (new.live AND ({_DIFFERS}))")
    for statement in _NOTING:
        op.execute(statement)


def downgrade() -> None:
    limit()
    if placed("marketplace") is None:
        return
    op.execute("DROP TRIGGER hidden_texts_noted ON marketplace.provider_profiles")
    for table in ("placements", "listing_texts"):
        op.execute(f"DROP TRIGGER deleted_filters_noted ON marketplace.{table}")
    op.execute("DROP FUNCTION marketplace.note_texts_of_business()")
    op.execute("DROP FUNCTION marketplace.note_deleted_text()")
    _note(_BEFORE)
