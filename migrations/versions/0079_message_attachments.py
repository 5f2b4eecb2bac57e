"""Photos and documents that go with messages."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import one_of, placed
from migrations.create import checks, foreign_key, words_of
from migrations.limits import limit

revision: str = "0079_message_attachments"
down_revision: str | None = "0078_notification_preferences"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# As it is called in databases: the table's migration gave a whole name, to which the prefix came again.
_KIND = "ck_photos_photosubjectkind"
_KINDS = ("PROPERTY", "SERVICE", "PROFILE", "INQUIRY")
_WAITS = sa.text("message_id IS NULL")
# A whole Table: only of those is the schema left out on SQLite.
photos = sa.Table("photos", sa.MetaData(schema="marketplace"), sa.Column("subject_kind", sa.String()))


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    one_of("photos", _KIND, "subject_kind", (*_KINDS, "MESSAGE"), schema="marketplace")
    op.create_table(
        "message_attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("kind", words_of("messageattachmentkind", "PHOTO", "DOCUMENT"), nullable=False),
        sa.Column("name", sa.String(250), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("hidden_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        *checks(
            "message_attachments",
            name_length="length(name) BETWEEN 1 AND 250",
            size_bytes_range="size_bytes BETWEEN 1 AND 12713984",
            position_range="position BETWEEN 0 AND 4",
            sent_with_message="(message_id IS NULL) = (sent_at IS NULL)",
            hidden_if_sent="hidden_at IS NULL OR sent_at IS NOT NULL",
        ),
        foreign_key("message_attachments", "owner_id", "users", schema, "identity"),
        foreign_key("message_attachments", "recipient_id", "inquiry_recipients", schema, "marketplace"),
        foreign_key("message_attachments", "message_id", "inquiry_messages", schema, "marketplace"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_attachments")),
        schema=schema,
    )
    for name, columns in (
        ("message_id_position", ["message_id", "position"]),
        ("owner_id_recipient_id", ["owner_id", "recipient_id"]),
        ("recipient", ["recipient_id"]),
    ):
        op.create_index(f"ix_message_attachments_{name}", "message_attachments", columns, schema=schema)
    op.create_index(
        "ix_message_attachments_waiting",
        "message_attachments",
        ["created_at"],
        schema=schema,
        postgresql_where=_WAITS,
        sqlite_where=_WAITS,
    )


def downgrade() -> None:
    """Forget what goes with messages; the files stay in the storage."""
    limit()
    op.drop_table("message_attachments", schema=placed("marketplace"))
    op.execute(photos.delete().where(photos.c.subject_kind == "MESSAGE"))
    one_of("photos", _KIND, "subject_kind", _KINDS, schema="marketplace")
