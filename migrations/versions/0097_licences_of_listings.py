"""Last day of the licence of a listing's business beside the words of the listing, which triggers keep."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0097_licences_of_listings"
down_revision: str | None = "0096_roles_gone"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# One that does not end lasts until the last day that a date can name.
_UNTIL = (
    "SELECT max(coalesce(expires_date, {endless})) FROM {schema}verifications verification "
    "WHERE verification.owner_id = {owner} AND verification.kind = 'LICENCE' AND verification.state = 'VERIFIED'"
)
_OWNER = "(SELECT user_id FROM {schema}provider_profiles WHERE id = {profile})"
_COUNTS = "{0}.kind = 'LICENCE' AND {0}.state = 'VERIFIED'"


def _until(owner: str) -> str:
    return _UNTIL.format(endless="DATE '9999-12-31'", schema="marketplace.", owner=owner)


# Whoever writes the first row of a listing at the same time waits for the profile, or is waited for, as with ratings.
_ON_POSTGRESQL = (
    f"""
    CREATE FUNCTION marketplace.spread_licence() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        owner uuid := coalesce(new.owner_id, old.owner_id);
        profile uuid;
        last_day date;
    BEGIN
        IF coalesce({_COUNTS.format("old")}, false) OR coalesce({_COUNTS.format("new")}, false) THEN
            SELECT id INTO profile FROM marketplace.provider_profiles WHERE user_id = owner FOR UPDATE;
            last_day := ({_until("owner")});
            UPDATE marketplace.listing_texts SET licensed_until = last_day
            WHERE profile_id = profile AND licensed_until IS DISTINCT FROM last_day;
        END IF;
        RETURN NULL;
    END
    $$
    """,  # noqa: S608 - names of ours
    """
    CREATE TRIGGER spread_licence AFTER INSERT OR DELETE OR UPDATE OF state, expires_date ON marketplace.verifications
    FOR EACH ROW EXECUTE FUNCTION marketplace.spread_licence()
    """,
    f"""
    CREATE FUNCTION marketplace.take_licence() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM marketplace.provider_profiles WHERE id = new.profile_id FOR KEY SHARE;
        new.licensed_until := ({_until(_OWNER.format(schema="marketplace.", profile="new.profile_id"))});
        RETURN new;
    END
    $$
    """,
    """
    CREATE TRIGGER take_licence BEFORE INSERT ON marketplace.listing_texts
    FOR EACH ROW EXECUTE FUNCTION marketplace.take_licence()
    """,
)


def _spread(row: str) -> str:
    last_day = _UNTIL.format(endless="'9999-12-31'", schema="", owner=f"{row}.owner_id")
    return f"""
        UPDATE listing_texts SET licensed_until = ({last_day})
        WHERE profile_id = (SELECT id FROM provider_profiles WHERE user_id = {row}.owner_id);
    """  # noqa: S608 - names of ours


_TAKEN = _UNTIL.format(
    endless="'9999-12-31'", schema="", owner=_OWNER.format(schema="", profile="listing_texts.profile_id")
)
_ON_SQLITE = (
    f"""
    CREATE TRIGGER spread_new_licence AFTER INSERT ON verifications WHEN {_COUNTS.format("new")} BEGIN
        {_spread("new")}
    END
    """,
    f"""
    CREATE TRIGGER spread_licence AFTER UPDATE OF state, expires_date ON verifications
    WHEN {_COUNTS.format("old")} OR {_COUNTS.format("new")} BEGIN {_spread("new")} END
    """,
    f"""
    CREATE TRIGGER spread_removed_licence AFTER DELETE ON verifications WHEN {_COUNTS.format("old")} BEGIN
        {_spread("old")}
    END
    """,
    f"""
    CREATE TRIGGER take_licence AFTER INSERT ON listing_texts BEGIN
        UPDATE listing_texts SET licensed_until = ({_TAKEN}) WHERE number = new.number;
    END
    """,  # noqa: S608 - names of ours
)


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.add_column("listing_texts", sa.Column("licensed_until", sa.Date(), nullable=True), schema=schema)
    for statement in _ON_SQLITE if schema is None else _ON_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    if schema is None:
        for trigger in ("spread_new_licence", "spread_licence", "spread_removed_licence", "take_licence"):
            op.execute(f"DROP TRIGGER {trigger}")
    else:
        op.execute("DROP TRIGGER spread_licence ON marketplace.verifications")
        op.execute("DROP TRIGGER take_licence ON marketplace.listing_texts")
        op.execute("DROP FUNCTION marketplace.spread_licence()")
        op.execute("DROP FUNCTION marketplace.take_licence()")
    op.drop_column("listing_texts", "licensed_until", schema=schema)
