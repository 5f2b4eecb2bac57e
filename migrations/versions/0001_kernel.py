"""Schemas, the audit trail with its guards, the outbox and the idempotency keys."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import SCHEMAS, Json, UtcDateTime
from migrations.limits import limit

revision: str = "0001_kernel"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    limit()
    if op.get_context().dialect.name == "postgresql":
        for name in SCHEMAS:
            op.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
    _create_audit()
    _create_outbox()
    _create_idempotency_keys()


def _create_audit() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("subject_type", sa.String(32), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.CheckConstraint("(subject_type IS NULL) = (subject_id IS NULL)", name=op.f("ck_audit_events_subject_whole")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
        schema="operations",
    )
    for columns in (
        ["occurred_at", "id"],
        ["actor_id", "occurred_at"],
        ["subject_id", "occurred_at"],
        ["event", "occurred_at"],
    ):
        op.create_index(op.f(f"ix_audit_events_{'_'.join(columns)}"), "audit_events", columns, schema="operations")
    op.create_table(
        "audit_personal",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("user_agent", sa.String(256), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["operations.audit_events.id"], name=op.f("fk_audit_personal_event_id_audit_events")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_personal")),
        schema="operations",
    )
    guards = _POSTGRESQL_GUARDS if op.get_context().dialect.name == "postgresql" else _SQLITE_GUARDS
    for statement in guards:
        op.execute(statement)


_POSTGRESQL_GUARDS = (
    """
    CREATE FUNCTION operations.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'audit events are append-only' USING ERRCODE = 'restrict_violation';
    END
    $$
    """,
    """
    CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON operations.audit_events
    FOR EACH ROW EXECUTE FUNCTION operations.refuse_change()
    """,
    """
    CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON operations.audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION operations.refuse_change()
    """,
)

_SQLITE_GUARDS = (
    *(
        f"""
        CREATE TRIGGER audit_events_no_{verb.lower()} BEFORE {verb} ON audit_events
        BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
        """
        for verb in ("UPDATE", "DELETE")
    ),
    # INSERT OR REPLACE deletes without asking a DELETE trigger.
    """
    CREATE TRIGGER audit_events_no_replace BEFORE INSERT ON audit_events
    WHEN EXISTS (SELECT 1 FROM audit_events WHERE id = NEW.id OR rowid = NEW.rowid)
    BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
    """,
)


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("key", sa.String(128), nullable=True),
        sa.Column("payload", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=False),
        sa.Column("last_error", sa.String(120), nullable=True),
        sa.Column("dead_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outbox_attempts_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        schema="operations",
    )
    living = sa.text("dead_at IS NULL")
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["next_attempt_at", "id"],
        schema="operations",
        postgresql_where=living,
        sqlite_where=living,
    )
    op.create_index(
        "uq_outbox_topic_key",
        "outbox",
        ["topic", "key"],
        unique=True,
        schema="operations",
        postgresql_where=living,
        sqlite_where=living,
    )


def _create_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", Json, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("caller_id", "operation", "key", name=op.f("pk_idempotency_keys")),
        schema="operations",
    )
    op.create_index(op.f("ix_idempotency_keys_expires_at"), "idempotency_keys", ["expires_at"], schema="operations")


def downgrade() -> None:
    limit()
    for table in ("idempotency_keys", "outbox", "audit_personal", "audit_events"):
        op.drop_table(table, schema="operations")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION operations.refuse_change()")
        for name in SCHEMAS:
            op.execute(f"DROP SCHEMA {name}")
