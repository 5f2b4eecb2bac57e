"""Accounts, roles, sessions, tokens and back-off; the built-in roles as the contract has them."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.limits import limit

revision: str = "0002_identity"
down_revision: str | None = "0001_kernel"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# (id, name, description, inherited roles, own permissions), as they were when this migration was written.
ROLES: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "01980000-0000-7000-8000-000000000001",
        "HOMEOWNER",
        "Lists properties and looks for services.",
        (),
        ("property:read", "property:write", "service:read"),
    ),
    (
        "01980000-0000-7000-8000-000000000002",
        "SERVICE_PROVIDER",
        "Presents a business and its services.",
        (),
        ("provider_profile:read", "provider_profile:write", "service:read", "service:write"),
    ),
    (
        "01980000-0000-7000-8000-000000000003",
        "STAFF_SUPPORT",
        "Helps people with their accounts.",
        (),
        ("account:read",),
    ),
    (
        "01980000-0000-7000-8000-000000000004",
        "STAFF_MODERATOR",
        "Reviews profiles and services, keeps the categories.",
        ("STAFF_SUPPORT",),
        ("category:write", "moderation:read", "moderation:decide"),
    ),
    (
        "01980000-0000-7000-8000-000000000005",
        "STAFF_ADMIN",
        "Runs the place.",
        ("STAFF_MODERATOR",),
        ("account:write", "role:read", "role:write", "audit:read", "usage:read"),
    ),
)
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)
_LIVE_TOKEN = sa.text("used_at IS NULL AND voided_at IS NULL")


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    limit()
    _create_roles()
    _create_users()
    _create_sessions()
    _create_tokens_and_mails()
    _create_throttles()
    _seed_roles()


def _create_roles() -> None:
    op.create_table(
        "roles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("built_in", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_roles_name")),
        schema="identity",
    )
    op.create_table(
        "role_inheritances",
        sa.Column("role_name", sa.String(64), nullable=False),
        sa.Column("inherits_name", sa.String(64), nullable=False),
        sa.CheckConstraint("role_name <> inherits_name", name=op.f("ck_role_inheritances_not_itself")),
        sa.ForeignKeyConstraint(
            ["inherits_name"],
            ["identity.roles.name"],
            name=op.f("fk_role_inheritances_inherits_name_roles"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["role_name"],
            ["identity.roles.name"],
            name=op.f("fk_role_inheritances_role_name_roles"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("role_name", "inherits_name", name=op.f("pk_role_inheritances")),
        schema="identity",
    )
    op.create_table(
        "role_permissions",
        sa.Column("role_name", sa.String(64), nullable=False),
        sa.Column("permission", sa.String(64), nullable=False),
        sa.CheckConstraint("permission LIKE '%_:_%'", name=op.f("ck_role_permissions_resource_action")),
        sa.ForeignKeyConstraint(
            ["role_name"], ["identity.roles.name"], name=op.f("fk_role_permissions_role_name_roles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("role_name", "permission", name=op.f("pk_role_permissions")),
        schema="identity",
    )
    op.create_table(
        "role_catalogue",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_role_catalogue_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_catalogue")),
        schema="identity",
    )


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", sa.String(254), nullable=False),
        sa.Column("email_verified_at", UtcDateTime(), nullable=True),
        sa.Column("username", sa.String(30), nullable=True),
        sa.Column("username_key", sa.String(30), nullable=True),
        sa.Column("full_name", sa.String(100), nullable=False),
        sa.Column("phone", sa.String(16), nullable=True),
        sa.Column("locale", sa.String(12), nullable=False),
        sa.Column("state", _one_of("accountstate", "PENDING", "ACTIVE", "SUSPENDED", "ERASED"), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=True),
        sa.Column("password_changed_at", UtcDateTime(), nullable=True),
        sa.Column("last_login_at", UtcDateTime(), nullable=True),
        sa.Column("credential_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "length(username) BETWEEN 3 AND 30 AND username NOT LIKE '%@%'", name=op.f("ck_users_username_shape")
        ),
        sa.CheckConstraint(
            "state <> 'ACTIVE' OR email_verified_at IS NOT NULL", name=op.f("ck_users_active_is_verified")
        ),
        sa.CheckConstraint("(username IS NULL) = (username_key IS NULL)", name=op.f("ck_users_username_whole")),
        sa.CheckConstraint("length(email) BETWEEN 6 AND 254", name=op.f("ck_users_email_length")),
        sa.CheckConstraint("length(full_name) BETWEEN 1 AND 100", name=op.f("ck_users_full_name_length")),
        sa.CheckConstraint("length(locale) BETWEEN 2 AND 12", name=op.f("ck_users_locale_length")),
        sa.CheckConstraint("length(phone) BETWEEN 8 AND 16", name=op.f("ck_users_phone_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_key", name=op.f("uq_users_email_key")),
        sa.UniqueConstraint("username_key", name=op.f("uq_users_username_key")),
        schema="identity",
    )
    op.create_table(
        "user_roles",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role_name", sa.String(64), nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["identity.users.id"], name=op.f("fk_user_roles_granted_by_users"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["role_name"], ["identity.roles.name"], name=op.f("fk_user_roles_role_name_roles"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity.users.id"], name=op.f("fk_user_roles_user_id_users"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("user_id", "role_name", name=op.f("pk_user_roles")),
        schema="identity",
    )
    op.create_index("ix_user_roles_role_name", "user_roles", ["role_name"], unique=False, schema="identity")


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("user_agent", sa.String(400), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column(
            "end_reason",
            _one_of("endreason", "SIGNED_OUT", "PASSWORD_CHANGED", "PASSWORD_RESET", "REFRESH_REUSED", "SUSPENDED"),
            nullable=True,
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_sessions_end_whole")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_sessions_expires_later")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity.users.id"], name=op.f("fk_sessions_user_id_users"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        schema="identity",
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"], unique=False, schema="identity")
    op.create_index(
        "ix_sessions_user_live",
        "sessions",
        ["user_id"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("predecessor_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["predecessor_id"],
            ["identity.refresh_tokens.id"],
            name=op.f("fk_refresh_tokens_predecessor_id_refresh_tokens"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["identity.sessions.id"],
            name=op.f("fk_refresh_tokens_session_id_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_tokens")),
        sa.UniqueConstraint("predecessor_id", name=op.f("uq_refresh_tokens_predecessor_id")),
        schema="identity",
    )
    op.create_index("ix_refresh_tokens_session_id", "refresh_tokens", ["session_id"], unique=False, schema="identity")


def _create_tokens_and_mails() -> None:
    op.create_table(
        "one_time_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", _one_of("purpose", "VERIFY_EMAIL", "RESET_PASSWORD"), nullable=False),
        sa.Column("email_key", sa.String(254), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("voided_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("used_at IS NULL OR voided_at IS NULL", name=op.f("ck_one_time_tokens_one_end")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity.users.id"], name=op.f("fk_one_time_tokens_user_id_users"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_tokens")),
        schema="identity",
    )
    op.create_index(
        "uq_one_time_tokens_live",
        "one_time_tokens",
        ["user_id", "purpose"],
        unique=True,
        schema="identity",
        postgresql_where=_LIVE_TOKEN,
        sqlite_where=_LIVE_TOKEN,
    )
    op.create_table(
        "sent_mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            _one_of(
                "mailkind", "VERIFY_EMAIL", "REGISTERED_AGAIN", "ALREADY_VERIFIED", "RESET_PASSWORD", "PASSWORD_CHANGED"
            ),
            nullable=False,
        ),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity.users.id"], name=op.f("fk_sent_mails_user_id_users"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_mails")),
        schema="identity",
    )
    op.create_index(
        "ix_sent_mails_user_kind", "sent_mails", ["user_id", "kind", "decided_at"], unique=False, schema="identity"
    )


def _create_throttles() -> None:
    op.create_table(
        "login_throttles",
        sa.Column("scope", _one_of("scope", "ACCOUNT", "ADDRESS", "DEVICE"), nullable=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", UtcDateTime(), nullable=False),
        sa.Column("blocked_until", UtcDateTime(), nullable=True),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_login_throttles_failures_counted")),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_login_throttles")),
        schema="identity",
    )
    op.create_index(
        "ix_login_throttles_last_failed_at", "login_throttles", ["last_failed_at"], unique=False, schema="identity"
    )


def _seed_roles() -> None:
    # Tables, not table clauses: only those lose their schema where the engine has none.
    roles = sa.Table(
        "roles",
        sa.MetaData(),
        sa.Column("id", sa.Uuid()),
        sa.Column("name", sa.String()),
        sa.Column("description", sa.String()),
        sa.Column("built_in", sa.Boolean()),
        sa.Column("created_at", UtcDateTime()),
        sa.Column("updated_at", UtcDateTime()),
        sa.Column("version", sa.Integer()),
        schema="identity",
    )
    inheritances = sa.Table(
        "role_inheritances",
        sa.MetaData(),
        sa.Column("role_name", sa.String()),
        sa.Column("inherits_name", sa.String()),
        schema="identity",
    )
    permissions = sa.Table(
        "role_permissions",
        sa.MetaData(),
        sa.Column("role_name", sa.String()),
        sa.Column("permission", sa.String()),
        schema="identity",
    )
    catalogue = sa.Table(
        "role_catalogue",
        sa.MetaData(),
        sa.Column("id", sa.SmallInteger()),
        sa.Column("version", sa.Integer()),
        schema="identity",
    )
    op.bulk_insert(
        roles,
        [
            {
                "id": uuid.UUID(role_id),
                "name": name,
                "description": description,
                "built_in": True,
                "created_at": _SINCE,
                "updated_at": _SINCE,
                "version": 1,
            }
            for role_id, name, description, _, _ in ROLES
        ],
    )
    op.bulk_insert(
        inheritances,
        [{"role_name": name, "inherits_name": other} for _, name, _, inherits, _ in ROLES for other in inherits],
    )
    op.bulk_insert(
        permissions,
        [{"role_name": name, "permission": permission} for _, name, _, _, own in ROLES for permission in own],
    )
    op.bulk_insert(catalogue, [{"id": 1, "version": 1}])


def downgrade() -> None:
    limit()
    for table in (
        "login_throttles",
        "sent_mails",
        "one_time_tokens",
        "refresh_tokens",
        "sessions",
        "user_roles",
        "users",
        "role_catalogue",
        "role_permissions",
        "role_inheritances",
        "roles",
    ):
        op.drop_table(table, schema="identity")
