"""Rows whose quality has changed are noted, too, as their bits are among those of filters."""

from collections.abc import Sequence

from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0108_quality_bits"
down_revision: str | None = "0107_filter_bits"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = "NOT old.live OR old.licensed_until IS DISTINCT FROM new.licensed_until"


def _note(when: str) -> None:
    if placed("marketplace") is not None:
        op.execute(f"""
            CREATE OR REPLACE TRIGGER changed_filters_noted AFTER UPDATE ON marketplace.listing_texts
            FOR EACH ROW WHEN (new.live AND ({when})) EXECUTE FUNCTION marketplace.note_filtered_text()
        """)


def upgrade() -> None:
    limit()
    _note(f"{_BEFORE} OR old.quality <> new.quality")


def downgrade() -> None:
    limit()
    _note(_BEFORE)
