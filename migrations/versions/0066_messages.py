"""Messages in the threads of inquiries, with how many of them each side has sent and read."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import Json, UtcDateTime
from migrations.alter import placed
from migrations.limits import limit

revision: str = "0066_messages"
down_revision: str | None = "0065_inquiry_photos"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COUNTS = ("homeowner_messages", "provider_messages", "homeowner_read", "provider_read")


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    for name in _COUNTS:
        column = sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)
        op.add_column("inquiry_recipients", column, schema=schema)
    recipients = "marketplace.inquiry_recipients.id" if schema else "inquiry_recipients.id"
    users = "identity.users.id" if schema else "users.id"
    op.create_table(
        "inquiry_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column(
            "sender",
            sa.Enum(
                *("HOMEOWNER", "PROVIDER"),
                name="threadside",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(4000), nullable=True),
        sa.Column("masked", Json, nullable=False),
        sa.Column("hidden_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 4000", name=op.f("ck_inquiry_messages_text_length")),
        sa.CheckConstraint(
            "number BETWEEN 1 AND 1000 AND ordinal BETWEEN 1 AND number",
            name=op.f("ck_inquiry_messages_number_range"),
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            [recipients],
            name=op.f("fk_inquiry_messages_recipient_id_inquiry_recipients"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], [users], name=op.f("fk_inquiry_messages_sender_id_users"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_messages")),
        sa.UniqueConstraint("recipient_id", "number", name=op.f("uq_inquiry_messages_recipient_id_number")),
        schema=schema,
    )
    index = "ix_inquiry_messages_sender_id_created_at_id"
    op.create_index(index, "inquiry_messages", ["sender_id", "created_at", "id"], schema=schema)


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.drop_table("inquiry_messages", schema=schema)
    for name in reversed(_COUNTS):
        op.drop_column("inquiry_recipients", name, schema=schema)
