"""The hash chain over the audit events, and the queue of those that are not in it yet."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.limits import limit

revision: str = "0005_audit_chain"
down_revision: str | None = "0004_categories"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_POSTGRESQL = (
    """
    CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE ON operations.audit_seals
    FOR EACH ROW EXECUTE FUNCTION operations.refuse_change()
    """,
    """
    CREATE TRIGGER audit_seals_no_truncate BEFORE TRUNCATE ON operations.audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION operations.refuse_change()
    """,
    """
    CREATE FUNCTION operations.queue_for_sealing() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO operations.audit_unsealed (event_id) VALUES (NEW.id);
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER audit_events_unsealed AFTER INSERT ON operations.audit_events
    FOR EACH ROW EXECUTE FUNCTION operations.queue_for_sealing()
    """,
    "INSERT INTO operations.audit_unsealed (event_id) SELECT id FROM operations.audit_events",
)

_SQLITE = (
    *(
        f"""
        CREATE TRIGGER audit_seals_no_{verb.lower()} BEFORE {verb} ON audit_seals
        BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
        """
        for verb in ("UPDATE", "DELETE")
    ),
    # INSERT OR REPLACE deletes without asking a DELETE trigger.
    """
    CREATE TRIGGER audit_seals_no_replace BEFORE INSERT ON audit_seals
    WHEN EXISTS (
        SELECT 1 FROM audit_seals WHERE position = NEW.position OR event_id = NEW.event_id OR rowid = NEW.rowid
    )
    BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
    """,
    """
    CREATE TRIGGER audit_events_unsealed AFTER INSERT ON audit_events
    BEGIN INSERT INTO audit_unsealed (event_id) VALUES (NEW.id); END
    """,
    "INSERT INTO audit_unsealed (event_id) SELECT id FROM audit_events",
)


def upgrade() -> None:
    limit()
    op.create_table(
        "audit_seals",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("personal_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("sealed_at", UtcDateTime(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_audit_seals_position_range")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["operations.audit_events.id"], name=op.f("fk_audit_seals_event_id_audit_events")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_seals_event_id")),
        schema="operations",
    )
    op.create_table(
        "audit_unsealed",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_unsealed")),
        schema="operations",
    )
    for statement in _POSTGRESQL if op.get_context().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    limit()
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_events_unsealed ON operations.audit_events")
        op.execute("DROP FUNCTION operations.queue_for_sealing()")
    else:
        op.execute("DROP TRIGGER audit_events_unsealed")
    for table in ("audit_unsealed", "audit_seals"):
        op.drop_table(table, schema="operations")
