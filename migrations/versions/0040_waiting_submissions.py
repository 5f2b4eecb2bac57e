"""Rows that put into the queue what waited for review before there was one."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from impl.kernel.ids import new_id
from impl.kernel.tables import Json, UtcDateTime
from migrations.limits import limit

revision: str = "0040_waiting_submissions"
down_revision: str | None = "0039_approximate"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BATCH = 500

# Not `sa.table`: only of a whole Table is the schema left out on SQLite.
_tables = sa.MetaData(schema="marketplace")
_profiles = sa.Table(
    "provider_profiles",
    _tables,
    sa.Column("id", sa.Uuid()),
    sa.Column("user_id", sa.Uuid()),
    sa.Column("business_name", sa.String()),
    sa.Column("about", sa.String()),
    sa.Column("phone", sa.String()),
    sa.Column("website", sa.String()),
    sa.Column("licences", Json),
    sa.Column("state", sa.String()),
    sa.Column("submitted_at", UtcDateTime()),
    sa.Column("updated_at", UtcDateTime()),
)
_categories = sa.Table("categories", _tables, sa.Column("id", sa.Uuid()), sa.Column("slug", sa.String()))
_services = sa.Table(
    "services",
    _tables,
    sa.Column("id", sa.Uuid()),
    sa.Column("provider_id", sa.Uuid()),
    sa.Column("category_id", sa.Uuid()),
    sa.Column("title", sa.String()),
    sa.Column("description", sa.String()),
    sa.Column("pricing_kind", sa.String()),
    sa.Column("price_unit", sa.String()),
    sa.Column("tags", Json),
    sa.Column("state", sa.String()),
    sa.Column("submitted_at", UtcDateTime()),
    sa.Column("updated_at", UtcDateTime()),
)
_submissions = sa.Table(
    "submissions",
    _tables,
    sa.Column("id", sa.Uuid()),
    sa.Column("kind", sa.String()),
    sa.Column("owner_id", sa.Uuid()),
    sa.Column("profile_id", sa.Uuid()),
    sa.Column("service_id", sa.Uuid()),
    sa.Column("state", sa.String()),
    sa.Column("current", sa.Boolean()),
    sa.Column("is_revision", sa.Boolean()),
    sa.Column("fields", Json),
    sa.Column("content", Json),
    sa.Column("hints", Json),
    sa.Column("submitted_at", UtcDateTime()),
    sa.Column("created_at", UtcDateTime()),
    sa.Column("updated_at", UtcDateTime()),
    sa.Column("version", sa.Integer()),
)


def upgrade() -> None:
    limit()
    if not context.is_offline_mode():
        _submit(op.get_bind())


def downgrade() -> None:
    """Leave them in the queue: nothing tells them from those that were submitted later."""
    limit()


def _submit(bind: sa.Connection) -> None:
    for statement, made in ((_waiting_profiles(), _of_profile), (_waiting_services(), _of_service)):
        # Those that were put into the queue are not found again.
        while rows := bind.execute(statement.limit(BATCH)).mappings().all():
            bind.execute(sa.insert(_submissions), [made(row) for row in rows])


def _waiting_profiles() -> sa.Select[Any]:
    queued = sa.select(_submissions.c.id).where(_submissions.c.profile_id == _profiles.c.id, _submissions.c.current)
    return sa.select(_profiles).where(_profiles.c.state == "PENDING_REVIEW", ~queued.exists())


def _waiting_services() -> sa.Select[Any]:
    queued = sa.select(_submissions.c.id).where(_submissions.c.service_id == _services.c.id, _submissions.c.current)
    rows = sa.select(_services, _categories.c.slug).join(_categories, _categories.c.id == _services.c.category_id)
    return rows.where(_services.c.state == "PENDING_REVIEW", ~queued.exists())


def _of_profile(row: sa.RowMapping) -> dict[str, object]:
    licences = "\n".join(map(_licence_line, row["licences"]))
    content = {name: row[name] for name in ("business_name", "about", "phone", "website", "licences")}
    texts = {**{name.upper(): row[name] for name in content if name != "licences"}, "LICENCES": licences}
    return {
        **_submission("PROFILE", row, texts),
        "owner_id": row["user_id"],
        "profile_id": row["id"],
        "service_id": None,
        "content": content,
    }


def _of_service(row: sa.RowMapping) -> dict[str, object]:
    texts = {
        "CATEGORY": row["slug"],
        "TITLE": row["title"],
        "DESCRIPTION": row["description"],
        "PRICING": " ".join(filter(None, (row["pricing_kind"], row["price_unit"]))),
        "TAGS": ", ".join(row["tags"]),
    }
    return {
        **_submission("SERVICE", row, texts),
        "owner_id": row["provider_id"],
        "profile_id": None,
        "service_id": row["id"],
        "content": {},
    }


def _submission(kind: str, row: sa.RowMapping, texts: Mapping[str, str | None]) -> dict[str, object]:
    submitted_at = row["submitted_at"] or row["updated_at"]
    return {
        "id": new_id(),
        "kind": kind,
        "state": "PENDING",
        "current": True,
        "is_revision": False,
        "fields": [{"name": name, "published": None, "proposed": text or None} for name, text in texts.items()],
        # Hints are given when a text is submitted; these were before.
        "hints": [],
        "submitted_at": submitted_at,
        "created_at": submitted_at,
        "updated_at": submitted_at,
        "version": 1,
    }


def _licence_line(licence: Mapping[str, str | None]) -> str:
    parts = (licence["title"], licence["number"], licence["authority"], licence["expires_date"])
    return ", ".join(part for part in parts if part)
