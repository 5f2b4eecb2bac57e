"""Tables of roles, their permissions and inheritance, and the catalogue's version."""

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.personal_data import ALWAYS, PersonalDataPolicy
from impl.kernel.tables import Stamped, Table


class Role(Stamped, Table):
    __tablename__ = "roles"
    __table_args__ = ({"schema": "identity"},)

    name: Mapped[str] = mapped_column(String(64), unique=True)
    description: Mapped[str] = mapped_column(String(500))
    built_in: Mapped[bool] = mapped_column(Boolean)


class RoleInheritance(Table):
    """Edge of the role hierarchy: the role has every permission of the role that it inherits from."""

    __tablename__ = "role_inheritances"
    __table_args__ = (
        CheckConstraint("role_name <> inherits_name", name="not_itself"),
        {"schema": "identity"},
    )

    role_name: Mapped[str] = mapped_column(ForeignKey("identity.roles.name", ondelete="CASCADE"), primary_key=True)
    inherits_name: Mapped[str] = mapped_column(ForeignKey("identity.roles.name", ondelete="RESTRICT"), primary_key=True)


class RolePermission(Table):
    __tablename__ = "role_permissions"
    __table_args__ = (
        CheckConstraint("permission LIKE '%_:_%'", name="resource_action"),
        {"schema": "identity"},
    )

    role_name: Mapped[str] = mapped_column(ForeignKey("identity.roles.name", ondelete="CASCADE"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(64), primary_key=True)


class RoleCatalogue(Table):
    """Single row that holds the version of the role catalogue.

    Each change of a role raises the version, and every process then reads the roles again.
    """

    __tablename__ = "role_catalogue"
    __table_args__ = (
        CheckConstraint("id = 1", name="single_row"),
        {"schema": "identity"},
    )

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(Integer)


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=Role,
        retention=ALWAYS,
        impersonal=("id", "name", "description", "built_in", "created_at", "updated_at", "version"),
    ),
    PersonalDataPolicy(table=RoleInheritance, retention=ALWAYS, impersonal=("role_name", "inherits_name")),
    PersonalDataPolicy(table=RolePermission, retention=ALWAYS, impersonal=("role_name", "permission")),
    PersonalDataPolicy(table=RoleCatalogue, retention=ALWAYS, impersonal=("id", "version")),
)
