"""Indexes of places and of their other names by their first character, in the order of what is suggested for it."""

from collections.abc import Sequence

from migrations.indexes import build_index, drop_index
from migrations.limits import limit

revision: str = "0102_initials_of_places"
down_revision: str | None = "0101_names_there"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FIRST = "substr(search_key, 1, 1), (substr(search_key || ' ', 2, 1) = ' ') DESC, population DESC, search_key"


def upgrade() -> None:
    limit()
    for table, key in (("places", "id"), ("place_names", "place_id")):
        build_index(f"ix_{table}_initial", table, f"{_FIRST}, {key}, country", schema="marketplace")


def downgrade() -> None:
    limit()
    for table in ("places", "place_names"):
        drop_index(f"ix_{table}_initial", schema="marketplace")
