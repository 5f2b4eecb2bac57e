"""Table of the roles that accounts hold."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.personal_data import OF_OTHERS, OWN_ID, WITH_ACCOUNT, PersonalDataPolicy, Section
from impl.kernel.tables import Table, Uuid


class UserRole(Table):
    __tablename__ = "user_roles"
    __table_args__ = (
        Index("ix_user_roles_role_name", "role_name"),
        {"schema": "identity"},
    )

    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"), primary_key=True)
    role_name: Mapped[str] = mapped_column(ForeignKey("identity.roles.name", ondelete="RESTRICT"), primary_key=True)
    granted_at: Mapped[datetime]
    granted_by: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=UserRole,
        retention=WITH_ACCOUNT,
        rows=lambda person: UserRole.user_id == person,
        removed=True,
        pseudonyms=("granted_by",),
        export=Section(
            name="roles", withheld={"user_id": OWN_ID, "granted_by": OF_OTHERS}, named={"role_name": "name"}
        ),
    ),
)
