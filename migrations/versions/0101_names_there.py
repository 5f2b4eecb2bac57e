"""Population and country of the town for the other names that were there before imports wrote them."""

from collections.abc import Sequence

from alembic import op

from migrations.alter import placed
from migrations.limits import limit, run_in_batches

revision: str = "0101_names_there"
down_revision: str | None = "0100_towns_of_names"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BATCH = 5000

# Each batch of names is a transaction. An import replaces all rows in one, so that what is locked may be gone: the next
# batch begins with what is there then.
_ON_POSTGRESQL = f"""
    DO $$
    DECLARE
        filled integer;
    BEGIN
        LOOP
            UPDATE marketplace.place_names called SET population = town.population, country = town.country
            FROM marketplace.places town
            WHERE town.id = called.place_id AND (called.place_id, called.search_key) IN (
                SELECT place_id, search_key FROM marketplace.place_names WHERE population IS NULL LIMIT {_BATCH}
            );
            GET DIAGNOSTICS filled = ROW_COUNT;
            COMMIT;
            EXIT WHEN filled = 0;
        END LOOP;
    END
    $$
"""  # noqa: S608 - names of ours
_ON_SQLITE = (
    "UPDATE place_names SET population = town.population, country = town.country "
    "FROM places town WHERE town.id = place_names.place_id"
)


def upgrade() -> None:
    limit()
    if placed("marketplace") is None:
        op.execute(_ON_SQLITE)
        return
    # A second for all names that come along.
    run_in_batches(_ON_POSTGRESQL, minutes=15)


def downgrade() -> None:
    """Leave what is written: the columns go with the migration before."""
    limit()
