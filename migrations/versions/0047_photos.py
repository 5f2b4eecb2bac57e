"""Photos of properties, services and businesses."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import placed
from migrations.limits import limit

revision: str = "0047_photos"
down_revision: str | None = "0046_place_names"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_photos_{name}"))


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=f"ck_photos_{name}", native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", _enum("photosubjectkind", "PROPERTY", "SERVICE", "PROFILE"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("state", _enum("photostate", "PENDING", "READY", "REJECTED"), nullable=False),
        sa.Column(
            "fault",
            _enum("photofault", "EMPTY", "UNSUPPORTED", "ANIMATED", "TOO_SMALL", "TOO_LARGE", "UNREADABLE"),
            nullable=True,
        ),
        sa.Column("alt_text", sa.String(250), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(32), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("placeholder", sa.String(64), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _check("alt_text_length", "length(alt_text) BETWEEN 1 AND 250"),
        _check("position_range", "position BETWEEN 0 AND 19"),
        _check("fault_if_rejected", "(state = 'REJECTED') = (fault IS NOT NULL)"),
        _check(
            "ready_whole",
            "(state = 'READY') = (content_hash IS NOT NULL) AND (content_hash IS NULL) = (width IS NULL) "
            "AND (content_hash IS NULL) = (height IS NULL) AND (content_hash IS NULL) = (placeholder IS NULL)",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["identity.users.id" if schema else "users.id"],
            name=op.f("fk_photos_owner_id_users"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        schema=schema,
    )
    op.create_index("ix_photos_subject_id_position", "photos", ["subject_id", "position"], schema=schema)
    op.create_index("ix_photos_owner_id", "photos", ["owner_id"], schema=schema)
    op.create_index("ix_photos_content_hash", "photos", ["content_hash"], unique=True, schema=schema)


def downgrade() -> None:
    limit()
    op.drop_table("photos", schema=placed("marketplace"))
