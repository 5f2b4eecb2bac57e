"""Usernames that belong to whoever verifies first, and the end of sessions of unverified accounts."""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import check, placed
from migrations.limits import limit

revision: str = "0023_verified_usernames"
down_revision: str | None = "0022_folded_again"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_UNPROVED = "email_verified_at IS NULL AND once_verified_at IS NULL"


def upgrade() -> None:
    limit()
    users, events = _tables("identity.users", "operations.audit_events")
    check("users", "username_whole", "username_key IS NULL OR username IS NOT NULL", schema="identity")
    _index("lower(username)")
    op.execute(f"UPDATE {users} SET username_key = NULL WHERE username_key IS NOT NULL AND {_UNPROVED}")  # noqa: S608 - our own names
    # Where the address has changed since, the trail knows when the first one was proved; everywhere else
    # `email_verified_at` does.
    op.execute(
        f"UPDATE {users} SET once_verified_at = coalesce((SELECT min(e.occurred_at) FROM {events} e "  # noqa: S608 - our own names
        "WHERE e.subject_id = users.id AND e.event IN ('account.verified', 'account.handed_over')), created_at) "
        "WHERE email_verified_at IS NOT NULL AND once_verified_at IS NULL AND EXISTS "
        f"(SELECT 1 FROM {events} e WHERE e.subject_id = users.id AND e.event = 'email.changed')"
    )
    sessions = sa.table(
        "sessions",
        sa.column("user_id"),
        sa.column("ended_at", UtcDateTime()),
        sa.column("end_reason", sa.String()),
        schema=placed("identity"),
    )
    accounts = sa.table("users", sa.column("id"), sa.column("state", sa.String()), schema=placed("identity"))
    pending = sa.select(accounts.c.id).where(accounts.c.state == "PENDING")
    op.execute(
        sessions.update()
        .where(sessions.c.ended_at.is_(None), sessions.c.user_id.in_(pending))
        .values(ended_at=datetime.now(UTC), end_reason="SIGNED_OUT")
    )


def downgrade() -> None:
    limit()
    (users,) = _tables("identity.users")
    # One of those who wish for a username has it, unless it is somebody's already.
    op.execute(
        f"UPDATE {users} SET username_key = lower(username) WHERE username_key IS NULL AND username IS NOT NULL "  # noqa: S608 - our own names
        f"AND NOT EXISTS (SELECT 1 FROM {users} o WHERE o.username_key = lower(users.username) "
        "OR (o.username_key IS NULL AND lower(o.username) = lower(users.username) AND o.id < users.id))"
    )
    op.execute(f"UPDATE {users} SET username = NULL WHERE username_key IS NULL")  # noqa: S608 - our own names
    check("users", "username_whole", "(username IS NULL) = (username_key IS NULL)", schema="identity")
    _index("username_key")


def _index(what: str) -> None:
    """Replace the index by which staff find accounts by the beginning of their username."""
    on_postgresql = op.get_context().dialect.name == "postgresql"
    schema, patterns = ("identity.", " text_pattern_ops") if on_postgresql else ("", "")
    table = f"{schema}users"
    op.execute(f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX {schema}ix_users_username_beginning")
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        f"CREATE INDEX ix_users_username_beginning ON {table} ({what}{patterns})"
    )


def _tables(*names: str) -> tuple[str, ...]:
    """Return the tables' names; SQLite has no schemas."""
    is_sqlite = op.get_context().dialect.name == "sqlite"
    return tuple(name.partition(".")[2] if is_sqlite else name for name in names)
