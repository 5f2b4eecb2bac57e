"""Browser of a pending sign-in, and the second factor and session of a one-time code."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0017_sign_ins"
down_revision: str | None = "0016_retention"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    limit()
    schema = placed("identity")
    op.add_column("oauth_flows", sa.Column("browser_hash", sa.LargeBinary(32), nullable=True), schema=schema)
    op.add_column("oauth_codes", sa.Column("credential_epoch", sa.Integer(), nullable=True), schema=schema)
    op.add_column("oauth_codes", sa.Column("challenge_id", sa.Uuid(), nullable=True), schema=schema)
    table = "oauth_codes" if schema is None else "identity.oauth_codes"
    # The codes of a week's sessions: they are indexed in a moment.
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        f"CREATE INDEX ix_oauth_codes_challenge_id ON {table} (challenge_id)"
    )


def downgrade() -> None:
    limit()
    schema = placed("identity")
    op.drop_index("ix_oauth_codes_challenge_id", table_name="oauth_codes", schema=schema)
    op.drop_column("oauth_codes", "challenge_id", schema=schema)
    op.drop_column("oauth_codes", "credential_epoch", schema=schema)
    op.drop_column("oauth_flows", "browser_hash", schema=schema)
