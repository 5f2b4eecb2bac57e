"""Stems beside the words of listings that exist."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from impl.marketplace.capabilities.search.service import with_stems
from migrations.limits import limit

revision: str = "0031_stems"
down_revision: str | None = "0030_favourites"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BATCH = 500
TEXTS = ("title", "tags", "business", "category", "description")

# Columns as they are at this revision; a whole Table, because only of that is the schema left out on SQLite.
listing_texts = sa.Table(
    "listing_texts",
    sa.MetaData(schema="marketplace"),
    sa.Column("service_id", sa.Uuid()),
    *(sa.Column(name, sa.Text()) for name in TEXTS),
)


def upgrade() -> None:
    """Add stems to the words that are there, where nobody has changed them meanwhile."""
    limit()
    # Stems are computed by this program: SQL to run by hand cannot do it.
    if not context.is_offline_mode():
        _add_stems(op.get_bind())


def _add_stems(connection: sa.Connection) -> None:
    key = listing_texts.c.service_id
    for row in _rows(connection):
        before = {name: row[name] for name in TEXTS}
        after = {name: with_stems(words) for name, words in before.items()}
        if before != after:
            as_read = [listing_texts.c[name] == words for name, words in before.items()]
            connection.execute(sa.update(listing_texts).where(key == row["service_id"], *as_read).values(**after))


def _rows(connection: sa.Connection) -> Iterator[sa.RowMapping]:
    """Yield all rows in batches: neither memory nor a statement's time limit bounds how many there are."""
    key = listing_texts.c.service_id
    page: sa.Select[Any] = sa.select(listing_texts).order_by(key).limit(BATCH)
    rows = connection.execute(page).mappings().all()
    while rows:
        yield from rows
        rows = connection.execute(page.where(key > rows[-1]["service_id"])).mappings().all()


def downgrade() -> None:
    """Leave the stems: no word of a query is one, so that the revision before does not see them."""
    limit()
