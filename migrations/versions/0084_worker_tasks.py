"""Last runs of the worker's tasks, and the permission to look at the state of the service."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import placed
from migrations.limits import limit
from migrations.permissions import grant, revoke

revision: str = "0084_worker_tasks"
down_revision: str | None = "0083_ends_of_visits"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PERMISSIONS = ("operations:read",)


def upgrade() -> None:
    limit()
    op.create_table(
        "worker_tasks",
        sa.Column("task", sa.String(64), nullable=False),
        sa.Column("ran_at", UtcDateTime(), nullable=False),
        sa.Column("succeeded_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("task", name=op.f("pk_worker_tasks")),
        schema=placed("operations"),
    )
    grant("STAFF_ADMIN", _PERMISSIONS)


def downgrade() -> None:
    limit()
    revoke("STAFF_ADMIN", _PERMISSIONS)
    op.drop_table("worker_tasks", schema=placed("operations"))
