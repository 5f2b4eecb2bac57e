"""Visits, and the promise that no two visits or jobs of a provider are booked at once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import placed
from migrations.create import checks, foreign_key, stamps, words_of
from migrations.limits import limit

revision: str = "0081_visits"
down_revision: str | None = "0080_reported_reviews"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BOOKED = sa.text("state = 'BOOKED'")
_JOB = "state IN ('SCHEDULED', 'IN_PROGRESS') AND starts_at IS NOT NULL"
_NEW_JOB = "NEW.state IN ('SCHEDULED', 'IN_PROGRESS') AND NEW.starts_at IS NOT NULL"
_COLUMNS = "provider_id, state, starts_at, ends_at"
_AT_ONCE = "provider_id = NEW.provider_id AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at"


def _function(name: str, constraint: str, table: str, booked: str) -> str:
    """Refuse a row where a booked one of the other table has the time.

    The lock of the provider is held until the transaction ends: whoever comes second reads what the first has written.
    """
    return f"""
    CREATE FUNCTION marketplace.{name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('booked ' || NEW.provider_id::text, 0));
        IF EXISTS (SELECT 1 FROM marketplace.{table} WHERE {_AT_ONCE} AND {booked}) THEN
            RAISE EXCEPTION '{constraint}' USING ERRCODE = 'exclusion_violation', CONSTRAINT = '{constraint}';
        END IF;
        RETURN NEW;
    END
    $$
    """  # noqa: S608 - names of ours


POSTGRESQL = (
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE marketplace.visits ADD CONSTRAINT ex_visits_booked_once
    EXCLUDE USING gist (provider_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (state = 'BOOKED')
    """,
    _function("book_job_beside_visits", "ex_jobs_booked_once", "visits", "state = 'BOOKED'"),
    _function("book_visit_beside_jobs", "ex_visits_booked_once", "jobs", _JOB),
    f"""
    CREATE TRIGGER ex_jobs_booked_beside_visits BEFORE INSERT OR UPDATE OF {_COLUMNS} ON marketplace.jobs
    FOR EACH ROW WHEN ({_NEW_JOB}) EXECUTE FUNCTION marketplace.book_job_beside_visits()
    """,
    f"""
    CREATE TRIGGER ex_visits_booked_beside_jobs BEFORE INSERT OR UPDATE OF {_COLUMNS} ON marketplace.visits
    FOR EACH ROW WHEN (NEW.state = 'BOOKED') EXECUTE FUNCTION marketplace.book_visit_beside_jobs()
    """,
)


# SQLite has one writer: a trigger sees all that was written before.
SQLITE = tuple(
    f"""
    CREATE TRIGGER ex_{name}_{event.partition(" ")[0].lower()} BEFORE {event} ON {table}
    WHEN {when} AND EXISTS (SELECT 1 FROM {other} WHERE {_AT_ONCE} AND {booked})
    BEGIN SELECT RAISE(ABORT, '{constraint}'); END
    """  # noqa: S608 - names of ours
    for name, table, when, other, booked, constraint in (
        ("jobs_booked_beside_visits", "jobs", _NEW_JOB, "visits", "state = 'BOOKED'", "ex_jobs_booked_once"),
        ("visits_booked_beside_jobs", "visits", "NEW.state = 'BOOKED'", "jobs", _JOB, "ex_visits_booked_once"),
        (
            "visits_booked_once",
            "visits",
            "NEW.state = 'BOOKED'",
            "visits",
            "state = 'BOOKED' AND id <> NEW.id",
            "ex_visits_booked_once",
        ),
    )
    for event in ("INSERT", f"UPDATE OF {_COLUMNS}")
)


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("state", words_of("visitstate", "REQUESTED", "BOOKED", "DECLINED", "CANCELLED"), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("booked_at", UtcDateTime(), nullable=True),
        sa.Column("cancelled_by", words_of("cancelled_by", "HOMEOWNER", "PROVIDER"), nullable=True),
        *stamps(),
        *checks(
            "visits",
            two_parties="owner_id <> provider_id",
            time_order="starts_at < ends_at",
            booked_at_known="state <> 'BOOKED' OR booked_at IS NOT NULL",
            cancelled_by_known="(state = 'CANCELLED') = (cancelled_by IS NOT NULL)",
        ),
        foreign_key("visits", "inquiry_id", "inquiries", schema, "marketplace"),
        foreign_key("visits", "recipient_id", "inquiry_recipients", schema, "marketplace"),
        foreign_key("visits", "owner_id", "users", schema, "identity"),
        foreign_key("visits", "provider_id", "users", schema, "identity"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        schema=schema,
    )
    for name, columns in (
        ("owner_id_created_at_id", ["owner_id", "created_at", "id"]),
        ("provider_id_created_at_id", ["provider_id", "created_at", "id"]),
        ("provider_id_starts_at", ["provider_id", "starts_at"]),
        ("inquiry_id", ["inquiry_id"]),
        ("recipient_id", ["recipient_id"]),
    ):
        op.create_index(f"ix_visits_{name}", "visits", columns, schema=schema)
    op.create_index(
        "ix_visits_booked",
        "visits",
        ["provider_id", "starts_at"],
        schema=schema,
        postgresql_where=_BOOKED,
        sqlite_where=_BOOKED,
    )
    for statement in SQLITE if schema is None else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    if schema is None:
        op.execute("DROP TRIGGER ex_jobs_booked_beside_visits_insert")
        op.execute("DROP TRIGGER ex_jobs_booked_beside_visits_update")
    else:
        op.execute("DROP TRIGGER ex_jobs_booked_beside_visits ON marketplace.jobs")
    op.drop_table("visits", schema=schema)
    if schema is not None:
        op.execute("DROP FUNCTION marketplace.book_job_beside_visits()")
        op.execute("DROP FUNCTION marketplace.book_visit_beside_jobs()")
