"""Index of the words that very many listings have."""

from collections.abc import Sequence

from migrations.indexes import build_index, drop_index
from migrations.limits import limit

revision: str = "0106_most_frequent_words"
down_revision: str | None = "0105_frequent_words"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NAME = "ix_known_words_frequent"


def upgrade() -> None:
    limit()
    build_index(_NAME, "known_words", "listings", schema="marketplace", where="listings >= 100000")


def downgrade() -> None:
    limit()
    drop_index(_NAME, schema="marketplace")
