"""Blocks of people by others with whom they share a thread, and reports of messages."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import one_of, placed
from migrations.limits import limit

revision: str = "0067_blocks"
down_revision: str | None = "0066_messages"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = ("SERVICE", "PROVIDER", "PHOTO")


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    recipients = "marketplace.inquiry_recipients.id" if schema else "inquiry_recipients.id"
    users = "identity.users.id" if schema else "users.id"
    keys = [("blocker_id", "users", users), ("blocked_id", "users", users)]
    keys.append(("recipient_id", "inquiry_recipients", recipients))
    op.create_table(
        "blocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("blocker_id", sa.Uuid(), nullable=False),
        sa.Column("blocked_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column(
            "blocked_side",
            sa.Enum(
                *("HOMEOWNER", "PROVIDER"),
                name="threadside",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_blocks_{column}_{table}"), ondelete="RESTRICT")
            for column, table, target in keys
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint("blocker_id", "blocked_id", name=op.f("uq_blocks_blocker_id_blocked_id")),
        schema=schema,
    )
    indexes = {
        "ix_blocks_blocker_id_created_at_id": ["blocker_id", "created_at", "id"],
        "ix_blocks_blocked": ["blocked_id"],
        "ix_blocks_recipient": ["recipient_id"],
    }
    for name, columns in indexes.items():
        op.create_index(name, "blocks", columns, schema=schema)
    one_of("reports", "ck_reports_subjectkind", "subject_kind", [*_KINDS, "MESSAGE"], schema="marketplace")


def downgrade() -> None:
    limit()
    one_of("reports", "ck_reports_subjectkind", "subject_kind", _KINDS, schema="marketplace")
    op.drop_table("blocks", schema=placed("marketplace"))
