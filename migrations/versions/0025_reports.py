"""Reports of listings and businesses."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.limits import limit

revision: str = "0025_reports"
down_revision: str | None = "0024_audit_personal"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_WAITING = "state IN ('OPEN', 'TRIAGED')"


def _schema() -> str | None:
    """Return the schema, or None on SQLite, which has none."""
    return None if op.get_context().dialect.name == "sqlite" else "marketplace"


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_reports_{name}"))


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    limit()
    schema = _schema()
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", _enum("ck_reports_subjectkind", "SERVICE", "PROVIDER"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_title", sa.String(200), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "reason",
            _enum("ck_reports_reason", "FRAUD", "MISLEADING", "OFFENSIVE", "PROHIBITED", "PERSONAL_DATA", "OTHER"),
            nullable=False,
        ),
        sa.Column("text", sa.String(2000), nullable=True),
        sa.Column("state", _enum("ck_reports_reportstate", "OPEN", "TRIAGED", "ACTIONED", "DISMISSED"), nullable=False),
        sa.Column("handled_by", sa.Uuid(), nullable=True),
        sa.Column("statement", sa.String(2000), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _check("subject_title_length", "length(subject_title) BETWEEN 1 AND 200"),
        _check("text_length", "length(text) BETWEEN 1 AND 2000"),
        _check("statement_length", "length(statement) BETWEEN 10 AND 2000"),
        _check("handled_unless_open", "(state = 'OPEN') = (handled_by IS NULL)"),
        _check(
            "decided_whole",
            "(state IN ('ACTIONED', 'DISMISSED')) = (decided_at IS NOT NULL) "
            "AND (decided_at IS NULL) = (statement IS NULL)",
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"],
            ["identity.users.id" if schema else "users.id"],
            name=op.f("fk_reports_reporter_id_users"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        schema=schema,
    )
    for columns in (
        ["reporter_id", "created_at", "id"],
        ["created_at", "id"],
        ["state", "created_at", "id"],
        ["subject_id", "created_at"],
    ):
        op.create_index(f"ix_reports_{'_'.join(columns)}", "reports", columns, schema=schema)
    op.create_index(
        "uq_reports_waiting",
        "reports",
        ["reporter_id", "subject_id"],
        unique=True,
        schema=schema,
        postgresql_where=sa.text(_WAITING),
        sqlite_where=sa.text(_WAITING),
    )


def downgrade() -> None:
    limit()
    op.drop_table("reports", schema=_schema())
