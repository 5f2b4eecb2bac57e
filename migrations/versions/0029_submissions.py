"""Submissions for review, the words that staff do not want to read, and mails about decisions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import Json, UtcDateTime
from migrations.alter import one_of, placed
from migrations.limits import limit

revision: str = "0029_submissions"
down_revision: str | None = "0028_signed_audit"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Not CONCURRENTLY: that waits for every transaction, also for the one in which another release waits to migrate.
_UNHURRIED = "-- squawk-ignore require-concurrent-index-creation"
_BEFORE = (
    *("VERIFY_EMAIL", "REGISTERED_AGAIN", "ALREADY_VERIFIED", "RESET_PASSWORD", "PASSWORD_CHANGED"),
    *("ACCOUNT_CLOSED", "CLOSED_MEANWHILE", "ACCOUNT_RESTORED", "INVITATION", "EMAIL_CHANGED"),
    *("MFA_ENABLED", "MFA_DISABLED", "MFA_RESET", "RECOVERY_CODE_USED", "RECOVERY_CODES_RENEWED"),
    *("CONFIRM_EMAIL", "EMAIL_CHANGE_ASKED", "EMAIL_IN_USE"),
    *("ACCOUNT_SUSPENDED", "SUSPENDED_MEANWHILE", "ACCOUNT_REACTIVATED", "DATA_EXPORTED"),
    *("IDENTITY_LINKED", "IDENTITY_UNLINKED"),
)
_MORE = (
    *("PROFILE_APPROVED", "PROFILE_REJECTED", "SERVICE_APPROVED", "SERVICE_REJECTED"),
    *("PROVIDER_SUSPENDED", "PROVIDER_REINSTATED"),
)


def _reference(name: str, column: str, schema: str, there: str, ondelete: str) -> sa.ForeignKeyConstraint:
    target = f"{schema}.{there}" if placed(schema) else there
    return sa.ForeignKeyConstraint([column], [target], name=op.f(name), ondelete=ondelete)


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_submissions_{name}"))


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _current_index(column: str, name: str) -> None:
    where = {"postgresql_where": sa.text("current"), "sqlite_where": sa.text("current = 1")}
    op.create_index(name, "submissions", [column], unique=True, schema=placed("marketplace"), **where)  # type: ignore[arg-type]  # options of two dialects


def upgrade() -> None:
    limit()
    one_of("sent_mails", "mailkind", "kind", (*_BEFORE, *_MORE), schema="identity")
    _create_submissions()
    op.create_table(
        "forbidden_words",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.String(100), nullable=False),
        sa.Column("folded", sa.String(400), nullable=False),
        sa.Column("note", sa.String(500), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forbidden_words")),
        sa.UniqueConstraint("folded", name=op.f("uq_forbidden_words_folded")),
        sa.CheckConstraint("length(word) BETWEEN 1 AND 100", name=op.f("ck_forbidden_words_word_length")),
        sa.CheckConstraint("length(note) <= 500", name=op.f("ck_forbidden_words_note_length")),
        schema=placed("marketplace"),
    )
    listings = "marketplace.listings" if placed("marketplace") else "listings"
    op.add_column("listings", sa.Column("text_digest", sa.LargeBinary(32), nullable=True), schema=placed("marketplace"))
    op.execute(f"{_UNHURRIED}\nCREATE INDEX ix_listings_text_digest ON {listings} (text_digest)")
    # Accounts that were suspended before kept their listings.
    users, profiles = (
        ("identity.users", "marketplace.provider_profiles") if placed("identity") else ("users", "provider_profiles")
    )
    op.execute(
        f"UPDATE {profiles} SET concealed_at = CURRENT_TIMESTAMP WHERE concealed_at IS NULL"  # noqa: S608 - names of ours
        f" AND user_id IN (SELECT id FROM {users} WHERE state = 'SUSPENDED')"
    )


def _create_submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", _one_of("submissionkind", "PROFILE", "SERVICE"), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            _one_of("submissionstate", "PENDING", "APPROVED", "REJECTED", "WITHDRAWN"),
            nullable=False,
        ),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("is_revision", sa.Boolean(), nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.Column("hints", Json, nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claim_expires_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column(
            "rejection_reason",
            _one_of(
                "rejectionreason",
                *("INCOMPLETE", "MISLEADING", "CONTACT_DETAILS", "FORBIDDEN_CONTENT"),
                *("DUPLICATE", "WRONG_CATEGORY", "OTHER"),
            ),
            nullable=True,
        ),
        sa.Column("note", sa.String(2000), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        _reference("fk_submissions_owner_id_users", "owner_id", "identity", "users.id", "RESTRICT"),
        _reference(
            "fk_submissions_profile_id_provider_profiles",
            *("profile_id", "marketplace", "provider_profiles.id", "CASCADE"),
        ),
        _reference("fk_submissions_service_id_services", "service_id", "marketplace", "services.id", "CASCADE"),
        _check("profile_if_profile", "(kind = 'PROFILE') = (profile_id IS NOT NULL)"),
        _check("service_if_service", "(kind = 'SERVICE') = (service_id IS NOT NULL)"),
        _check("decided_at_known", "(state = 'PENDING') = (decided_at IS NULL)"),
        _check("reason_if_rejected", "(state = 'REJECTED') = (rejection_reason IS NOT NULL)"),
        _check("claim_whole", "(claimed_by IS NULL) = (claim_expires_at IS NULL)"),
        _check("note_length", "length(note) <= 2000"),
        schema=placed("marketplace"),
    )
    op.create_index(
        "ix_submissions_queue", "submissions", ["state", "submitted_at", "id"], schema=placed("marketplace")
    )
    op.create_index("ix_submissions_owner", "submissions", ["owner_id"], schema=placed("marketplace"))
    _current_index("profile_id", "uq_submissions_current_profile")
    _current_index("service_id", "uq_submissions_current_service")


def downgrade() -> None:
    limit()
    op.drop_index("ix_listings_text_digest", table_name="listings", schema=placed("marketplace"))
    op.drop_column("listings", "text_digest", schema=placed("marketplace"))
    op.drop_table("forbidden_words", schema=placed("marketplace"))
    op.drop_table("submissions", schema=placed("marketplace"))
    mails = sa.table("sent_mails", sa.column("kind"), schema=placed("identity"))
    op.execute(mails.delete().where(mails.c.kind.in_(_MORE)))
    one_of("sent_mails", "mailkind", "kind", _BEFORE, schema="identity")
