"""Last day of the licences that were there before triggers wrote it beside the words of listings."""

from collections.abc import Sequence

from alembic import op

from migrations.alter import placed
from migrations.limits import limit, run_in_batches

revision: str = "0098_licences_there"
down_revision: str | None = "0097_licences_of_listings"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BATCH = 50
_COUNTS = "verification.kind = 'LICENCE' AND verification.state = 'VERIFIED'"

# Each batch of businesses is a transaction, beside those who read and write listings; whoever decides on a licence
# waits for the business. One that was killed meanwhile is run again.
_ON_POSTGRESQL = f"""
    DO $$
    DECLARE
        last uuid := '00000000-0000-0000-0000-000000000000';
        batch uuid[];
    BEGIN
        LOOP
            SELECT array_agg(id ORDER BY id) INTO batch FROM (
                SELECT id FROM marketplace.provider_profiles
                WHERE id > last
                AND user_id IN (SELECT owner_id FROM marketplace.verifications verification WHERE {_COUNTS})
                ORDER BY id LIMIT {_BATCH} FOR NO KEY UPDATE
            ) found;
            EXIT WHEN batch IS NULL;
            UPDATE marketplace.listing_texts listing SET licensed_until = licence.last_day
            FROM (
                SELECT profile.id, max(coalesce(verification.expires_date, DATE '9999-12-31')) last_day
                FROM marketplace.provider_profiles profile
                JOIN marketplace.verifications verification ON verification.owner_id = profile.user_id
                WHERE profile.id = ANY (batch) AND {_COUNTS}
                GROUP BY profile.id
            ) licence
            WHERE licence.id = listing.profile_id AND licensed_until IS DISTINCT FROM licence.last_day;
            last := batch[array_upper(batch, 1)];
            COMMIT;
        END LOOP;
    END
    $$
"""  # noqa: S608 - names of ours
_ON_SQLITE = f"""
    UPDATE listing_texts SET licensed_until = (
        SELECT max(coalesce(expires_date, '9999-12-31')) FROM verifications verification
        WHERE owner_id = (SELECT user_id FROM provider_profiles WHERE id = listing_texts.profile_id) AND {_COUNTS}
    )
"""  # noqa: S608 - names of ours


def upgrade() -> None:
    limit()
    if placed("marketplace") is None:
        op.execute(_ON_SQLITE)
        return
    # A thousand listings in a second.
    run_in_batches(_ON_POSTGRESQL, minutes=60)


def downgrade() -> None:
    """Leave what is written: the column goes with the migration before."""
    limit()
