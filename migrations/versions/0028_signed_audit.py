"""Audit events are signed when they are written, and personal rows go only with a signed record of their erasure."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0028_signed_audit"
down_revision: str | None = "0027_service_areas"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = ("audit_erasures", "audit_rejected")
_COLUMNS = (("personal_digest", sa.LargeBinary(32)), ("key_id", sa.String(16)), ("mac", sa.LargeBinary(32)))
_POSTGRESQL = (
    *(
        statement
        for table in _TABLES
        for statement in (
            f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON operations.{table}
            FOR EACH ROW EXECUTE FUNCTION operations.refuse_change()
            """,
            f"""
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON operations.{table}
            FOR EACH STATEMENT EXECUTE FUNCTION operations.refuse_change()
            """,
        )
    ),
    """
    CREATE TRIGGER audit_events_signed BEFORE INSERT ON operations.audit_events
    FOR EACH ROW WHEN (NEW.mac IS NULL OR NEW.key_id IS NULL) EXECUTE FUNCTION operations.refuse_change()
    """,
    """
    CREATE FUNCTION operations.refuse_untraced_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT 1 FROM operations.audit_erasures WHERE event_id = OLD.event_id) THEN
            RAISE EXCEPTION 'audit events are append-only' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END
    $$
    """,
    """
    CREATE TRIGGER audit_personal_erased BEFORE DELETE ON operations.audit_personal
    FOR EACH ROW EXECUTE FUNCTION operations.refuse_untraced_erasure()
    """,
)
_SQLITE = (
    *(
        f"""
        CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}
        BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
        """
        for table in _TABLES
        for verb in ("UPDATE", "DELETE")
    ),
    # INSERT OR REPLACE deletes without asking a DELETE trigger.
    *(
        f"""
        CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
        WHEN EXISTS (SELECT 1 FROM {table} WHERE event_id = NEW.event_id OR rowid = NEW.rowid)
        BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
        """  # noqa: S608 - names of this file
        for table in _TABLES
    ),
    """
    CREATE TRIGGER audit_events_signed BEFORE INSERT ON audit_events WHEN NEW.mac IS NULL OR NEW.key_id IS NULL
    BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
    """,
    """
    CREATE TRIGGER audit_personal_erased BEFORE DELETE ON audit_personal
    WHEN NOT EXISTS (SELECT 1 FROM audit_erasures WHERE event_id = OLD.event_id)
    BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
    """,
)


def upgrade() -> None:
    limit()
    for name, kind in _COLUMNS:
        op.add_column("audit_events", sa.Column(name, kind, nullable=True), schema=placed("operations"))
    op.create_table(
        "audit_erasures",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("erased_by", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("mac", sa.LargeBinary(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["operations.audit_events.id"], name=op.f("fk_audit_erasures_event_id_audit_events")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_erasures")),
        schema="operations",
    )
    op.create_table(
        "audit_rejected",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["operations.audit_events.id"], name=op.f("fk_audit_rejected_event_id_audit_events")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_rejected")),
        schema="operations",
    )
    for statement in _POSTGRESQL if op.get_context().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    limit()
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_events_signed ON operations.audit_events")
        op.execute("DROP TRIGGER audit_personal_erased ON operations.audit_personal")
        op.execute("DROP FUNCTION operations.refuse_untraced_erasure()")
    else:
        op.execute("DROP TRIGGER audit_events_signed")
        op.execute("DROP TRIGGER audit_personal_erased")
    for table in reversed(_TABLES):
        op.drop_table(table, schema="operations")
    for name, _ in reversed(_COLUMNS):
        op.drop_column("audit_events", name, schema=placed("operations"))
