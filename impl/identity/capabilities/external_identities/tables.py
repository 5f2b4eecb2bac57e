"""Table of identities: a provider's subject, and the account that it signs in to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.personal_data import OWN_ID, WITH_ACCOUNT, PersonalDataPolicy, Section
from impl.kernel.tables import Table, Uuid


class ExternalIdentity(Table):
    __tablename__ = "identities"
    __table_args__ = (
        UniqueConstraint("provider", "subject"),
        Index("ix_identities_user_id", "user_id", "created_at"),
        {"schema": "identity"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    provider: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(255))
    # Address as the provider wrote it, shown to the owner and never searched.
    email: Mapped[str | None] = mapped_column(String(254))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=ExternalIdentity,
        retention=WITH_ACCOUNT,
        rows=lambda person: ExternalIdentity.user_id == person,
        removed=True,
        export=Section(name="identities", withheld={"user_id": OWN_ID}),
    ),
)
