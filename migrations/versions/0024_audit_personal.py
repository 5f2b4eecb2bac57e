"""Triggers that keep personal rows of the audit trail from being changed or inserted later, but not deleted."""

from collections.abc import Sequence

from alembic import op

from migrations.limits import limit

revision: str = "0024_audit_personal"
down_revision: str | None = "0023_verified_usernames"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_POSTGRESQL = (
    """
    CREATE TRIGGER audit_personal_no_update BEFORE UPDATE ON operations.audit_personal
    FOR EACH ROW EXECUTE FUNCTION operations.refuse_change()
    """,
    """
    CREATE TRIGGER audit_personal_no_truncate BEFORE TRUNCATE ON operations.audit_personal
    FOR EACH STATEMENT EXECUTE FUNCTION operations.refuse_change()
    """,
    """
    CREATE FUNCTION operations.refuse_late_personal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM operations.audit_seals WHERE event_id = NEW.event_id) THEN
            RAISE EXCEPTION 'audit events are append-only' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END
    $$
    """,
    """
    CREATE TRIGGER audit_personal_before_seal BEFORE INSERT ON operations.audit_personal
    FOR EACH ROW EXECUTE FUNCTION operations.refuse_late_personal()
    """,
)
_SQLITE = (
    """
    CREATE TRIGGER audit_personal_no_update BEFORE UPDATE ON audit_personal
    BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
    """,
    # INSERT OR REPLACE deletes without asking a DELETE trigger.
    """
    CREATE TRIGGER audit_personal_before_seal BEFORE INSERT ON audit_personal
    WHEN EXISTS (SELECT 1 FROM audit_personal WHERE event_id = NEW.event_id OR rowid = NEW.rowid)
    OR EXISTS (SELECT 1 FROM audit_seals WHERE event_id = NEW.event_id)
    BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
    """,
)


def upgrade() -> None:
    limit()
    for statement in _POSTGRESQL if op.get_context().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    limit()
    if op.get_context().dialect.name == "postgresql":
        for name in ("no_update", "no_truncate", "before_seal"):
            op.execute(f"DROP TRIGGER audit_personal_{name} ON operations.audit_personal")
        op.execute("DROP FUNCTION operations.refuse_late_personal()")
        return
    for name in ("no_update", "before_seal"):
        op.execute(f"DROP TRIGGER audit_personal_{name}")
