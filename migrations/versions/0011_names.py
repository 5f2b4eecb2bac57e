"""Search values of existing accounts, and the indexes over them."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic import context, op

from impl.identity.capabilities.users.tables import name_keys
from migrations.alter import placed
from migrations.limits import limit

revision: str = "0011_names"
down_revision: str | None = "0010_accounts"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BATCH = 500
# Not CONCURRENTLY: that waits for every transaction, also for the one in which another release waits to migrate.
_UNHURRIED = "-- squawk-ignore require-concurrent-index-creation"
_BEGINNINGS = {
    "ix_users_email_beginning": "email_key",
    "ix_users_username_beginning": "username_key",
    "ix_users_full_name_beginning": "full_name_key",
    "ix_users_last_name_beginning": "last_name_key",
}

# A whole Table: only of that is the schema left out on SQLite.
users = sa.Table(
    "users",
    sa.MetaData(schema="identity"),
    sa.Column("id", sa.Uuid()),
    *(sa.Column(name, sa.String()) for name in ("full_name", "full_name_key", "last_name_key")),
)


def upgrade() -> None:
    """Fill the columns apart from their own migration, whose locks would last until the last row is read."""
    limit()
    if context.is_offline_mode():
        # SQL for an operator to run by hand cannot fold names: this finds all that are written without accents.
        op.execute(users.update().values(full_name_key=sa.func.lower(users.c.full_name)))
    else:
        _fill()
    _index()


def _fill() -> None:
    connection = op.get_bind()
    changed = users.update().where(users.c.id == sa.bindparam("this"))
    keyed = changed.values(full_name_key=sa.bindparam("full"), last_name_key=sa.bindparam("last"))
    for rows in _batches(connection):
        found = [(row["id"], name_keys(row["full_name"])) for row in rows]
        values = [{"this": this, "full": key["full_name_key"], "last": key["last_name_key"]} for this, key in found]
        connection.execute(keyed, values)


def _batches(connection: sa.Connection) -> Iterator[Sequence[sa.RowMapping]]:
    """Yield all rows in batches: neither memory nor a statement's time limit bounds how many there are."""
    page = sa.select(users.c.id, users.c.full_name).order_by(users.c.id).limit(_BATCH)
    rows = connection.execute(page).mappings().all()
    while rows:
        yield rows
        rows = connection.execute(page.where(users.c.id > rows[-1]["id"])).mappings().all()


def _index() -> None:
    on_postgresql = op.get_context().dialect.name == "postgresql"
    table, patterns = ("identity.users", " text_pattern_ops") if on_postgresql else ("users", "")
    op.execute(f"{_UNHURRIED}\nCREATE INDEX ix_users_created_at ON {table} (created_at, id)")
    for name, column in _BEGINNINGS.items():
        op.execute(f"{_UNHURRIED}\nCREATE INDEX {name} ON {table} ({column}{patterns})")


def downgrade() -> None:
    limit()
    for name in (*_BEGINNINGS, "ix_users_created_at"):
        op.drop_index(name, table_name="users", schema=placed("identity"))
