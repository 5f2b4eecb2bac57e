"""Triggers that tell the processes which account has news: notifications, ended sessions, suspended accounts.

They send the id of the account and nothing else, when the transaction commits. SQLite needs none: there the processes
watch the file.
"""

from collections.abc import Sequence

from alembic import op

from migrations.limits import limit

revision: str = "0076_account_news"
down_revision: str | None = "0075_calendar_feeds"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Which column of each table names the account, and what happens that is news.
_TRIGGERS = (
    ("marketplace.notification_boxes", "notification_boxes_news", "account_id", "INSERT OR UPDATE OF last_number"),
    ("identity.sessions", "sessions_news", "user_id", "UPDATE OF ended_at"),
    ("identity.users", "users_news", "id", "UPDATE OF state, closed_at"),
)


def upgrade() -> None:
    limit()
    if op.get_context().dialect.name != "postgresql":
        return
    op.execute(
        """
        CREATE FUNCTION operations.tell_news() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('hestami_accounts', to_jsonb(NEW) ->> TG_ARGV[0]);
            RETURN NULL;
        END
        $$
        """
    )
    for table, name, column, happening in _TRIGGERS:
        op.execute(
            f"""
            CREATE TRIGGER {name} AFTER {happening} ON {table}
            FOR EACH ROW EXECUTE FUNCTION operations.tell_news('{column}')
            """
        )


def downgrade() -> None:
    limit()
    if op.get_context().dialect.name != "postgresql":
        return
    for table, name, _, _ in _TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP FUNCTION operations.tell_news()")
