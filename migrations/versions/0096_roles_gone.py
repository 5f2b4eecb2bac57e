"""Businesses out of sight whose owner's role was taken away by a release in which that hid nothing."""

from collections.abc import Sequence

from alembic import op

from migrations.alter import placed
from migrations.limits import limit, run_in_batches

revision: str = "0096_roles_gone"
down_revision: str | None = "0095_best_titles"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BATCH = 500


def _has_role(owner: str, schema: str) -> str:
    return f"EXISTS (SELECT FROM {schema}user_roles WHERE user_id = {owner} AND role_name = 'SERVICE_PROVIDER')"


# Each batch is a transaction. Whoever grants or takes roles holds the lock of the account, and the second statement
# sees what they have committed: who got the role back meanwhile stays in sight.
_ON_POSTGRESQL = f"""
    DO $$
    DECLARE
        owners uuid[];
    BEGIN
        LOOP
            SELECT array_agg(id) INTO owners FROM (
                SELECT id FROM identity.users
                WHERE id IN (SELECT user_id FROM marketplace.provider_profiles WHERE concealed_at IS NULL)
                AND NOT {_has_role("users.id", "identity.")}
                ORDER BY id LIMIT {_BATCH} FOR UPDATE
            ) found;
            EXIT WHEN owners IS NULL;
            UPDATE marketplace.provider_profiles SET concealed_at = clock_timestamp()
            WHERE user_id = ANY (owners) AND concealed_at IS NULL
            AND NOT {_has_role("provider_profiles.user_id", "identity.")};
            COMMIT;
        END LOOP;
    END
    $$
"""  # noqa: S608 - names of ours
_ON_SQLITE = (
    "UPDATE provider_profiles SET concealed_at = CURRENT_TIMESTAMP WHERE concealed_at IS NULL"  # noqa: S608 - names of ours
    f" AND NOT {_has_role('provider_profiles.user_id', '').replace('SELECT FROM', 'SELECT 1 FROM')}"
)


def upgrade() -> None:
    limit()
    if placed("marketplace") is None:
        op.execute(_ON_SQLITE)
        return
    run_in_batches(_ON_POSTGRESQL, minutes=15)


def downgrade() -> None:
    """Leave it hidden: nobody knows any more what was not, and the release before shows it when the role is given."""
    limit()
